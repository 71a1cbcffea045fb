//! A caller and a conversation in one process: simulated time, a link that delays, reorders and
//! loses what a test wants it to. No socket, no clock, no sleep.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod caller;
mod echoes;
mod floods;
mod forgeries;
mod life;
mod log;
mod restarts;
mod world;

use std::io::Seek;
use std::sync::Arc;
use std::time::Duration;

use server::conversation::EndReason;
use world::{ECHO_QUEUE, Link, World};

const SECOND: Duration = Duration::from_secs(1);
const PACKET: Duration = Duration::from_millis(20);

#[test]
fn a_call_connects_within_a_few_round_trips() {
    let mut world = World::new(Link {
        delay: Duration::from_millis(10),
        ..Link::PERFECT
    });

    let took = world.connect();

    // Check, its answer, the nomination, and two round trips of DTLS: 20 ms each. The habits of
    // the core that would add 100 and 500 ms are cured.
    assert!(took < Duration::from_millis(200), "{took:?}");
}

#[test]
fn every_packet_comes_back_as_it_was_sent() {
    let mut world = World::new(Link::PERFECT);
    world.connect();

    let sent = world.speak_for(SECOND);
    world.run_for(SECOND);

    assert_eq!(sent.len(), 50);
    assert_eq!(world.caller.heard(), sent);
    assert_eq!(world.recorded(), sent);
}

#[test]
fn what_is_lost_on_the_way_up_shows_as_lost_and_nothing_moves_up() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.link.loses_every = Some(5);

    let sent = world.speak_for(10 * SECOND);
    world.link = Link::PERFECT;
    world.run_for(SECOND);

    let recorded = world.recorded();
    let heard = world.caller.heard();
    assert!(recorded.len() < sent.len() && recorded.iter().all(|packet| sent.contains(packet)));
    assert!(heard.len() < recorded.len() && heard.iter().all(|packet| recorded.contains(packet)));
    assert!(heard.len() > sent.len() / 2);
}

#[test]
fn a_caller_who_begins_the_handshake_is_answered() {
    let mut world = World::with_active_caller(Link::PERFECT);
    world.connect();

    let sent = world.speak_for(SECOND);
    world.run_for(SECOND);

    assert_eq!(world.caller.heard(), sent);
}

#[test]
fn a_lossy_and_reordering_link_still_connects() {
    for seed in 0..40 {
        let link = Link {
            delay: Duration::from_millis(30),
            jitter: Duration::from_millis(60),
            loss_percent: 20,
            seed,
            ..Link::PERFECT
        };
        let role = if seed % 2 == 0 {
            World::new
        } else {
            World::with_active_caller
        };
        let mut world = role(link);

        world.connect();

        world.link.loss_percent = 0;
        let sent = world.speak_for(SECOND);
        world.run_for(SECOND);
        assert_eq!(world.recorded_in_order(), sent, "seed {seed}");
    }
}

#[test]
fn both_sides_get_reports_so_that_the_caller_knows_the_round_trip() {
    let mut world = World::new(Link {
        delay: Duration::from_millis(25),
        ..Link::PERFECT
    });
    world.connect();

    world.speak_for(10 * SECOND);

    for (kind, count) in world.reports() {
        assert!(count > 5, "{count} of kind {kind:?}");
    }
}

#[test]
fn the_clock_map_of_a_recording_has_the_reports_of_its_caller() {
    let mut world = World::new(Link::PERFECT);
    world.connect();

    world.speak_for(25 * SECOND);

    let map = world.record().clock;
    let has_report: Vec<bool> = map
        .points()
        .iter()
        .map(|point| point.sender_report.is_some())
        .collect();
    assert_eq!(has_report, [false, true, true]);
}

#[test]
fn the_format_that_a_recording_is_told_is_the_one_that_was_answered() {
    let world = World::new(Link::PERFECT);

    let line = format!("a=fmtp:111 {}\r\n", world.fmtp);

    assert!(world.answer.contains(&line), "{}", world.answer);
}

#[test]
fn total_silence_for_twenty_seconds_ends_nothing_and_the_echo_is_back_within_three() {
    for seconds in [10, 20] {
        let mut world = World::new(Link::PERFECT);
        world.connect();
        world.speak_for(SECOND);

        world.link.is_cut = true;
        world.run_for(seconds * SECOND);
        world.link.is_cut = false;
        let recorded_before = world.recorded().len();
        let heard_before = world.caller.heard().len();
        let sent = world.speak_for(3 * SECOND);

        assert_eq!(world.over(), None, "{seconds} s");
        assert_eq!(world.recorded().len() - recorded_before, sent.len());
        assert!(world.caller.heard().len() > heard_before, "{seconds} s");
    }
}

#[test]
fn a_goodbye_ends_the_call_at_once() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.speak_for(SECOND);

    world.caller_hangs_up();
    world.run_for(PACKET);

    assert_eq!(world.over(), Some(EndReason::HungUp));
    assert!(world.recording_has_ended());
}

