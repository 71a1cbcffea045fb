//! How much a recording may become, and what its description says of any call.

use proptest::prelude::*;
use shared::recording::{RecordingEnd, RecordingStatus};

use super::*;
use crate::recording::sidecar::{self, Outcome};

fn record_with(
    limits: Limits,
    packets: impl IntoIterator<Item = AudioPacket>,
    ended_at: Option<Instant>,
) -> (Vec<u8>, Report, bool) {
    let mut recording = Recording::new(&origin(limits), 7);
    let mut file = Vec::new();
    for packet in packets {
        recording.accept(packet);
        file.extend(recording.take_pages());
    }
    let is_full = recording.is_full();
    let (pages, report) = recording.finish(ended_at);
    file.extend(pages);
    assert_sound(&file, &report);
    (file, report, is_full)
}

#[test]
fn a_recording_ends_at_its_longest_duration() {
    let start = Instant::now();
    let limits = Limits {
        duration: Duration::from_millis(1010),
        ..Limits::default()
    };

    let (_, report, is_full) = record_with(
        limits,
        clean_call(start),
        Some(start + Duration::from_secs(60)),
    );

    let expected = Totals {
        received: 250,
        refused: 200,
        ..clean(50)
    };
    assert!(is_full);
    assert_eq!(report.totals, expected);
}

#[test]
fn silence_before_a_packet_and_at_the_end_is_cut_at_the_limit() {
    let start = Instant::now();
    let limits = Limits {
        duration: Duration::from_millis(1003),
        ..Limits::default()
    };
    // Two packets with ten seconds between them; and one, with as long until the end.
    let paused = [packet(start, 0), packet(start, 500)];

    let (_, dtx, _) = record_with(limits, paused.clone(), None);
    let (_, tail, _) = record_with(
        limits,
        paused.into_iter().take(1),
        Some(start + Duration::from_secs(10)),
    );

    let samples = 1002 * 48 + 24;
    assert_eq!(
        (dtx.totals.samples, tail.totals.samples),
        (samples, samples)
    );
    assert_eq!(tail.totals.silence.tail, samples - 960);
    assert_eq!(dtx.totals.silence.loss + 960, samples);
    assert_eq!(dtx.totals.refused, 1);
    assert!(dtx.is_full && tail.is_full);
}

#[test]
fn no_file_is_larger_than_its_limit_and_none_stops_long_before() {
    let start = Instant::now();
    for bytes in 0..2_000 {
        let limits = Limits {
            bytes,
            ..Limits::default()
        };

        let (file, report, is_full) = record_with(limits, clean_call(start), None);

        let written = file.len() as u64;
        assert_eq!(written, report.bytes);
        assert!(written <= bytes, "{written} of {bytes}");
        assert!(!is_full || report.packets == 0 || written + 64 > bytes);
    }
}

/// A packet with anything in it, at any time of five seconds.
fn anything(start: Instant) -> impl Strategy<Value = AudioPacket> {
    let payload = prop_oneof![
        4 => Just(vec![0xf8, 1, 2, 3]),
        1 => Just(vec![0x08]),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (0_usize..1400).prop_map(|bytes| vec![0xfb; bytes]),
    ];
    let number = prop_oneof![4 => 0..200_u16, 1 => any::<u16>()];
    let timestamp = prop_oneof![4 => 0..200_000_u32, 1 => any::<u32>()];
    let payload_type = prop_oneof![9 => Just(111), 1 => any::<u8>()];
    (
        1..4_u32,
        number,
        timestamp,
        payload,
        payload_type,
        0..5000_u64,
    )
        .prop_map(
            move |(ssrc, sequence_number, timestamp_48k, payload, payload_type, arrived)| {
                AudioPacket {
                    arrived: start + Duration::from_millis(arrived),
                    ssrc,
                    payload_type,
                    sequence_number,
                    timestamp_48k,
                    payload: payload.into(),
                    ..packet(start, 0)
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever was sent: the counts and the milliseconds of a description add up, and neither
    /// limit is passed.
    #[test]
    fn a_description_adds_up_and_limits_hold(
        packets in prop::collection::vec(anything(Instant::now()), 0..200),
        milliseconds in 0..4000_u64,
        bytes in 0..20_000_u64,
    ) {
        let limits = Limits { duration: Duration::from_millis(milliseconds), bytes };
        let ended_at = Instant::now() + Duration::from_secs(8);

        let (file, report, _) = record_with(limits, packets, Some(ended_at));

        let outcome = Outcome {
            status: RecordingStatus::Complete,
            end: RecordingEnd::ClientClosed,
            ended_at,
            bytes: file.len() as u64,
            sha256: [0xab; 32],
        };
        let metadata = sidecar::finished(&origin(limits), &report, &outcome);
        let (rtp, filled) = (metadata.rtp.unwrap(), metadata.filled_ms.unwrap());
        let accounted = rtp.written + rtp.late + rtp.duplicated + rtp.malformed
            + rtp.skipped + rtp.stale + rtp.refused;
        prop_assert_eq!(rtp.received, accounted);
        prop_assert_eq!(file.len() as u64, report.bytes);
        prop_assert!(report.bytes <= bytes && report.totals.samples <= milliseconds * 48);
        prop_assert_eq!(metadata.file.is_some(), !file.is_empty());
        let samples = metadata.file.map_or(0, |file| file.samples);
        let sum = rtp.written_ms + filled.loss + filled.dtx + filled.reset + filled.tail;
        prop_assert!((sum * 48.0 - samples as f64).abs() < 1e-3, "{sum} {samples}");
        prop_assert!(filled.longest <= sum);
        let clock = metadata.clock.unwrap();
        prop_assert!(clock.map.is_sorted_by_key(|point| point.granule));
        prop_assert!(clock.map.len() <= 4096);
    }
}
