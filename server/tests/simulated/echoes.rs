//! A caller hears himself later than at once.

use std::time::Duration;

use server::audio::ear::Ear;
use server::conversation::NoEcho;
use shared::call::EchoMode;

use super::world::{Link, World};
use super::{PACKET, SECOND};

impl World {
    fn set_echo(&mut self, mode: EchoMode) -> Result<EchoMode, NoEcho> {
        let (ear, _nobody_listens) = Ear::new();
        self.conversation.set_echo(mode, &ear, self.now())
    }
}

const LATE: EchoMode = EchoMode::Delayed { delay_ms: 2_000 };

#[test]
fn a_delayed_echo_is_whole_and_comes_when_it_was_set_to() {
    let mut world = World::new(Link::PERFECT);
    world.connect();

    assert_eq!(world.set_echo(LATE), Ok(LATE));
    let sent = world.speak_for(SECOND);
    world.run_for(SECOND - 2 * PACKET);
    let early = world.caller.heard().len();
    world.run_for(4 * PACKET);
    let first = world.caller.heard().len();
    world.run_for(SECOND);

    assert_eq!(early, 0);
    assert!((1..=4).contains(&first), "{first}");
    assert_eq!(world.caller.heard(), sent);
    assert_eq!(world.recorded(), sent);
    assert_eq!(world.report().echo, Some(LATE));
}

#[test]
fn numbers_and_times_go_on_when_the_echo_comes_in_another_way() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    let before = world.speak_for(SECOND).len();

    world.set_echo(LATE).unwrap();
    world.speak_for(SECOND);
    world.run_for(3 * SECOND);

    let heard = world.caller.heard();
    let numbers: Vec<u16> = heard.iter().map(|heard| heard.sequence_number).collect();
    assert_eq!(heard.len(), 2 * before);
    assert!(
        numbers
            .windows(2)
            .all(|pair| pair[1] == pair[0].wrapping_add(1))
    );
    let (last, first) = (&heard[before - 1], &heard[before]);
    let gap = first.timestamp_48k.wrapping_sub(last.timestamp_48k);
    // Two seconds and the packet itself, within what a step of the simulation moves.
    let gap = Duration::from_millis((gap / 48).into());
    assert!(gap.abs_diff(2 * SECOND + PACKET) < PACKET, "{gap:?}");
}

#[test]
fn a_call_that_is_over_has_no_echo() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.server_ends(server::conversation::EndReason::Deleted);

    assert_eq!(world.set_echo(EchoMode::Parrot), Err(NoEcho));
}
