//! Random calls, honest and hostile, and what must be true of every file they leave.

use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use server::packet::AudioPacket;
use server::recording::{Silence, Totals};

use crate::ogg_file::{OggFile, frames};
use crate::readers::{stream_of, verified};
use crate::vectors;
pub(crate) use crate::vectors::PAYLOAD_TYPE;

/// Records a call; its first write is a file that plays.
pub(crate) fn record(packets: &[AudioPacket], ended_at: Instant) -> (Vec<u8>, Totals) {
    let recorded = vectors::record(packets, ended_at);
    let first_write = &recorded.file[..recorded.first_write_bytes];
    if !first_write.is_empty() {
        OggFile::read_prefix(first_write).expect("the first write is a file that plays");
    }
    (recorded.file, recorded.totals)
}

/// What holds for every file, whoever called.
fn assert_sound(file: &[u8], totals: Totals) -> Result<Option<OggFile>, TestCaseError> {
    let accounted = totals.written
        + totals.late
        + totals.duplicated
        + totals.malformed
        + totals.skipped
        + totals.stale
        + totals.refused;
    prop_assert_eq!(totals.received, accounted);
    if totals.written == 0 {
        prop_assert!(file.is_empty());
        return Ok(None);
    }
    let fail = |fault: &dyn std::error::Error| TestCaseError::fail(fault.to_string());
    let verified = verified(file, file.len()).map_err(|fault| fail(&fault))?;
    let bytes = file.len() as u64;
    let file = OggFile::read(file).map_err(|fault| fail(&fault))?;
    prop_assert_eq!(verified, stream_of(&file, bytes));
    prop_assert_eq!(file.samples, totals.samples);
    prop_assert_eq!((file.serial, file.channels, file.pre_skip), (7, 1, 312));
    Ok(Some(file))
}

/// One packet on its way.
#[derive(Clone, Debug)]
struct Fate {
    is_lost: bool,
    copies: u8,
    jitter: Duration,
}

/// `most_late` in milliseconds.
fn fate(loss_percent: u32, most_late: u64) -> impl Strategy<Value = Fate> {
    let loss = f64::from(loss_percent) / 100.0;
    let copies = prop_oneof![8 => Just(1_u8), 1 => 2..4_u8];
    let jitter = prop_oneof![3 => 0..30_u64, 1 => 0..most_late];
    (prop::bool::weighted(loss), copies, jitter).prop_map(|(is_lost, copies, jitter)| Fate {
        is_lost,
        copies,
        jitter: Duration::from_millis(jitter),
    })
}

/// TOC bytes of SILK, hybrid and CELT, from 2.5 ms to 60 ms, mono and stereo.
const TOCS: [u8; 8] = [0x08, 0x18, 0x4c, 0x60, 0x7c, 0xe0, 0xf0, 0xfc];

/// Packets of SILK, hybrid and CELT, from 2.5 ms to 120 ms, of one frame and of more, mono and
/// stereo.
const CODINGS: [&[u8]; 16] = [
    &[0x08, 1, 2, 3],
    &[0x18, 1, 2, 3],
    &[0x4c, 1, 2, 3],
    &[0x60, 1, 2, 3],
    &[0x7c, 1, 2, 3],
    &[0xe0, 1, 2, 3],
    &[0xf0, 1, 2, 3],
    &[0xfc, 1, 2, 3],
    &[0xe8, 1, 2, 3],
    &[0x10, 1, 2, 3],
    // Two equal frames: 40 ms and 120 ms; two of given lengths: 40 ms.
    &[0xf9, 1, 2, 3, 4],
    &[0x59, 1, 2],
    &[0x7a, 1, 5, 6, 7],
    // Three, four and six frames of 20 ms, with given lengths, equal ones, and padding.
    &[0xfb, 0x83, 1, 2, 1, 2, 3, 4],
    &[0x4b, 0x04, 1, 2, 3, 4],
    &[0xfb, 0x46, 2, 1, 2, 3, 4, 5, 6, 0, 0],
];

/// Packets of 2.5 and 5 ms, as many as a call can have in a second.
const SHORT_CODINGS: [&[u8]; 2] = [&[0xe0, 1, 2, 3], &[0xe8, 1, 2, 3]];

/// What the sender does next.
#[derive(Clone, Debug)]
struct Turn {
    /// He goes over to this coding.
    coding: Option<&'static [u8]>,
    /// He is silent first, in samples: his clock goes on, his numbers do not (RFC 7587 §3.1.3).
    pause: u32,
    /// The packet is a coding and not a byte of it, as some encoders send it in a silence.
    is_empty: bool,
    is_marked: bool,
    fate: Fate,
}

