//! Two shards and their callers on one thread. Each shard has a port of its own here, so that the
//! test and not the kernel chooses to which of them a datagram comes.

pub(super) mod caller;

use std::net::UdpSocket;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::task::{Context, Wake, Waker};

use tokio::sync::{mpsc, oneshot};

use super::*;
use crate::engine::bell::Bell;
use crate::engine::counts::Counts;
use crate::engine::directory::{Directory, Place};
use caller::{CONNECT, Caller};

const FIRST: usize = 0;
const SECOND: usize = 1;
/// For datagrams that were handed over: one more than is taken in a round.
const ROOM: usize = MAX_HANDED + 1;
/// For commands.
const ORDERS: usize = 64;

struct Scene {
    shards: Vec<Shard>,
    commands: Vec<mpsc::Sender<Command>>,
    addresses: Vec<SocketAddr>,
    directory: Arc<Directory>,
    counts: Counts,
    inbox: Inbox,
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self {
            shards: Vec::new(),
            commands: Vec::new(),
            addresses: Vec::new(),
            directory: Arc::new(Directory::default()),
            counts: Counts::default(),
            inbox: Inbox::new(),
        };
        let (mut neighbours, mut inboxes) = (Vec::new(), Vec::new());
        for _ in [FIRST, SECOND] {
            let (handed, inbox) = sync_channel(ROOM);
            let bell = Bell::new().unwrap();
            neighbours.push(Neighbour { handed, bell });
            inboxes.push(inbox);
        }
        let neighbours: Arc<[Neighbour]> = neighbours.into();
        for (number, handed) in inboxes.into_iter().enumerate() {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let (sender, commands) = mpsc::channel(ORDERS);
            let ends = Ends {
                id: ShardId(number),
                commands,
                handed,
                bell: neighbours[number].bell.clone(),
                neighbours: Arc::clone(&neighbours),
                directory: Arc::clone(&scene.directory),
                counts: scene.counts.clone(),
                learned: None,
                is_loopback: true,
            };
            scene.commands.push(sender);
            scene.addresses.push(socket.local_addr().unwrap());
            let port = Port::new(vec![socket]).unwrap();
            scene.shards.push(Shard::new(ends, port));
        }
        scene
    }

    /// Somebody was answered, and was not heard yet.
    fn expect(&self, number: u32) -> Caller {
        let (caller, newcomer) = caller::call(number, Instant::now());
        self.directory.insert(newcomer).unwrap();
        caller
    }

    /// A caller of the shard where he was heard first.
    fn connected(&mut self, number: u32, at: usize) -> Caller {
        let mut caller = self.expect(number);
        self.connect(&mut caller, at);
        caller
    }

    fn connect(&mut self, caller: &mut Caller, at: usize) {
        self.hear(at, caller, &caller.check());
        while !caller.is_connected() {
            for said in caller.react() {
                self.hear(at, caller, &said);
            }
        }
    }

    /// A datagram of his comes to that shard.
    fn hear(&mut self, at: usize, caller: &Caller, bytes: &[u8]) {
        self.hear_from(at, caller.address(), bytes, Instant::now());
    }

    fn hear_from(&mut self, at: usize, remote: SocketAddr, bytes: &[u8], now: Instant) {
        let mut bytes = bytes.to_vec();
        let received = Received {
            remote,
            local_ip: None,
            bytes: &mut bytes,
        };
        self.shards[at].receive(received, now);
    }

    /// So many checks of his come to that shard.
    fn hear_checks(&mut self, at: usize, caller: &Caller, count: usize) {
        for _ in 0..count {
            self.hear(at, caller, &caller.check());
        }
    }

    /// He says something, and that comes to that shard.
    fn say(&mut self, at: usize, caller: &mut Caller, words: &[u8]) {
        let packet = caller.speak(words);
        self.hear(at, caller, &packet);
    }

    /// The shard does all there is to do, or waits for something.
    fn round(&mut self, at: usize) {
        let is_commanded = self.shards[at].round(&mut self.inbox);
        assert!(is_commanded, "nobody can command it any more");
    }

    fn order(&self, at: usize, command: Command) {
        self.commands[at].try_send(command).unwrap();
        self.shards[at].ends.bell.ring();
    }

    fn ask_sizes(&self, at: usize) -> oneshot::Receiver<Vec<(&'static str, usize)>> {
        let (reply, sizes) = oneshot::channel();
        self.order(at, Command::Sizes(reply));
        sizes
    }

    /// The tables of a shard that are not empty.
    fn tables(&self, at: usize) -> Vec<(&'static str, usize)> {
        let mut sizes = self.shards[at].sizes();
        sizes.retain(|(_, size)| *size > 0);
        sizes
    }

    fn counts<const N: usize>(&self, events: [Event; N]) -> [u64; N] {
        events.map(|event| self.counts.of(event))
    }

    /// What is heard of a shard.
    fn echo(&self, at: usize, words: &[u8]) -> (SocketAddr, Vec<u8>) {
        (self.addresses[at], words.to_vec())
    }
}

