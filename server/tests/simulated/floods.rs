//! A caller who sends more than any voice needs: he is cut to what he may send, and nobody but him
//! notices.

use std::time::Duration;

use super::caller::Spoken;
use super::world::{Link, World};
use super::{PACKET, SECOND};

const MILLISECOND: Duration = Duration::from_millis(1);

/// One caller who floods beside one who talks.
struct Pair {
    flooder: World,
    talker: World,
    flooded: Vec<Spoken>,
    talked: Vec<Spoken>,
}

impl Pair {
    fn connected() -> Self {
        let connected = || {
            let mut world = World::new(Link::PERFECT);
            world.connect();
            world
        };
        Self {
            flooder: connected(),
            talker: connected(),
            flooded: Vec::new(),
            talked: Vec::new(),
        }
    }

    /// Both go through the same time: one sends packets of so many bytes so often, the other talks.
    fn flood_for(&mut self, duration: Duration, bytes: usize, every: Duration) {
        let is_due =
            |at: Duration, every: Duration| at.as_millis().is_multiple_of(every.as_millis());
        let mut at = Duration::ZERO;
        while at < duration {
            if is_due(at, every) {
                let spoken = self.flooder.caller.speak_of(bytes, self.flooder.now());
                self.flooded.push(spoken);
            }
            if is_due(at, PACKET) {
                self.talked
                    .push(self.talker.caller.speak(self.talker.now()));
            }
            if is_due(at, SECOND) {
                // The recorder's queue is bounded, and somebody empties it.
                self.flooder.recorded();
            }
            self.run_for(MILLISECOND);
            at += MILLISECOND;
        }
        // What is still on the way arrives.
        self.run_for(PACKET);
    }

    fn run_for(&mut self, duration: Duration) {
        self.flooder.run_for(duration);
        self.talker.run_for(duration);
    }

    /// Who talks has lost nothing, and who floods heard all that was taken of him; how many packets
    /// that was. Each of the others is counted.
    fn taken(&mut self) -> usize {
        let recorded = self.flooder.recorded();
        assert!(recorded.iter().all(|packet| self.flooded.contains(packet)));
        assert!(self.flooder.caller.heard() == recorded, "echo");
        assert_eq!(self.flooder.flooded, self.flooded.len() - recorded.len());
        assert_eq!(self.flooder.over(), None);
        assert_eq!(self.talker.flooded, 0);
        assert_eq!(self.talker.over(), None);
        assert!(self.talker.caller.heard() == self.talked, "his echo");
        assert!(self.talker.recorded() == self.talked, "his recording");
        recorded.len()
    }

    /// Who has flooded talks again, and none of it is missing.
    fn talk_again(&mut self) {
        // What he had saved up is earned again.
        self.run_for(3 * SECOND);
        let before = self.flooder.recorded().len();

        let sent = self.flooder.speak_for(2 * SECOND);
        self.flooder.run_for(PACKET);

        assert!(self.flooder.recorded()[before..] == sent, "recording");
        assert!(self.flooder.caller.heard()[before..] == sent, "echo");
    }
}

#[test]
fn too_many_packets_are_cut_and_counted_and_who_talks_beside_loses_nothing() {
    let mut pair = Pair::connected();

    pair.flood_for(10 * SECOND, 5, MILLISECOND);

    // 200 a second, and what was saved up for two more.
    let taken = pair.taken();
    assert!((2_000..=2_400).contains(&taken), "{taken}");
    pair.talk_again();
}

#[test]
fn too_many_bytes_are_cut_and_counted_and_who_talks_beside_loses_nothing() {
    let mut pair = Pair::connected();

    pair.flood_for(10 * SECOND, 1_200, 10 * MILLISECOND);

    // 64,000 bytes a second, and what was saved up for two more.
    let taken = pair.taken() * 1_200;
    assert!((630_000..=768_000).contains(&taken), "{taken}");
    pair.talk_again();
}

#[test]
fn the_most_that_a_voice_may_need_is_no_flood() {
    for (bytes, every) in [(100, 5 * MILLISECOND), (1_275, PACKET)] {
        let mut pair = Pair::connected();

        pair.flood_for(10 * SECOND, bytes, every);

        assert_eq!(pair.taken(), pair.flooded.len(), "{bytes} bytes");
    }
}

#[test]
fn a_flood_is_cut_and_the_call_goes_on() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.speak_for(SECOND);
    let before = world.recorded().len();

    for _ in 0..2_000 {
        world.caller.speak(world.now());
        world.run_for(Duration::from_millis(1));
    }
    let taken = world.recorded().len() - before;
    world.run_for(3 * SECOND);
    let after = world.recorded().len();
    let sent = world.speak_for(SECOND);

    // 200 a second, and what was saved up for two more.
    assert!((600..=800).contains(&taken), "{taken}");
    assert_eq!(world.over(), None);
    assert_eq!(world.recorded().len() - after, sent.len());
}
