use std::num::NonZeroUsize;
use std::time::Instant;

use opus::{Application, Channels, Encoder};

use super::*;
use crate::audio::tee::Tee;
use crate::packet::AudioPacket;

const FRAME: usize = 960;

/// Packets of 20 ms, encoded as a browser does; `loudness` is the amplitude of each.
fn packets(loudness: impl IntoIterator<Item = f32>) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(48_000, Channels::Mono, Application::Voip).unwrap();
    let mut noise = 0x2545_F491_u32;
    let mut place = 0_u16;
    let mut packet = |loudness: f32| {
        let samples: Vec<f32> = (0..FRAME)
            .map(|_| {
                noise ^= noise << 13;
                noise ^= noise >> 17;
                noise ^= noise << 5;
                place = (place + 1) % 320;
                let tone = (f32::from(place) / 320.0 * std::f32::consts::TAU).sin();
                let hiss = f32::from(u16::try_from(noise >> 16).unwrap()) / 65_536.0 - 0.5;
                loudness * tone + 0.002 * hiss
            })
            .collect();
        encoder.encode_vec_float(&samples, 1_500).unwrap()
    };
    loudness.into_iter().map(&mut packet).collect()
}

fn packet(start: Instant, number: u16, payload: Vec<u8>) -> AudioPacket {
    AudioPacket {
        payload: payload.into(),
        ..AudioPacket::in_time(start, number, b"")
    }
}

#[test]
fn words_are_heard_and_a_quiet_room_is_not() {
    let (ear, mut listener) = Ear::new();
    let mut tee = Tee::default();
    let start = Instant::now();
    let voice = Voice::new(start);
    let capacity = NonZeroUsize::new(100).unwrap();
    ear.listen(tee.attach(Ear::NAME, capacity), voice.clone());
    let loudness = (0..250).map(|at| if (100..150).contains(&at) { 0.2 } else { 0.0 });

    let mut spoke = Vec::new();
    for (number, payload) in (0..).zip(packets(loudness)) {
        let packet = packet(start, number, payload);
        let at = packet.arrived;
        tee.push(&packet);
        listener.listen();
        assert_eq!(voice.heard_until(), at);
        spoke.push(voice.last().is_some_and(|last| last == at));
    }

    let heard: Vec<usize> = (0..)
        .zip(spoke)
        .filter_map(|(at, is)| is.then_some(at))
        .collect();
    assert!(heard.len() >= 48, "{heard:?}");
    assert!(heard.iter().all(|at| (100..152).contains(at)), "{heard:?}");
}

#[test]
fn nobody_listens_for_who_does_not_want_to_know() {
    let (ear, mut listener) = Ear::new();
    let mut tee = Tee::default();
    let capacity = NonZeroUsize::new(100).unwrap();
    let voice = Voice::new(Instant::now());
    ear.listen(tee.attach(Ear::NAME, capacity), voice.clone());
    listener.listen();
    let meanwhile = listener.callers.len();

    drop(voice);
    listener.listen();

    assert_eq!((meanwhile, listener.callers.len()), (1, 0));
}

#[test]
fn nonsense_is_no_voice_and_stops_nobody() {
    let (ear, mut listener) = Ear::new();
    let mut tee = Tee::default();
    let capacity = NonZeroUsize::new(100).unwrap();
    let start = Instant::now();
    let voice = Voice::new(start);
    ear.listen(tee.attach(Ear::NAME, capacity), voice.clone());
    for payload in [&[][..], &[0xFF], &[3, 0xFF, 0xFF], &[0xFC; 300]] {
        tee.push(&packet(start, 0, payload.to_vec()));
    }
    listener.listen();

    let loud = packets([0.3; 20]);
    for (number, payload) in (10..).zip(loud) {
        tee.push(&packet(start, number, payload));
    }
    listener.listen();

    assert!(voice.last() > Some(start + Duration::from_millis(400)));
}

#[test]
fn nonsense_is_heard_as_well_and_whoever_lost_his_ear_knows_it() {
    let (ear, mut listener) = Ear::new();
    let mut tee = Tee::default();
    let start = Instant::now();
    let voice = Voice::new(start);
    let capacity = NonZeroUsize::new(100).unwrap();
    ear.listen(tee.attach(Ear::NAME, capacity), voice.clone());
    let nonsense = packet(start, 5, Vec::new());

    tee.push(&nonsense);
    listener.listen();
    let is_alone = voice.is_alone();
    drop(listener);

    assert_eq!(
        (voice.last(), voice.heard_until()),
        (None, nonsense.arrived)
    );
    assert_eq!((is_alone, voice.is_alone()), (false, true));
}
