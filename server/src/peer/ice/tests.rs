use std::time::Duration;

use super::session::{CONSENT_EVERY, MAX_REMOTES};
use super::*;
use crate::stun::test_messages::check;
use crate::stun::{self, TransactionId};

const OURS: &str = "our password of many letters";
const THEIRS: &str = "their password of many letters";
const USE_CANDIDATE: u16 = 0x0025;

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

fn begin(mode: IceMode, named: &[u16], now: Instant) -> Ice {
    Ice::new(
        &local("ours", mode),
        credentials("theirs"),
        &addresses(named),
        now,
    )
}

fn local(ufrag: &str, mode: IceMode) -> LocalSide {
    LocalSide {
        ufrag: ufrag.to_owned(),
        password: OURS.to_owned(),
        candidates: vec![],
        mode,
    }
}

fn credentials(ufrag: &str) -> Credentials {
    Credentials {
        ufrag: ufrag.to_owned(),
        password: THEIRS.to_owned(),
    }
}

fn addresses(ports: &[u16]) -> Vec<SocketAddr> {
    ports.iter().copied().map(address).collect()
}

/// A caller at some of his ports.
struct Caller {
    ice: Ice,
    now: Instant,
}

impl Caller {
    fn new() -> Self {
        let now = Instant::now();
        let ice = begin(IceMode::Lite, &[], now);
        Self { ice, now }
    }

    fn receive(&mut self, bytes: &[u8], from: u16) {
        let message = Message::parse(bytes).unwrap();
        self.ice.handle(&message, address(from), self.now);
    }

    /// He checks from there. What comes back.
    fn checks(&mut self, from: u16, nominates: bool) -> Vec<Datagram> {
        self.checks_as("ours:theirs", from, nominates)
    }

    /// The same, in the session of that name.
    fn checks_as(&mut self, username: &str, from: u16, nominates: bool) -> Vec<Datagram> {
        let attributes: &[u16] = if nominates { &[USE_CANDIDATE] } else { &[] };
        self.receive(&check(username, OURS, attributes), from);
        self.sent()
    }

    fn restarts(&mut self, ours: &str, theirs: &str, named: &[u16]) {
        let local = local(ours, self.ice.mode);
        self.ice
            .restart(&local, credentials(theirs), &addresses(named), self.now);
    }

    fn names(&self) -> (String, Option<String>) {
        let Names { current, former } = self.ice.names();
        (current.ufrag, former.map(|former| former.ufrag))
    }

    fn sent(&mut self) -> Vec<Datagram> {
        std::iter::from_fn(|| self.ice.poll_transmit()).collect()
    }

    /// He answers, from there, those of our checks that are among these.
    fn answers(&mut self, sent: &[Datagram], from: u16) {
        for question in questions(sent) {
            self.receive(
                &stun::binding_success(question, address(1), &Key::new(THEIRS)),
                from,
            );
        }
    }

    /// Time passes. What was sent meanwhile.
    fn wait(&mut self, time: Duration) -> Vec<Datagram> {
        let end = self.now + time;
        let mut sent = Vec::new();
        while let Some(at) = self.ice.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.ice.handle_timeout(self.now);
            sent.append(&mut self.sent());
        }
        self.now = end;
        sent
    }

    fn connect(&mut self, port: u16) {
        let sent = self.checks(port, true);
        self.answers(&sent, port);
        assert_eq!(self.ice.chosen(), Some(address(port)));
    }
}

fn questions(sent: &[Datagram]) -> Vec<TransactionId> {
    let messages = sent
        .iter()
        .filter_map(|datagram| Message::parse(&datagram.bytes));
    messages
        .filter(|message| message.kind() == Kind::BindingRequest)
        .inspect(|message| assert!(message.is_authentic(THEIRS)))
        .filter_map(|message| message.transaction_id())
        .collect()
}

