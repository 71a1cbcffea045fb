//! What proves that a caller is there, and what does not: nobody but him holds his seat.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use server::conversation::EndReason;
use server::stun::{self, Key};

use super::SECOND;
use super::world::{Link, World};

const TENTH: Duration = Duration::from_millis(100);
const FORGERS_PASSWORD: &str = "a password that is not his";

fn his() -> SocketAddr {
    "192.0.2.1:5000".parse().unwrap()
}

/// A caller who has just fallen silent: nothing of his arrives any more.
fn silent() -> World {
    let mut world = World::with_media_deadline(Link::PERFECT, 600 * SECOND);
    world.connect();
    world.speak_for(SECOND);
    world.link.is_cut = true;
    // What is on the way arrives.
    world.run_for(TENTH);
    world
}

/// An answer to no check at all, and a sign of life that nobody signed (RFC 8445 §11).
fn forged() -> [Vec<u8>; 2] {
    let id = rand::random();
    let answer = stun::binding_success(id, his(), &Key::new(FORGERS_PASSWORD));
    let indication: &[u8] = &[0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    [answer, [indication, &id].concat()]
}

#[test]
fn answers_that_somebody_forges_keep_no_vanished_caller_alive() {
    let mut world = silent();

    for _ in 0..310 {
        for forged in forged() {
            world.take(his(), BytesMut::from(forged.as_slice()));
        }
        world.answer_checks(FORGERS_PASSWORD);
        world.run_for(TENTH);
    }

    assert_eq!(world.over(), Some(EndReason::Vanished));
}

#[test]
fn a_caller_who_only_answers_lives_for_as_long_as_he_does() {
    let mut world = silent();
    let password = world.caller_password.clone();

    for _ in 0..900 {
        world.answer_checks(&password);
        world.run_for(TENTH);
    }
    let while_answering = world.over();
    world.run_for(31 * SECOND);

    assert_eq!(
        (while_answering, world.over()),
        (None, Some(EndReason::Vanished))
    );
}

#[test]
fn a_flood_of_forged_answers_is_counted_and_none_of_his_is_lost() {
    let mut world = silent();
    let password = world.caller_password.clone();
    let before = world.flooded;

    for _ in 0..900 {
        for _ in 0..50 {
            for forged in forged() {
                world.take(his(), BytesMut::from(forged.as_slice()));
            }
        }
        world.answer_checks(&password);
        world.run_for(TENTH);
    }

    assert_eq!(world.over(), None);
    // 1,000 a second came, and 100 are passed over.
    let flooded = world.flooded - before;
    assert!((80_000..=81_000).contains(&flooded), "{flooded}");
}
