//! ICE that begins anew while a call goes on, and what a call says of itself.

use std::net::SocketAddr;
use std::time::Duration;

use server::conversation::EndReason;
use shared::call::Phase;

use super::SECOND;
use super::world::{Link, World};

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn during_a_restart_all_that_comes_is_recorded_and_goes_back() {
    const RESTARTS: usize = 3;
    let mut world = World::new(Link::PERFECT);
    world.connect();
    let mut sent = world.speak_for(SECOND);

    for _ in 0..RESTARTS {
        world.caller_restarts_at(address("192.0.2.1:5000"));
        sent.extend(world.speak_for(SECOND));
    }

    // The library sends nothing from a restart until its first check is answered: a packet each.
    let recorded = world.recorded();
    assert_eq!(recorded.len(), sent.len() - RESTARTS);
    assert!(recorded.iter().all(|packet| sent.contains(packet)));
    assert!(world.caller.heard() == recorded, "not all was echoed");
}

#[test]
fn after_a_restart_in_another_network_the_echo_goes_there_alone() {
    let (before, after) = (address("192.0.2.1:5000"), address("203.0.113.5:6000"));
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.speak_for(SECOND);

    world.caller_restarts_at(after);
    world.speak_for(SECOND);
    let to_the_old = world.media_sent_to(before);
    let sent = world.speak_for(5 * SECOND);

    let heard = world.caller.heard();
    assert!(heard.ends_with(&sent), "{} of them", heard.len());
    assert_eq!(world.media_sent_to(before), to_the_old);
    assert!(world.media_sent_to(after) >= sent.len());
    assert_eq!(world.over(), None);
}

#[test]
fn a_restart_rescues_a_call_that_lost_its_network() {
    let begin = || {
        let mut world = World::new(Link::PERFECT);
        world.connect();
        world.speak_for(SECOND);
        world.link.is_cut = true;
        world.run_for(25 * SECOND);
        world
    };
    let mut given_up = begin();
    given_up.run_for(10 * SECOND);
    let mut rescued = begin();

    rescued.caller_restarts_at(address("203.0.113.5:6000"));
    rescued.run_for(10 * SECOND);
    rescued.link.is_cut = false;
    // The library has given up its checks by then.
    rescued.caller_restarts_at(address("203.0.113.5:6000"));
    rescued.run_for(SECOND);
    let heard_before = rescued.caller.heard().len();
    let recorded_before = rescued.recorded().len();
    let sent = rescued.speak_for(5 * SECOND);

    assert_eq!(given_up.over(), Some(EndReason::Vanished));
    assert_eq!(rescued.over(), None);
    assert_eq!(rescued.recorded().len() - recorded_before, sent.len());
    assert!(rescued.caller.heard().len() > heard_before);
}

#[test]
fn a_restart_that_nobody_follows_up_ends_as_silence_does() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.speak_for(SECOND);
    world.link.is_cut = true;
    world.caller_restarts_at(address("203.0.113.5:6000"));

    world.run_for(29 * SECOND);
    let shortly_before = world.over();
    world.run_for(2 * SECOND);

    assert_eq!(shortly_before, None);
    assert!(world.over().is_some());
}

#[test]
fn a_restart_before_the_connection_stands_hinders_nothing() {
    for wait in [0, 3, 6, 9, 12, 15, 30, 60] {
        let mut world = World::new(Link {
            delay: Duration::from_millis(5),
            ..Link::PERFECT
        });
        world.run_for(Duration::from_millis(wait));

        world.caller_restarts_at(address("192.0.2.1:5000"));
        world.caller_restarts_at(address("203.0.113.5:6000"));
        world.connect();
        world.run_for(SECOND);

        let sent = world.speak_for(SECOND);
        assert!(world.recorded().ends_with(&sent), "after {wait} ms");
    }
}

#[test]
fn a_call_tells_since_when_it_is_how_it_is_and_what_flowed() {
    let mut world = World::new(Link {
        delay: Duration::from_millis(25),
        ..Link::PERFECT
    });
    let answered = world.now();
    let before = world.report();
    world.connect();
    let connected = world.now();
    let sent = world.speak_for(10 * SECOND);

    let report = world.report();

    assert_eq!((before.phase, before.since), (Phase::Connecting, answered));
    assert_eq!(before.traffic, None);
    assert_eq!(report.phase, Phase::Connected);
    assert!(report.since > answered && report.since <= connected);
    let traffic = report.traffic.unwrap();
    let packets = u64::try_from(sent.len()).unwrap();
    assert_eq!(
        [traffic.received.packets, traffic.sent.packets],
        [packets, packets]
    );
    assert_eq!(
        [traffic.received.lost, traffic.sent.lost],
        [Some(0), Some(0)]
    );
    assert!(
        traffic
            .received
            .jitter_ms
            .is_some_and(|jitter| jitter < 5.0)
    );
    // There and back, and a step of the simulation at either end.
    let round_trip = traffic.round_trip_ms.unwrap();
    assert!((49.0..=60.0).contains(&round_trip), "{round_trip}");
    assert_eq!(traffic.dropped, shared::call::QueueDrops::default());
}

#[test]
fn what_is_lost_and_what_finds_no_room_is_told() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.link.loses_every = Some(5);
    world.speak_for(10 * SECOND);
    world.link = Link::PERFECT;
    world.speak_for(2 * SECOND);
    world.is_port_blocked = true;
    world.speak_for(3 * SECOND);

    let traffic = world.report().traffic.unwrap();

    assert!(
        traffic.received.lost.is_some_and(|lost| lost > 20),
        "{traffic:?}"
    );
    assert!(
        traffic.sent.lost.is_some_and(|lost| lost > 20),
        "{traffic:?}"
    );
    assert_eq!((traffic.dropped.echo, traffic.dropped.recorder), (50, 0));
}