/// How many that is, as counts have it.
fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap()
}

#[test]
fn whoever_comes_to_another_shard_from_another_address_is_answered_and_echoed_by_his_own() {
    let mut scene = Scene::new();
    let mut caller = scene.connected(1, FIRST);
    caller.moves();

    scene.hear(SECOND, &caller, &caller.check());
    scene.round(FIRST);
    let answered_by = caller.take_answers(1);
    for said in caller.react() {
        scene.hear(SECOND, &caller, &said);
    }
    scene.say(SECOND, &mut caller, b"at another address");
    scene.round(FIRST);
    let heard = caller.listen();

    assert_eq!(answered_by, Some(scene.addresses[FIRST]));
    assert_eq!(heard, scene.echo(FIRST, b"at another address"));
    // The check, his answer to ours, and what he said.
    assert_eq!(
        scene.counts([Event::HandedOver, Event::NotHandedOver, Event::Unknown]),
        [3, 0, 0]
    );
    assert_eq!(
        scene.tables(SECOND),
        [("strays", 1), ("stray_addresses", 1)]
    );
}

#[test]
fn where_the_owner_is_late_what_finds_no_room_is_counted_and_others_are_echoed() {
    let mut scene = Scene::new();
    let mut away = scene.connected(1, FIRST);
    let mut here = scene.connected(2, SECOND);

    scene.hear_checks(SECOND, &away, ROOM + 3);
    let handed = scene.counts([Event::HandedOver, Event::NotHandedOver]);
    scene.say(SECOND, &mut here, b"meanwhile");
    let meanwhile = here.listen();
    // It takes some, and there is room for as many.
    scene.round(FIRST);
    away.take_answers(MAX_HANDED);
    scene.hear_checks(SECOND, &away, MAX_HANDED + 1);
    let handed_later = scene.counts([Event::HandedOver, Event::NotHandedOver]);
    // Nobody rings for what was left.
    scene.round(FIRST);
    scene.round(FIRST);
    away.take_answers(ROOM);
    scene.say(SECOND, &mut away, b"after all");
    scene.round(FIRST);
    let after = away.listen();

    assert_eq!(handed, [count(ROOM), 3]);
    assert_eq!(meanwhile, scene.echo(SECOND, b"meanwhile"));
    assert_eq!(handed_later, [count(ROOM + MAX_HANDED), 4]);
    assert_eq!(after, scene.echo(FIRST, b"after all"));
}

#[test]
fn who_does_not_know_the_password_is_handed_to_nobody() {
    let mut scene = Scene::new();
    let caller = scene.connected(1, FIRST);

    scene.hear(SECOND, &caller, &caller.check_signed_with("a guess"));
    scene.hear(SECOND, &caller, b"\x80neither is what follows");

    assert_eq!(scene.counts([Event::Unknown, Event::HandedOver]), [2, 0]);
    assert_eq!(scene.tables(SECOND), []);
}

#[test]
fn nothing_longer_than_a_network_carries_is_handed_over() {
    let mut scene = Scene::new();
    let caller = scene.connected(1, FIRST);
    scene.hear(SECOND, &caller, &caller.check());

    scene.hear(SECOND, &caller, &[0x80; MAX_HANDED_BYTES]);
    scene.hear(SECOND, &caller, &[0x80; MAX_HANDED_BYTES + 1]);

    assert_eq!(scene.counts([Event::HandedOver, Event::Flooded]), [2, 1]);
}

