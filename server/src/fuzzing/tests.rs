//! The bodies over random bytes and over damaged recordings, for a few seconds.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// A second in which nothing happened, and then some packets that are each odd in their own way.
fn recorded() -> Vec<u8> {
    let mut script = vec![0; 58];
    script.extend(0..=255);
    let (_, file, _) = record(&History::read(&script, Instant::now()));
    file
}

/// One change to a file, of a kind: overwrites a byte, cuts bytes out, repeats them, puts some in,
/// or cuts the file off.
type Edit = (u8, Index, Index, u8);

fn change(file: &mut Vec<u8>, (kind, a, b, byte): Edit) {
    let (a, b) = (a.index(file.len() + 1), b.index(file.len() + 1));
    let range = a.min(b)..a.max(b);
    match kind {
        0 => file.iter_mut().skip(a).take(1).for_each(|it| *it = byte),
        1 => drop(file.drain(range)),
        2 => file.extend_from_within(range),
        3 => drop(file.splice(a..a, [byte; 7])),
        _ => file.truncate(a),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_leave_every_promise_kept(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        toc(&bytes);
        fragment(&bytes);
        timeline(&bytes);
        verify(&bytes);
        repair(&bytes);
    }

    #[test]
    fn any_change_to_a_recording_leaves_every_promise_kept(
        how: u8,
        edits in prop::collection::vec((0..5_u8, any::<Index>(), any::<Index>(), any::<u8>()), 0..4),
    ) {
        let mut file = recorded();

        for edit in edits {
            change(&mut file, edit);
        }

        file.insert(0, how);
        verify(&file);
        repair(&file);
    }

    #[test]
    fn any_order_of_ordinary_packets_leaves_every_promise_kept(
        steps in prop::collection::vec((0..4_u8, 0..40_u8), 0..300),
    ) {
        let mut script = vec![0, 3, 0xff, 0xf0, 0xff, 0xff, 0xff, 0xf0];
        for (arrival, step) in steps {
            // A step of the number is read always, one of the arrival if it is not an ordinary one.
            script.extend([1 | arrival << 4, step.wrapping_sub(4)]);
            script.extend((arrival > 1).then_some(step));
        }

        timeline(&script);
    }
}