fn turn(
    codings: &'static [&'static [u8]],
    loss_percent: u32,
    most_late: u64,
) -> impl Strategy<Value = Turn> {
    let coding = prop::option::weighted(0.1, prop::sample::select(codings));
    // Also such as are no silence yet, and such as are no whole steps of 2.5 ms.
    let pause = prop_oneof![
        30 => Just(0_u32),
        1 => 0..2000_u32,
        1 => (0..40_u32).prop_map(|steps| steps * 120),
        1 => 0..400_000_u32,
    ];
    (
        coding,
        pause,
        prop::bool::weighted(0.05),
        any::<bool>(),
        fate(loss_percent, most_late),
    )
        .prop_map(|(coding, pause, is_empty, is_marked, fate)| Turn {
            coding,
            pause,
            is_empty,
            is_marked,
            fate,
        })
}

#[derive(Clone, Debug)]
struct Call {
    coding: &'static [u8],
    first_number: u16,
    first_timestamp: u32,
    turns: Vec<Turn>,
    /// From the last arrival to the end.
    tail: Duration,
}

/// A call of up to so many packets, each of them late by less than so many milliseconds.
fn call(
    codings: &'static [&'static [u8]],
    most_packets: usize,
    most_late: u64,
) -> impl Strategy<Value = Call> {
    let coding = prop::sample::select(codings);
    let turns = (0..=60_u32).prop_flat_map(move |loss| {
        prop::collection::vec(turn(codings, loss, most_late), 1..most_packets)
    });
    let tail = prop_oneof![2 => Just(0_u64), 1 => 0..=1000_u64, 1 => 1001..8000_u64];
    // Half of them wrap on the way.
    let number = prop_oneof![
        any::<u16>(),
        (1..120_u16).prop_map(|before| 0_u16.wrapping_sub(before)),
    ];
    let timestamp = prop_oneof![
        any::<u32>(),
        (1..100_000_u32).prop_map(|before| 0_u32.wrapping_sub(before)),
    ];
    (coding, number, timestamp, turns, tail).prop_map(
        |(coding, first_number, first_timestamp, turns, tail)| Call {
            coding,
            first_number,
            first_timestamp,
            turns,
            tail: Duration::from_millis(tail),
        },
    )
}

/// A packet as it was sent.
struct Sent {
    /// When, in samples since the first one.
    at_48k: u32,
    samples: u32,
    payload: &'static [u8],
    is_received: bool,
}

/// What a call's file must hold, in samples.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    written: u64,
    silence: Silence,
    /// Frames without a byte that the sender sent.
    empty: u64,
}

impl Call {
    fn sent(&self) -> Vec<Sent> {
        let (mut coding, mut at_48k) = (self.coding, 0);
        let last = self.turns.len() - 1;
        let turns = self.turns.iter().enumerate();
        turns
            .map(|(n, turn)| {
                coding = turn.coding.unwrap_or(coding);
                let payload = if turn.is_empty { empty(coding) } else { coding };
                let samples = frames(payload).unwrap().samples();
                let samples = u32::try_from(samples).unwrap();
                at_48k += if n == 0 { 0 } else { turn.pause };
                let sent = Sent {
                    at_48k,
                    samples,
                    payload,
                    // The first four come, so that it is known where the call begins, and the last
                    // one, so that it is known where it ends.
                    is_received: n < 4 || n == last || !turn.fate.is_lost,
                };
                at_48k += samples;
                sent
            })
            .collect()
    }

    /// What arrives, in the order of arrival.
    fn arrivals(&self, start: Instant) -> Vec<AudioPacket> {
        let mut arrivals = Vec::new();
        let all_sent = self.sent();
        let last = all_sent.len() - 1;
        for (n, (sent, turn)) in all_sent.iter().zip(&self.turns).enumerate() {
            let is_edge = n < 4 || n == last;
            let number = u16::try_from(n).unwrap();
            let fate = &turn.fate;
            let (delay, copies) = match (is_edge, sent.is_received) {
                (true, _) => (Duration::ZERO, 1),
                (false, true) => (fate.jitter, fate.copies),
                (false, false) => continue,
            };
            // Never too early, so that so many samples have gone by.
            let sent_at = Duration::from_nanos((u64::from(sent.at_48k) * 1_000_000).div_ceil(48));
            let packet = AudioPacket {
                arrived: start + sent_at + delay,
                ssrc: 1,
                payload_type: PAYLOAD_TYPE,
                sequence_number: self.first_number.wrapping_add(number),
                timestamp_48k: self.first_timestamp.wrapping_add(sent.at_48k),
                is_marked: turn.is_marked,
                sender_report: None,
                payload: Bytes::from_static(sent.payload),
            };
            arrivals.extend(std::iter::repeat_n(packet, copies.into()));
        }
        arrivals.sort_by_key(|packet| packet.arrived);
        arrivals
    }

