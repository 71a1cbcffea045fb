//! Whose turn it is when. Time goes by only when it is told to.

use std::net::UdpSocket;
use std::time::Duration;

use super::*;
use crate::engine::shard::tests::caller::{CONNECT, call};

/// A table, and all that its conversations need to send something.
struct Scene {
    table: Table,
    start: Instant,
    port: Port,
    routing: Routing,
    directory: Directory,
    counts: Counts,
}

impl Scene {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let counts = Counts::default();
        Self {
            table: Table::new(counts.clone()),
            start: Instant::now(),
            port: Port::new(vec![socket]).unwrap(),
            routing: Routing::default(),
            directory: Directory::default(),
            counts,
        }
    }

    /// Of that number.
    fn conversation(&self, number: u32) -> Conversation {
        call(number, self.start).1.conversation
    }

    fn insert(&mut self, number: u32) -> SlotId {
        let conversation = self.conversation(number);
        self.table.insert(conversation)
    }

    fn after(&self, millis: u64) -> Instant {
        self.start + Duration::from_millis(millis)
    }

    fn arm(&mut self, slot: SlotId, after_millis: u64) {
        let deadline = self.after(after_millis);
        self.table.arm(slot, deadline);
    }

    /// All whose time has come by then, in their order.
    fn expired(&mut self, after_millis: u64) -> Vec<SlotId> {
        let now = self.after(after_millis);
        std::iter::from_fn(|| self.table.next_expired(now)).collect()
    }

    fn timers(&self) -> usize {
        self.table.sizes()[1].1
    }

    /// Whether it is over then.
    fn act(&mut self, slot: SlotId, now: Instant, act: impl FnOnce(&mut Conversation)) -> bool {
        let mut way_out = WayOut {
            port: &self.port,
            routing: &mut self.routing,
            directory: &self.directory,
            shard: ShardId(0),
            counts: &self.counts,
            now,
            nearest: None,
        };
        self.table.act(slot, &mut way_out, act)
    }
}

#[test]
fn whose_time_has_come_acts_once_and_the_earliest_first() {
    let mut scene = Scene::new();
    let [first, second, third] = [1, 2, 3].map(|number| scene.insert(number));
    scene.arm(first, 30);
    scene.arm(second, 10);
    scene.arm(third, 20);

    let early = scene.expired(9);
    let due = scene.expired(20);
    let next = scene.table.next_deadline();
    let last = scene.expired(1_000);

    assert_eq!(early, []);
    assert_eq!(due, [second, third]);
    assert_eq!(next, Some(scene.after(30)));
    assert_eq!(last, [first]);
    assert_eq!((scene.table.next_deadline(), scene.timers()), (None, 0));
}

#[test]
fn of_those_who_are_due_at_the_same_time_none_is_lost() {
    let mut scene = Scene::new();
    let slots: Vec<SlotId> = (1..=3).map(|number| scene.insert(number)).collect();
    for slot in slots.iter().rev() {
        scene.arm(*slot, 10);
    }

    assert_eq!(scene.expired(10), slots);
}

#[test]
fn a_timer_moves_to_an_earlier_time_and_waits_for_no_later_one() {
    let mut scene = Scene::new();
    let slot = scene.insert(1);
    let deadlines = [20, 10, 30].map(|after| {
        scene.arm(slot, after);
        scene.table.next_deadline()
    });

    let timers = scene.timers();
    let due = scene.expired(10);
    // Whoever has acted says anew when he wants to.
    scene.arm(slot, 30);

    let wanted = [20, 10, 10].map(|after| Some(scene.after(after)));
    assert_eq!(deadlines, wanted);
    assert_eq!((timers, due), (1, vec![slot]));
    assert_eq!(scene.table.next_deadline(), Some(scene.after(30)));
}

#[test]
fn whoever_is_removed_when_he_is_due_takes_his_timer_with_him() {
    let mut scene = Scene::new();
    let (gone, stays) = (scene.insert(1), scene.insert(2));
    let id = scene.conversation(1).id();
    scene.arm(gone, 10);
    scene.arm(stays, 10);

    let removed = scene.table.remove(gone);
    let again = scene.table.remove(gone);
    // In the place that is free now, and without the timer of whoever was there.
    let newcomer = scene.insert(3);

    assert_eq!((removed, again), (Some(id), None));
    assert_eq!(scene.table.slot_of(id), None);
    assert_eq!(newcomer, gone);
    assert_eq!(scene.expired(10), [stays]);
}

#[test]
fn whoever_was_removed_acts_and_is_armed_no_more() {
    let mut scene = Scene::new();
    let gone = scene.insert(1);
    scene.table.remove(gone);
    let mut has_acted = false;

    let is_over = scene.act(gone, scene.start, |_| has_acted = true);
    scene.arm(gone, 10);

    assert_eq!((is_over, has_acted), (false, false));
    assert_eq!(scene.table.sizes().map(|(_, size)| size), [0, 0]);
}

#[test]
fn each_has_one_timer_however_often_he_wants_another() {
    let mut scene = Scene::new();
    let slots: Vec<SlotId> = (1..=5).map(|number| scene.insert(number)).collect();
    let ids: Vec<ConversationId> = (1..=5)
        .map(|number| scene.conversation(number).id())
        .collect();
    for after in (0..1_000).rev().chain(0..1_000) {
        for slot in &slots {
            scene.arm(*slot, after);
        }
    }

    let sizes = scene.table.sizes();
    let found: Vec<_> = ids.iter().map(|id| scene.table.slot_of(*id)).collect();
    let taken = scene.table.slots();
    for slot in &slots {
        scene.table.remove(*slot);
    }

    assert_eq!(sizes, [("conversations", 5), ("timers", 5)]);
    assert_eq!(found, slots.iter().copied().map(Some).collect::<Vec<_>>());
    assert_eq!(taken, slots);
    assert_eq!(scene.table.sizes(), [("conversations", 0), ("timers", 0)]);
}

#[test]
fn a_conversation_is_waited_for_until_it_is_over_by_itself() {
    let mut scene = Scene::new();
    let slot = scene.insert(1);
    let (start, end) = (scene.start, scene.start + CONNECT);
    let mut wanted = None;

    let at_first = scene.act(slot, start, |conversation| {
        wanted = conversation.poll_timeout(start);
    });
    let armed = scene.table.next_deadline();
    let due = scene.table.next_expired(end);
    let in_the_end = scene.act(slot, end, |conversation| conversation.handle_timeout(end));

    assert_eq!((wanted, armed), (Some(end), Some(end)));
    assert_eq!(due, Some(slot));
    assert_eq!((at_first, in_the_end), (false, true));
}

#[test]
fn a_conversation_that_trips_is_given_up_and_the_others_go_on() {
    let mut scene = Scene::new();
    let (trips, stays) = (scene.insert(1), scene.insert(2));
    let start = scene.start;

    let is_over = scene.act(trips, start, |_| panic!("a caller's datagram did this"));
    scene.table.remove(trips);
    let is_other_over = scene.act(stays, start, |_| {});

    assert_eq!((is_over, is_other_over), (true, false));
    assert_eq!(scene.table.next_deadline(), Some(start + CONNECT));
    assert_eq!(scene.table.sizes(), [("conversations", 1), ("timers", 1)]);
}
