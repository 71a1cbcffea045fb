use bytes::Bytes;

use super::*;

fn packet(start: Instant, milliseconds: u64, number: u16) -> AudioPacket {
    AudioPacket {
        arrived: start + Duration::from_millis(milliseconds),
        ssrc: 1,
        payload_type: 111,
        sequence_number: number,
        timestamp_48k: u32::from(number).wrapping_mul(960),
        is_marked: false,
        sender_report: None,
        payload: Bytes::from_static(&[0x78, 1]),
    }
}

/// Sends packets 20 ms apart and says what came out after each, by number.
fn out(reorder: &mut Reorder, start: Instant, numbers: &[u16]) -> Vec<Vec<u16>> {
    let arrivals = numbers.iter().zip(0_u64..);
    arrivals
        .map(|(&number, turn)| {
            reorder.accept(packet(start, turn * 20, number));
            ready(reorder).iter().map(|&(number, _)| number).collect()
        })
        .collect()
}

fn ready(reorder: &mut Reorder) -> Vec<(u16, Follows)> {
    std::iter::from_fn(|| reorder.take_next())
        .map(|it| (it.packet.sequence_number, it.follows))
        .collect()
}

#[test]
fn the_first_packets_wait_for_each_other() {
    let mut reorder = Reorder::default();

    let released = out(&mut reorder, Instant::now(), &[2, 1, 4, 3, 5]);

    assert_eq!(
        released,
        [vec![], vec![], vec![], vec![1, 2, 3, 4], vec![5]]
    );
}

#[test]
fn a_hole_waits_for_a_second_and_is_then_given_up() {
    let start = Instant::now();
    let mut reorder = Reorder::default();
    for number in [0, 1, 2, 3, 5] {
        reorder.accept(packet(start, u64::from(number) * 20, number));
    }
    ready(&mut reorder);

    reorder.accept(packet(start, 1099, 6));
    let before = ready(&mut reorder);
    reorder.accept(packet(start, 1100, 7));
    let after = ready(&mut reorder);
    reorder.accept(packet(start, 1101, 4));

    assert_eq!(before, []);
    let follows = [Follows::Hole(1), Follows::Directly, Follows::Directly];
    assert_eq!(
        after,
        [5, 6, 7].into_iter().zip(follows).collect::<Vec<_>>()
    );
    assert_eq!(reorder.refused().late, 1);
}

#[test]
fn a_hole_does_not_hold_more_than_128_packets() {
    let start = Instant::now();
    let mut reorder = Reorder::default();
    let burst = (0..4).chain(5..5 + 127);
    burst.for_each(|number| reorder.accept(packet(start, 0, number)));
    ready(&mut reorder);

    reorder.accept(packet(start, 0, 132));

    assert_eq!(ready(&mut reorder).len(), 128);
}

#[test]
fn numbers_wrap() {
    let mut reorder = Reorder::default();

    let released = out(
        &mut reorder,
        Instant::now(),
        &[65533, 65534, 65535, 0, 2, 1],
    );

    assert_eq!(
        released[3..],
        [vec![65533, 65534, 65535, 0], vec![], vec![1, 2]]
    );
}

#[test]
fn a_lone_wild_number_is_not_believed() {
    let mut reorder = Reorder::default();

    let released = out(&mut reorder, Instant::now(), &[0, 1, 2, 3, 40_000, 4, 5]);

    assert_eq!(released[4..], [vec![], vec![4], vec![5]]);
    assert_eq!(reorder.refused().unconfirmed, 1);
}

#[test]
fn a_jump_that_the_next_packet_confirms_is_believed() {
    let start = Instant::now();
    let mut reorder = Reorder::default();
    out(&mut reorder, start, &[0, 1, 2, 3]);

    let released = out(&mut reorder, start, &[40_000, 40_001, 40_002, 40_003]);

    assert_eq!(released.concat(), [40_000, 40_001, 40_002, 40_003]);
    assert_eq!(reorder.refused(), Refused::default());
}

#[test]
fn a_new_source_gets_what_the_old_one_held_out_of_its_way() {
    let start = Instant::now();
    let mut reorder = Reorder::default();
    out(&mut reorder, start, &[0, 1, 2, 3, 5]);

    for number in 70..72 {
        let packet = packet(start, 100, number);
        reorder.accept(AudioPacket { ssrc: 2, ..packet });
    }
    reorder.drain();

    let follows = [Follows::Hole(1), Follows::NewSource, Follows::Directly];
    let expected: Vec<_> = [5, 70, 71].into_iter().zip(follows).collect();
    assert_eq!(ready(&mut reorder), expected);
}

/// What becomes of packets of those sources and numbers, which arrive 20 ms apart: what is
/// released, and what is refused.
fn outcome(arrivals: &[(u32, u16)]) -> (Vec<(u32, u16)>, Refused) {
    let start = Instant::now();
    let mut reorder = Reorder::default();
    for (&(ssrc, number), turn) in arrivals.iter().zip(0_u64..) {
        let packet = packet(start, turn * 20, number);
        reorder.accept(AudioPacket { ssrc, ..packet });
    }
    reorder.drain();
    let released = std::iter::from_fn(|| reorder.take_next());
    let released = released.map(|it| (it.packet.ssrc, it.packet.sequence_number));
    (released.collect(), reorder.refused())
}