    /// By the rules of docs/RECORDING.md, from what was sent.
    fn expected(&self) -> Expected {
        let mut expected = Expected::default();
        // What the timestamps left out so far, and not the file.
        let (mut gap, mut end_48k, mut is_hole) = (0, 0, false);
        for sent in self.sent() {
            gap += sent.at_48k - end_48k;
            end_48k = sent.at_48k + sent.samples;
            if !sent.is_received {
                gap += sent.samples;
                is_hole = true;
                continue;
            }
            if is_hole || gap >= 960 {
                let silence = &mut expected.silence;
                let cause = if is_hole {
                    &mut silence.loss
                } else {
                    &mut silence.dtx
                };
                *cause += u64::from(gap - gap % 120);
                gap %= 120;
            }
            is_hole = false;
            expected.written += u64::from(sent.samples);
            expected.empty += u64::from(sent.samples) * u64::from(sent.payload.len() == 1);
        }
        if self.tail > Duration::from_secs(1) {
            let last = self.sent().pop().map_or(0, |sent| sent.samples);
            let milliseconds = u64::try_from(self.tail.as_millis()).unwrap();
            let tail = milliseconds * 48 - u64::from(last);
            expected.silence.tail = tail - tail % 120;
        }
        expected
    }
}

/// One frame without a byte in that coding.
fn empty(coding: &'static [u8]) -> &'static [u8] {
    let one_frame = CODINGS
        .iter()
        .find(|other| other[0] & 0xfc == coding[0] & 0xfc && other[0] & 0x03 == 0);
    &one_frame.unwrap_or(&CODINGS[7])[..1]
}

/// A packet with anything in it.
fn anything(start: Instant) -> impl Strategy<Value = AudioPacket> {
    let number = prop_oneof![4 => 0..200_u16, 1 => any::<u16>()];
    let timestamp = prop_oneof![4 => 0..200_000_u32, 1 => any::<u32>()];
    let payload = prop_oneof![
        2 => prop::sample::select(&TOCS[..]).prop_map(|toc| vec![toc, 9, 9]),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (0_usize..1400).prop_map(|bytes| vec![0xfb; bytes]),
    ];
    let payload_type = prop_oneof![9 => Just(PAYLOAD_TYPE), 1 => any::<u8>()];
    (
        1..4_u32,
        number,
        timestamp,
        payload,
        payload_type,
        0..3_000_u64,
    )
        .prop_map(
            move |(ssrc, sequence_number, timestamp_48k, payload, payload_type, arrived)| {
                AudioPacket {
                    arrived: start + Duration::from_millis(arrived),
                    ssrc,
                    payload_type,
                    sequence_number,
                    timestamp_48k,
                    is_marked: false,
                    sender_report: None,
                    payload: payload.into(),
                }
            },
        )
}

/// The file lasts as long as what was sent, to the sample and for each cause.
fn assert_lasts(call: &Call) -> Result<(), TestCaseError> {
    let start = Instant::now();
    let arrivals = call.arrivals(start);
    let ended_at = arrivals.last().unwrap().arrived + call.tail;
    let expected = call.expected();
    let silence = expected.silence;
    let filled = silence.loss + silence.dtx + silence.tail;

    let (file, totals) = record(&arrivals, ended_at);

    let file = assert_sound(&file, totals)?.expect("there was audio");
    prop_assert_eq!(totals.silence, silence);
    prop_assert_eq!(file.samples, expected.written + filled);
    prop_assert_eq!(file.concealed_samples, filled + expected.empty);
    prop_assert_eq!(totals.lost + totals.written, call.turns.len() as u64);
    prop_assert_eq!((totals.late, totals.stale, totals.resets), (0, 0, 0));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// The same at hundreds of packets a second; 128 of them wait at most, so they are less late.
    #[test]
    fn an_honest_call_of_short_packets_lasts_as_long(call in call(&SHORT_CODINGS, 3000, 250)) {
        assert_lasts(&call)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Loss, jitter below the patience, copies, silences, any change of coding, any start, any end:
    /// the file lasts as long as what was sent, to the sample and for each cause.
    #[test]
    fn an_honest_call_lasts_as_long_as_what_was_sent(call in call(&CODINGS, 120, 900)) {
        assert_lasts(&call)?;
    }

    /// Nothing a caller sends makes a file that does not verify, or time that nobody waited.
    #[test]
    fn a_hostile_call_leaves_a_sound_file(
        packets in prop::collection::vec(anything(Instant::now()), 0..300),
    ) {
        let mut packets = packets;
        // Half of the histories are what a clock allows.
        if packets.len() % 2 == 0 {
            packets.sort_by_key(|packet| packet.arrived);
        }
        let latest = packets.iter().map(|packet| packet.arrived).max();
        let ended_at = latest.unwrap_or_else(Instant::now) + Duration::from_millis(1001);

        let (file, totals) = record(&packets, ended_at);

        let silence = totals.silence;
        let filled = silence.loss + silence.dtx + silence.reset + silence.tail;
        if assert_sound(&file, totals)?.is_some() {
            // Packets may come at once, where 10 s are all that is believed of it.
            prop_assert!(totals.samples <= 48_000 * 14 + 241, "{totals:?}");
            // About 4 s of waiting, 2 s of grace, and the thousandth part.
            prop_assert!(filled <= totals.samples && filled <= 48_000 * 6 + 241, "{silence:?}");
        }
    }
}