#[test]
fn what_was_handed_over_of_a_call_that_is_ended_meanwhile_is_counted_and_nothing_is_left() {
    let mut scene = Scene::new();
    let mut caller = scene.connected(1, FIRST);
    scene.hear(SECOND, &caller, &caller.check());
    scene.order(FIRST, Command::End(caller.id, EndReason::Deleted));

    scene.round(FIRST);
    while !caller.is_over() {
        caller.react();
    }

    assert_eq!(scene.counts([Event::HandedOver, Event::Unknown]), [1, 1]);
    assert_eq!(scene.tables(FIRST), []);
    assert!(matches!(scene.directory.find(caller.id), Place::Nowhere));
}

#[test]
fn so_many_commands_are_obeyed_in_a_round_and_the_others_in_the_next() {
    let mut scene = Scene::new();
    // Whose timer ends a wait for nothing.
    scene.connected(1, FIRST);
    let ask = |_| scene.ask_sizes(FIRST);
    let mut asked: Vec<_> = (0..=MAX_COMMANDS).map(ask).collect();
    let mut answered = || {
        let sizes = asked.iter_mut().filter_map(|sizes| sizes.try_recv().ok());
        sizes.count()
    };

    scene.round(FIRST);
    let at_first = answered();
    scene.round(FIRST);
    let then = answered();

    assert_eq!((at_first, then), (MAX_COMMANDS, 1));
}

/// Whoever is woken by this keeps his waker for longer than a round may take.
struct Slow;

impl Wake for Slow {
    fn wake(self: Arc<Self>) {
        let began = Instant::now();
        while began.elapsed() <= LATE_AFTER {
            std::hint::spin_loop();
        }
    }
}

#[test]
fn a_round_that_takes_too_long_is_counted_once() {
    let mut scene = Scene::new();
    let rounds = 100;
    for _ in 0..rounds {
        drop(scene.ask_sizes(FIRST));
        scene.round(FIRST);
    }
    // On a busy machine some may have taken long.
    let before = scene.counts.of(Event::Late);
    let mut sizes = scene.ask_sizes(FIRST);
    let waker = Waker::from(Arc::new(Slow));
    let polled = Pin::new(&mut sizes).poll(&mut Context::from_waker(&waker));

    scene.round(FIRST);

    assert!(polled.is_pending());
    assert!(sizes.try_recv().is_ok());
    assert!(before < rounds, "every round is late");
    assert_eq!(scene.counts.of(Event::Late) - before, 1);
}

#[test]
fn what_the_kernel_does_not_take_is_counted_and_holds_nobody_up() {
    // No port, and a family that is not served.
    for nowhere in ["127.0.0.1:0", "[::1]:5000"] {
        let mut scene = Scene::new();
        let mut here = scene.connected(1, FIRST);
        let mut unlucky = scene.expect(2);

        let remote = nowhere.parse().unwrap();
        scene.hear_from(FIRST, remote, &unlucky.check(), Instant::now());
        let not_sent = scene.counts.of(Event::NotSent);
        scene.say(FIRST, &mut here, b"as before");
        let before = here.listen();
        scene.connect(&mut unlucky, FIRST);
        scene.say(FIRST, &mut unlucky, b"from where I am");
        let after = unlucky.listen();

        // The answer to the check, and ours in return.
        assert_eq!(not_sent, 2, "{nowhere}");
        assert_eq!(before, scene.echo(FIRST, b"as before"), "{nowhere}");
        assert_eq!(after, scene.echo(FIRST, b"from where I am"), "{nowhere}");
    }
}

#[test]
fn whoever_cannot_be_sent_to_is_tried_a_few_times_and_leaves_nothing() {
    let mut scene = Scene::new();
    let caller = scene.expect(1);
    let start = Instant::now();
    let nowhere = "127.0.0.1:0".parse().unwrap();
    scene.hear_from(FIRST, nowhere, &caller.check(), start);

    let mut looks = Vec::new();
    while let Some(at) = scene.shards[FIRST].next_deadline() {
        assert!(at <= start + CONNECT, "it is still there");
        scene.shards[FIRST].expire(at);
        looks.push(at);
    }

    let not_sent = scene.counts.of(Event::NotSent);
    assert!((3..=20).contains(&not_sent), "{not_sent}");
    assert!((2..=20).contains(&looks.len()), "{looks:?}");
    assert_eq!(scene.tables(FIRST), []);
    assert!(matches!(scene.directory.find(caller.id), Place::Nowhere));
}
