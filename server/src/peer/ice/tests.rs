use super::*;
use crate::stun::test_messages::check;

const OURS: &str = "our password of many letters";
const THEIRS: &str = "their password of many letters";
const USE_CANDIDATE: u16 = 0x0025;

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

fn begin(mode: IceMode, named: &[u16], now: Instant) -> Ice {
    let local = LocalSide {
        ufrag: "ours".to_owned(),
        password: OURS.to_owned(),
        candidates: vec![],
        mode,
    };
    let caller = Credentials {
        ufrag: "theirs".to_owned(),
        password: THEIRS.to_owned(),
    };
    let named: Vec<SocketAddr> = named.iter().copied().map(address).collect();
    Ice::new(&local, &caller, &named, now)
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
        let attributes: &[u16] = if nominates { &[USE_CANDIDATE] } else { &[] };
        self.receive(&check("ours:theirs", OURS, attributes), from);
        self.sent()
    }

    fn sent(&mut self) -> Vec<Datagram> {
        std::iter::from_fn(|| self.ice.poll_transmit()).collect()
    }

    /// He answers, from there, those of our checks that are among these.
    fn answers(&mut self, sent: &[Datagram], from: u16) {
        for question in questions(sent) {
            self.receive(
                &stun::binding_success(question, address(1), &stun::Key::new(THEIRS)),
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
        &stun::binding_success([7; 12], address(1), &stun::Key::new(THEIRS)),
        9,
    );
    for question in questions(&sent) {
        caller.receive(
            &stun::binding_success(question, address(1), &stun::Key::new("a guess")),
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

    assert_eq!(caller.ice.remotes.len(), MAX_REMOTES);
    assert_eq!(caller.ice.chosen(), Some(address(5)));
    let asked = caller.wait(CONSENT_EVERY);
    assert!(asked.iter().any(|datagram| datagram.remote == address(5)));
}
