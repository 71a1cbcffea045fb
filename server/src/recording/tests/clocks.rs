//! Calls whose sender's clock, or whose network, is not what it should be.

use super::*;

#[test]
fn a_new_source_goes_on_after_the_hole_that_the_clock_shows() {
    let start = Instant::now();
    let packets = (0..250).map(|n| match n {
        0..125 => packet(start, n),
        _ => AudioPacket {
            ssrc: 2,
            arrived: start + Duration::from_millis(20) * n + Duration::from_secs(1),
            ..packet(start, n + 40_000)
        },
    });

    let totals = record(packets.collect());

    let silence = Silence {
        reset: 48_000,
        ..Silence::default()
    };
    let expected = Totals {
        samples: 288_000,
        resets: 1,
        ..clean(250)
    };
    assert_eq!(totals, with_silence(expected, silence));
}

#[test]
fn timestamps_that_jump_without_a_reason_cost_nothing() {
    let start = Instant::now();
    for jump in [2_000_000_000, -4_000_000_i32] {
        let packets = (0..250).map(|n| AudioPacket {
            timestamp_48k: packet(start, n)
                .timestamp_48k
                .wrapping_add_signed(if n < 125 { 0 } else { jump }),
            ..packet(start, n)
        });

        let totals = record(packets.collect());

        assert_eq!(
            totals,
            Totals {
                resets: 1,
                ..clean(250)
            }
        );
    }
}

#[test]
fn timestamps_that_step_back_for_good_cost_what_they_repeat() {
    let start = Instant::now();
    let packets = (0..250).map(|n| AudioPacket {
        timestamp_48k: packet(start, n).timestamp_48k - if n < 125 { 0 } else { 4800 },
        ..packet(start, n)
    });

    let totals = record(packets.collect());

    let expected = Totals {
        received: 250,
        stale: 5,
        ..clean(245)
    };
    assert_eq!(totals, expected);
}

#[test]
fn ten_minutes_without_a_packet_are_ten_minutes_of_file() {
    let start = Instant::now();
    let packets = (0..250).map(|n| packet(start, if n < 125 { n } else { n + 30_000 }));

    let totals = record(packets.collect());

    let expected = Totals {
        samples: 29_040_000,
        ..clean(250)
    };
    assert_eq!(totals, with_silence(expected, loss(28_800_000)));
}

#[test]
fn a_fast_sender_clock_needs_no_filler() {
    let start = Instant::now();
    let packets = (0..250).map(|n| AudioPacket {
        timestamp_48k: n * 960 + n * 960 * 300 / 1_000_000,
        ..packet(start, n)
    });

    assert_eq!(record(packets.collect()), clean(250));
}

#[test]
fn a_burst_after_a_stall_still_fits() {
    let start = Instant::now();
    let mut packets = clean_call(start);
    for packet in packets.iter_mut().skip(100).take(50) {
        packet.arrived = start + Duration::from_secs(3);
    }

    assert_eq!(record(packets), clean(250));
}

#[test]
fn what_a_network_held_back_for_eight_seconds_is_written_to_the_last_packet() {
    let start = Instant::now();
    // In the middle of the call, and from its first packet on.
    for stalled in [100..500, 0..400] {
        let until = packet(start, stalled.end).arrived;
        let held_back = (0..600).map(|n| AudioPacket {
            arrived: packet(start, n)
                .arrived
                .max(if stalled.contains(&n) { until } else { start }),
            ..packet(start, n)
        });

        assert_eq!(record(held_back.collect()), clean(600));
    }
}

#[test]
fn ten_seconds_of_packets_may_come_at_once_and_not_one_more() {
    let start = Instant::now();
    let at_once = (0..501).map(|n| AudioPacket {
        arrived: start,
        ..packet(start, n)
    });

    let totals = record(at_once.collect());

    let expected = Totals {
        received: 501,
        stale: 1,
        ..clean(500)
    };
    assert_eq!(totals, expected);
}

#[test]
fn packets_that_come_faster_than_time_make_no_more_file_than_the_wall_explains() {
    let start = Instant::now();
    // For a minute, 200 packets of 20 ms a second.
    let hurried = (0..12_000).map(|n| AudioPacket {
        arrived: start + Duration::from_millis(5) * n,
        ..packet(start, n)
    });

    let totals = record(hurried.collect());

    // 59.995 s, a thousandth of it, 2 s and 8 s, in whole packets.
    let written = (2_879_760 + 2879 + 96_000 + 384_000) / 960;
    // Until the clock is caught up with; then each packet that is written follows some that are not.
    let in_a_row = 666;
    let expected = Totals {
        received: 12_000,
        stale: 12_000 - written,
        resets: written - in_a_row,
        ..clean(written)
    };
    assert_eq!(totals, expected);
}