#[test]
fn a_check_is_answered_and_returned() {
    let mut caller = Caller::new();

    let sent = caller.checks(5, false);

    let kinds: Vec<_> = sent
        .iter()
        .map(|datagram| {
            (
                datagram.remote,
                Message::parse(&datagram.bytes).unwrap().kind(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (address(5), Kind::BindingSuccess),
            (address(5), Kind::BindingRequest)
        ]
    );
    assert_eq!(caller.ice.chosen(), None);
}

#[test]
fn media_goes_where_the_caller_chose_and_answered() {
    let mut caller = Caller::new();
    let sent = caller.checks(5, true);
    let before = caller.ice.chosen();
    caller.answers(&sent, 5);

    assert_eq!((before, caller.ice.chosen()), (None, Some(address(5))));
}

#[test]
fn an_address_that_answered_before_is_chosen_at_once() {
    let mut caller = Caller::new();
    let sent = caller.checks(5, false);
    caller.answers(&sent, 5);
    let unchosen = caller.ice.chosen();

    caller.checks(5, true);

    assert_eq!((unchosen, caller.ice.chosen()), (None, Some(address(5))));
}

#[test]
fn a_caller_may_move_and_come_back() {
    let mut caller = Caller::new();
    caller.connect(5);
    caller.connect(6);

    caller.checks(5, true);

    assert_eq!(caller.ice.chosen(), Some(address(5)));
}

#[test]
fn nobody_can_answer_for_another_address() {
    let mut caller = Caller::new();
    let sent = caller.checks(9, true);
    let elsewhere = caller.checks(5, false);

    // From another address; to another question; to none; without the password.
    caller.answers(&sent, 5);
    caller.answers(&elsewhere, 9);
    caller.receive(
        &stun::binding_success([7; 12], address(1), &Key::new(THEIRS)),
        9,
    );
    for question in questions(&sent) {
        caller.receive(
            &stun::binding_success(question, address(1), &Key::new("a guess")),
            9,
        );
    }

    assert_eq!(caller.ice.chosen(), None);
}

#[test]
fn a_lost_check_is_sent_again_and_not_for_ever() {
    let mut caller = Caller::new();
    caller.checks(5, true);

    let sent = caller.wait(Duration::from_secs(60));

    assert_eq!(questions(&sent).len(), 6);
    assert_eq!(caller.ice.poll_timeout(), None);
    let again = caller.checks(5, true);
    caller.answers(&again, 5);
    assert_eq!(caller.ice.chosen(), Some(address(5)));
}

#[test]
fn consent_is_asked_for_and_lost_after_half_a_minute() {
    let mut caller = Caller::new();
    caller.connect(5);

    for _ in 0..5 {
        let asked = caller.wait(CONSENT_EVERY);
        assert_eq!(questions(&asked).len(), 1);
        caller.answers(&asked, 5);
    }
    caller.wait(Duration::from_secs(20));
    let after_20_s = caller.ice.chosen();
    caller.wait(Duration::from_secs(25));
    let after_45_s = caller.ice.chosen();
    let asked = caller.checks(5, false);
    caller.answers(&asked, 5);

    assert_eq!((after_20_s, after_45_s), (Some(address(5)), None));
    assert_eq!(caller.ice.chosen(), Some(address(5)));
}

#[test]
fn addresses_that_are_only_named_are_checked_in_full_mode_alone() {
    let now = Instant::now();
    let asked = |mode| {
        let ice = begin(mode, &[5, 6, 7], now);
        let mut caller = Caller { ice, now };
        let sent = caller.wait(Duration::from_millis(110));
        let remotes: Vec<u16> = sent.iter().map(|datagram| datagram.remote.port()).collect();
        remotes
    };

    assert_eq!(asked(IceMode::Lite), Vec::<u16>::new());
    assert_eq!(asked(IceMode::Full), [5, 6, 5, 7]);
}

#[test]
fn a_crowd_of_addresses_does_not_push_out_the_one_in_use() {
    let mut caller = Caller::new();
    caller.connect(5);
    for port in 100..1_000 {
        caller.checks(port, false);
    }

    assert_eq!(caller.ice.current.remotes(), MAX_REMOTES);
    assert_eq!(caller.ice.chosen(), Some(address(5)));
    let asked = caller.wait(CONSENT_EVERY);
    assert!(asked.iter().any(|datagram| datagram.remote == address(5)));
}

#[test]
fn after_a_restart_media_goes_on_until_the_caller_chose_anew() {
    let mut caller = Caller::new();
    caller.connect(5);
    assert!(caller.ice.take_new_names().is_none());

    caller.restarts("anew", "his", &[]);
    let restarted = (caller.ice.chosen(), caller.names());
    let renamed = caller.ice.take_new_names().is_some();
    let sent = caller.checks_as("anew:his", 6, true);
    let checked = caller.ice.chosen();
    caller.answers(&sent, 6);

    assert_eq!(
        restarted,
        (
            Some(address(5)),
            ("anew".to_owned(), Some("ours".to_owned()))
        )
    );
    assert!(renamed);
    assert_eq!(
        (checked, caller.ice.chosen()),
        (Some(address(5)), Some(address(6)))
    );
    assert_eq!(caller.names(), ("anew".to_owned(), None));
    assert!(caller.ice.take_new_names().is_some());
    assert!(caller.ice.take_new_names().is_none());
}

#[test]
fn a_restart_at_the_same_address_has_to_be_proven_there_anew() {
    let mut caller = Caller::new();
    caller.connect(5);
    caller.restarts("anew", "his", &[]);

    let sent = caller.checks_as("anew:his", 5, true);
    let proven = caller.names();
    caller.answers(&sent, 5);

    assert_eq!(questions(&sent).len(), 1);
    assert_eq!(proven.1.as_deref(), Some("ours"));
    assert_eq!(caller.names(), ("anew".to_owned(), None));
    assert_eq!(caller.ice.chosen(), Some(address(5)));
}

#[test]
fn after_a_restart_checks_of_the_old_session_are_answered_and_choose_until_it_is_given_up() {
    let mut caller = Caller::new();
    caller.connect(5);
    caller.restarts("anew", "his", &[]);

    let sent = caller.checks(7, true);
    caller.answers(&sent, 7);
    let moved = caller.ice.chosen();
    let sent = caller.checks_as("anew:his", 8, true);
    caller.answers(&sent, 8);
    let late = caller.checks(7, true);

    assert_eq!(moved, Some(address(7)));
    assert!(late.is_empty());
    assert_eq!(caller.ice.chosen(), Some(address(8)));
}

#[test]
fn our_checks_after_a_restart_are_those_of_both_sessions() {
    let mut caller = Caller::new();
    caller.connect(5);
    caller.restarts("anew", "his", &[]);

    let of_the_old = caller.wait(CONSENT_EVERY);
    caller.answers(&of_the_old, 5);
    let of_the_new = caller.checks_as("anew:his", 6, false);

    let receivers = |sent: &[Datagram]| -> Vec<String> {
        let messages = sent.iter().map(|datagram| Message::parse(&datagram.bytes));
        let requests = messages.flatten();
        requests
            .filter_map(|message| message.receiver_ufrag().map(str::to_owned))
            .collect()
    };
    assert_eq!(receivers(&of_the_old), ["theirs"]);
    assert_eq!(receivers(&of_the_new), ["his"]);
}

#[test]
fn of_many_restarts_the_last_one_counts_and_the_way_that_media_takes_is_kept() {
    let mut caller = Caller::new();
    caller.connect(5);

    for number in 0..100 {
        caller.restarts(&format!("ours{number}"), &format!("his{number}"), &[]);
    }
    let names = caller.names();
    let between = caller.checks_as("ours50:his50", 6, true);
    let sent = caller.checks_as("ours99:his99", 6, true);
    caller.answers(&sent, 6);

    assert_eq!(names, ("ours99".to_owned(), Some("ours".to_owned())));
    assert!(between.is_empty());
    assert_eq!(caller.ice.chosen(), Some(address(6)));
}

#[test]
fn a_restart_before_the_first_check_leaves_both_sessions_open() {
    let mut caller = Caller::new();
    caller.restarts("anew", "his", &[]);

    let sent = caller.checks(5, true);
    caller.answers(&sent, 5);
    let by_the_old = caller.ice.chosen();
    let sent = caller.checks_as("anew:his", 5, true);
    caller.answers(&sent, 5);

    assert_eq!(by_the_old, Some(address(5)));
    assert_eq!(caller.names(), ("anew".to_owned(), None));
}

#[test]
fn what_credentials_of_the_caller_mean() {
    let mut caller = Caller::new();
    let with_password = |ufrag: &str, password: &str| Credentials {
        password: password.to_owned(),
        ..credentials(ufrag)
    };

    let in_force = caller.ice.meaning_of(credentials("theirs"));
    let half = caller.ice.meaning_of(credentials("other"));
    let other_half = caller.ice.meaning_of(with_password("theirs", "another"));
    let new = caller.ice.meaning_of(with_password("other", "another"));
    caller.restarts("anew", "his", &[]);
    let now_in_force = caller.ice.meaning_of(credentials("his"));

    assert!(matches!(in_force, Meaning::InForce));
    assert!(matches!(half, Meaning::HalfNew));
    assert!(matches!(other_half, Meaning::HalfNew));
    assert!(matches!(new, Meaning::New(_)));
    assert!(matches!(now_in_force, Meaning::InForce));
}

#[test]
fn addresses_that_come_later_are_checked_in_full_mode_and_are_no_more_than_so_many() {
    let now = Instant::now();
    let asked = |mode| {
        let mut caller = Caller {
            ice: begin(mode, &[5], now),
            now,
        };
        caller.ice.name(&addresses(&[5, 6]), now);
        let many: Vec<u16> = (100..200).collect();
        caller.ice.name(&addresses(&many), now);
        let sent = caller.wait(Duration::from_secs(60));
        let ports = sent.iter().map(|datagram| datagram.remote.port());
        ports.collect::<std::collections::BTreeSet<u16>>()
    };

    let of_full = asked(IceMode::Full);

    assert_eq!(asked(IceMode::Lite).len(), 0);
    assert_eq!(of_full.len(), 16);
    assert!(of_full.contains(&5) && of_full.contains(&6));
}

#[test]
fn addresses_that_a_restart_names_are_checked_in_full_mode() {
    let now = Instant::now();
    let ice = begin(IceMode::Full, &[], now);
    let mut caller = Caller { ice, now };
    caller.restarts("anew", "his", &[6]);

    let sent = caller.wait(Duration::from_millis(10));
    caller.answers(&sent, 6);
    let unchosen = caller.ice.chosen();
    caller.checks_as("anew:his", 6, true);

    assert_eq!((sent.len(), sent[0].remote), (1, address(6)));
    assert_eq!((unchosen, caller.ice.chosen()), (None, Some(address(6))));
}