const OLD: [(u32, u16); 4] = [(1, 0), (1, 1), (1, 2), (1, 3)];

#[test]
fn nothing_is_lost_where_a_new_source_overtakes_the_old_ones_last_packets() {
    for crossing in [
        &[(2, 70), (1, 4), (2, 71), (2, 72)][..],
        &[(2, 70), (1, 4), (2, 71), (1, 5), (2, 72), (2, 73)],
        // Swapped on top of it.
        &[(2, 71), (1, 4), (2, 70), (2, 72)],
        &[(2, 70), (1, 4), (2, 72), (2, 71), (2, 73)],
        &[(2, 65_535), (1, 4), (2, 0), (2, 1)],
    ] {
        let (released, refused) = outcome(&[&OLD, crossing].concat());

        let (mut old, mut new): (Vec<_>, Vec<_>) =
            crossing.iter().copied().partition(|&(ssrc, _)| ssrc == 1);
        old.sort_unstable();
        new.sort_by_key(|&(_, number)| number.wrapping_sub(60_000));
        assert_eq!(released, [&OLD[..], &old, &new].concat(), "{crossing:?}");
        assert_eq!(refused, Refused::default(), "{crossing:?}");
    }
}

#[test]
fn the_last_packets_of_a_source_that_was_replaced_do_not_bring_it_back() {
    let new = |number| (2, number);
    let arrivals = [
        &OLD[..],
        &[new(70), new(71), (1, 4), (1, 5), new(72), new(73)],
    ];

    let (released, refused) = outcome(&arrivals.concat());

    let late = Refused {
        late: 2,
        ..Refused::default()
    };
    assert_eq!(
        released,
        [&OLD[..], &[new(70), new(71), new(72), new(73)]].concat()
    );
    assert_eq!(refused, late);
}

#[test]
fn a_source_that_was_replaced_may_come_back_a_second_later() {
    let mut arrivals = [&OLD[..], &[(2, 70), (2, 71)]].concat();
    arrivals.extend((72..122).map(|number| (2, number)));
    let back = [(1, 4), (1, 5), (1, 6)];

    let (released, refused) = outcome(&[&arrivals, &back[..]].concat());

    assert_eq!(released[released.len() - 3..], back);
    assert_eq!(refused, Refused::default());
}

#[test]
fn a_suspect_that_came_twice_is_counted_once_and_confirms_nobody() {
    let crossing = [(2, 70), (2, 70), (1, 4), (2, 71), (2, 71), (1, 5)];
    let new = [(2, 72), (2, 73)];

    let (released, refused) = outcome(&[&OLD[..], &crossing, &new].concat());

    let expected = [(1, 4), (1, 5), (2, 70), (2, 71), (2, 72), (2, 73)];
    let duplicated = Refused {
        duplicated: 2,
        ..Refused::default()
    };
    assert_eq!(released, [&OLD[..], &expected].concat());
    assert_eq!(refused, duplicated);
}

#[test]
fn a_suspect_is_forgotten_when_the_old_source_has_gone_on_for_a_second() {
    let mut arrivals = [&OLD[..], &[(2, 70)]].concat();
    arrivals.extend((4..60).map(|number| (1, number)));
    let new = [(2, 71), (2, 72)];

    let (released, refused) = outcome(&[&arrivals, &new[..]].concat());

    assert_eq!(released[60..], new);
    assert_eq!((released.len(), refused.unconfirmed), (62, 1));
}

#[test]
fn strangers_are_accounted_for_whoever_is_believed() {
    let strangers: Vec<_> = (0..20).map(|n| (100 + u32::from(n), n)).collect();
    // The second one is wild even for its own source.
    let new = [(2, 70), (2, 30_000), (2, 71)];

    let (released, refused) = outcome(&[&OLD, &strangers[..], &new].concat());

    assert_eq!(released[4..], [(2, 70), (2, 71)]);
    assert_eq!(refused.unconfirmed, 21);
}

#[test]
fn two_sources_at_once_do_not_take_turns() {
    let start = Instant::now();
    let mut reorder = Reorder::default();
    for number in 0..50 {
        let packet = packet(start, u64::from(number) * 20, number);
        reorder.accept(packet.clone());
        reorder.accept(AudioPacket { ssrc: 2, ..packet });
    }
    reorder.drain();

    let released = ready(&mut reorder);

    assert_eq!(released.len(), 50);
    assert_eq!(reorder.refused().unconfirmed, 50);
}

#[test]
fn what_came_twice_is_released_once() {
    let mut reorder = Reorder::default();

    let released = out(
        &mut reorder,
        Instant::now(),
        &[0, 0, 1, 1, 2, 3, 3, 0, 4, 2],
    );

    assert_eq!(released.concat(), [0, 1, 2, 3, 4]);
    assert_eq!(reorder.refused().duplicated, 5);
}

#[test]
fn a_hole_does_not_hold_more_than_192_kib() {
    let start = Instant::now();
    let mut reorder = Reorder::default();
    (0..4).for_each(|number| reorder.accept(packet(start, 0, number)));
    ready(&mut reorder);

    let released = [5, 6, 7, 8].map(|number| {
        let payload = Bytes::from(vec![0; 60_000]);
        let packet = packet(start, 0, number);
        reorder.accept(AudioPacket { payload, ..packet });
        ready(&mut reorder).len()
    });

    assert_eq!(released, [0, 0, 0, 4]);
}