#[test]
fn silence_before_the_end_is_part_of_the_call() {
    let start = Instant::now();

    let totals = record_until(clean_call(start), Some(start + Duration::from_secs(8)));

    let silence = Silence {
        tail: 144_000,
        ..Silence::default()
    };
    let expected = Totals {
        samples: 384_000,
        ..clean(250)
    };
    assert_eq!(totals, with_silence(expected, silence));
}

#[test]
fn a_liar_cannot_make_hours_of_file() {
    let start = Instant::now();
    let packets = (0..250_u32).map(|n| AudioPacket {
        timestamp_48k: n * 960 + n.saturating_sub(99) * 60 * 48_000,
        ..packet(start, n)
    });

    let totals = record(packets.collect());

    assert_eq!(
        totals,
        Totals {
            resets: 150,
            ..clean(250)
        }
    );
}

#[test]
fn the_clock_of_a_source_that_begins_with_a_keep_alive_is_not_compared() {
    let start = Instant::now();
    let packets = (0..250).map(|n| match n {
        0..125 => packet(start, n),
        _ => AudioPacket {
            ssrc: 2,
            timestamp_48k: packet(start, n).timestamp_48k + 48_000,
            payload: if n == 125 {
                Bytes::new()
            } else {
                packet(start, n).payload
            },
            ..packet(start, n)
        },
    });

    let totals = record(packets.collect());

    assert_eq!((totals.samples, totals.resets), (249 * 960, 1));
}

#[test]
fn timestamps_that_step_back_further_begin_anew_after_five_packets() {
    let start = Instant::now();
    let packets = (0..250).map(|n| AudioPacket {
        timestamp_48k: packet(start, n).timestamp_48k + 48_000 - if n < 125 { 0 } else { 24_000 },
        ..packet(start, n)
    });

    let totals = record(packets.collect());

    // The five that were dropped are heard as a hole of 100 ms.
    let silence = Silence {
        reset: 4800,
        ..Silence::default()
    };
    let expected = Totals {
        received: 250,
        stale: 5,
        resets: 1,
        samples: 240_000,
        ..clean(245)
    };
    assert_eq!(totals, with_silence(expected, silence));
}

/// A call whose first eight seconds come at once, and whose last packet comes at 58 s.
fn held_back_at_the_start(start: Instant) -> impl Iterator<Item = AudioPacket> {
    (0..2900).map(move |n| AudioPacket {
        arrived: packet(start, n.max(400)).arrived,
        ..packet(start, n)
    })
}

#[test]
fn a_start_that_was_held_back_leaves_room_for_later_losses_and_the_end() {
    let start = Instant::now();
    let packets = held_back_at_the_start(start)
        .zip(0_u32..)
        .filter(|(_, n)| *n < 400 || n % 20 != 10);

    let totals = record_until(
        packets.map(|(packet, _)| packet).collect(),
        Some(start + Duration::from_secs(61)),
    );

    let silence = Silence {
        tail: 144_000,
        ..loss(120_000)
    };
    let expected = Totals {
        samples: 2_928_000,
        lost: 125,
        ..clean(2775)
    };
    assert_eq!(totals, with_silence(expected, silence));
}

#[test]
fn a_start_that_was_held_back_leaves_room_for_a_new_source() {
    let start = Instant::now();
    let packets = held_back_at_the_start(start).map(|packet| {
        let is_new = packet.arrived >= start + Duration::from_secs(30);
        AudioPacket {
            ssrc: if is_new { 2 } else { 1 },
            arrived: packet.arrived + Duration::from_secs(if is_new { 3 } else { 0 }),
            ..packet
        }
    });

    let totals = record(packets.collect());

    let silence = Silence {
        reset: 144_000,
        ..Silence::default()
    };
    let expected = Totals {
        samples: 2_928_000,
        resets: 1,
        ..clean(2900)
    };
    assert_eq!(totals, with_silence(expected, silence));
}

#[test]
fn silence_that_was_claimed_does_not_make_room_for_more() {
    let start = Instant::now();
    // Each tenth packet claims another second and a half that never was.
    let packets = (0..250).map(|n| AudioPacket {
        timestamp_48k: packet(start, n).timestamp_48k + n / 10 * 72_000,
        ..packet(start, n)
    });

    let totals = record(packets.collect());

    assert_eq!(totals.silence.dtx, 72_000);
    assert_eq!(totals.resets, 23);
}

#[test]
fn what_is_too_short_to_be_silence_never_begins_the_clock_anew() {
    let start = Instant::now();
    // The file is as far ahead as packets may take it, and the timestamps run a little fast.
    let packets = (0..3000).map(|n| AudioPacket {
        arrived: packet(start, n.max(450)).arrived,
        timestamp_48k: packet(start, n).timestamp_48k + n / 10,
        ..packet(start, n)
    });

    assert_eq!(record(packets.collect()), clean(3000));
}