#[test]
fn a_caller_without_audio_is_let_go_after_the_media_deadline() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.speak_for(SECOND);

    world.run_for(29 * SECOND);
    let shortly_before = world.over();
    world.run_for(2 * SECOND);

    assert_eq!(
        (shortly_before, world.over()),
        (None, Some(EndReason::NoMedia))
    );
}

#[test]
fn a_caller_who_never_connects_is_let_go_after_the_connect_deadline() {
    let mut world = World::new(Link {
        is_cut: true,
        ..Link::PERFECT
    });

    world.run_for(14 * SECOND);
    let shortly_before = world.over();
    world.run_for(2 * SECOND);

    assert_eq!(
        (shortly_before, world.over()),
        (None, Some(EndReason::NeverConnected))
    );
}

#[test]
fn a_handshake_that_stays_half_open_is_let_go_after_the_connect_deadline() {
    let mut world = World::new(Link {
        loses_all_but_stun: true,
        ..Link::PERFECT
    });

    world.run_for(16 * SECOND);

    let over = world.over();
    assert!(
        matches!(over, Some(EndReason::NeverConnected | EndReason::Failed)),
        "{over:?}"
    );
}

#[test]
fn a_caller_who_vanishes_is_noticed() {
    let mut world = World::with_media_deadline(Link::PERFECT, 600 * SECOND);
    world.connect();
    world.speak_for(SECOND);

    world.link.is_cut = true;
    world.run_for(26 * SECOND);
    let shortly_before = world.over();
    world.run_for(5 * SECOND);

    assert_eq!(
        (shortly_before, world.over()),
        (None, Some(EndReason::Vanished))
    );
}

#[test]
fn the_servers_goodbye_reaches_the_caller() {
    let mut world = World::new(Link::PERFECT);
    world.connect();

    world.server_ends(EndReason::Stopped);
    world.run_for(SECOND);

    assert!(world.caller.was_told_goodbye());
    assert!(world.recording_has_ended());
}

#[test]
fn media_follows_the_caller_to_a_new_address() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.speak_for(SECOND);
    let before = world.caller.heard().len();

    world.caller_nominates_from("192.0.2.77:40000".parse().unwrap());
    let sent = world.speak_for(SECOND);
    world.run_for(SECOND);

    assert_eq!(world.caller.heard()[before..], sent);
}

#[test]
fn an_address_that_never_answers_gets_no_media() {
    let victim = "203.0.113.9:40000".parse().unwrap();
    let mut world = World::new(Link::PERFECT);
    world.connect();

    world.somebody_nominates_from(victim);
    let sent = world.speak_for(5 * SECOND);
    world.run_for(SECOND);

    assert_eq!(world.media_sent_to(victim), 0);
    assert_eq!(world.caller.heard(), sent);
}

#[test]
fn an_echo_that_cannot_be_sent_waits_in_its_queue_and_what_is_newest_is_dropped() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.is_port_blocked = true;

    let sent = world.speak_for(3 * SECOND);
    world.is_port_blocked = false;
    world.run_for(SECOND);

    assert_eq!(sent.len(), 150);
    assert_eq!(world.caller.heard(), sent[..ECHO_QUEUE]);
    assert_eq!(world.recorded(), sent);
}

#[test]
fn the_log_names_the_call_whose_queue_overflowed_and_counts_each_queue() {
    let mut log = tempfile::tempfile().unwrap();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(Arc::new(log.try_clone().unwrap()))
        .finish();

    tracing::subscriber::with_default(subscriber, || {
        let mut world = World::new(Link::PERFECT);
        world.connect();
        world.is_port_blocked = true;
        world.speak_for(3 * SECOND);
        world.server_ends(EndReason::Deleted);
    });

    log.rewind().unwrap();
    let log = std::io::read_to_string(log).unwrap();
    let line = |what: &str| log.lines().find(|line| line.contains(what)).unwrap();
    let (overflowed, ended) = (line("queue overflowed"), line("conversation ended"));
    let (_, named) = ended.split_once("conversation{").unwrap();
    let (id, _) = named.split_once('}').unwrap();
    assert!(
        id.starts_with("id=") && overflowed.contains(&format!("conversation{{{id}}}")),
        "{overflowed}"
    );
    assert!(
        ended.contains("packets=150 echo_dropped=50 recorder_dropped=0"),
        "{ended}"
    );
}

#[test]
fn no_echo_is_spoken_after_the_end() {
    let mut world = World::new(Link::PERFECT);
    world.connect();
    world.is_port_blocked = true;
    world.speak_for(SECOND);

    world.server_ends(EndReason::Stopped);
    world.is_port_blocked = false;
    world.run_for(SECOND);

    assert_eq!(world.caller.heard(), []);
    assert!(world.caller.was_told_goodbye());
}
