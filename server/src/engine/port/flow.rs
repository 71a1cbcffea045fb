//! When a shard may wait for one socket alone. A wait for several things is a system call besides
//! the one that receives; while datagrams come without a pause, the receiving one can wait, and
//! everything else is looked at every few milliseconds.

use std::time::{Duration, Instant};

/// How long anything but the one socket may go unseen while datagrams come.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(4);
/// Datagrams further apart than that are not a flow: who waits for them would wake for nothing. The
/// kernel rounds a wait of that up to two of its ticks.
pub(super) const DENSE: Duration = Duration::from_millis(1);
/// Where audio came by another way, more of it comes every 20 ms, and it must not wait.
const AFTER_OTHERS: Duration = Duration::from_secs(1);

/// What the last looks at everything found.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The socket that is waited for alone, and until when.
    alone: Option<(usize, Instant)>,
    heard: Option<Instant>,
    /// When each socket had something last.
    had: [Option<Instant>; 2],
    /// When a neighbour handed something over last.
    handed: Option<Instant>,
}

impl Flow {
    /// The socket whose receive may wait.
    pub(super) fn socket(&self) -> Option<usize> {
        let (socket, until) = self.alone?;
        self.heard.is_some_and(|at| at < until).then_some(socket)
    }

    /// Everything was looked at, and these sockets had something.
    pub(super) fn note_look(&mut self, sockets: [bool; 2], now: Instant) {
        for (had, has) in self.had.iter_mut().zip(sockets) {
            if has {
                *had = Some(now);
            }
        }
        let is_within = |at: Option<Instant>, span| {
            at.is_some_and(|at| now.saturating_duration_since(at) <= span)
        };
        let is_flow = is_within(self.heard, DENSE) && !is_within(self.handed, AFTER_OTHERS);
        let only = match self.had.map(|at| is_within(at, AFTER_OTHERS)) {
            [true, false] => Some(0),
            [false, true] => Some(1),
            _ => None,
        };
        self.alone = only
            .filter(|_| is_flow)
            .map(|socket| (socket, now + LOOK_EVERY));
    }

    /// A datagram came.
    pub(super) fn note_heard(&mut self, now: Instant) {
        self.heard = Some(now);
    }

    /// A neighbour handed a datagram over.
    pub(super) fn note_handed(&mut self, now: Instant) {
        self.handed = Some(now);
        self.alone = None;
    }

    /// The wait for one socket was over without a datagram.
    pub(super) fn note_silence(&mut self) {
        self.alone = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: [bool; 2] = [true, false];
    const SECOND: [bool; 2] = [false, true];
    const BOTH: [bool; 2] = [true, true];

    fn us(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    /// A flow that has just begun: a look with a datagram, and right after it another.
    fn flowing(start: Instant) -> Flow {
        let mut flow = Flow::default();
        flow.note_look(FIRST, start);
        flow.note_heard(start);
        flow.note_look(FIRST, start + us(100));
        flow.note_heard(start + us(100));
        flow
    }

    /// Which socket is waited for alone after each look, at those microseconds.
    fn after_looks(
        flow: &mut Flow,
        start: Instant,
        looks: [([bool; 2], u64); 3],
    ) -> Vec<Option<usize>> {
        let look = |(sockets, after)| {
            let now = start + us(after);
            flow.note_heard(now);
            flow.note_look(sockets, now);
            flow.socket()
        };
        looks.into_iter().map(look).collect()
    }

    #[test]
    fn a_dense_flow_is_waited_for_alone_until_the_next_look_is_due() {
        let start = Instant::now();
        let mut flow = flowing(start);

        let at_first = flow.socket();
        flow.note_heard(start + us(4_099));
        let still = flow.socket();
        flow.note_heard(start + us(4_100));

        assert_eq!((at_first, still, flow.socket()), (Some(0), Some(0), None));
    }

    #[test]
    fn one_datagram_is_no_flow_and_neither_are_those_of_one_caller() {
        let start = Instant::now();
        let mut flow = Flow::default();
        for number in 0..10 {
            let now = start + number * Duration::from_millis(20);
            flow.note_look(FIRST, now);
            flow.note_heard(now);

            assert_eq!(flow.socket(), None, "{number}");
        }
    }

    #[test]
    fn silence_and_a_second_socket_end_it() {
        let start = Instant::now();
        let mut silent = flowing(start);
        silent.note_silence();
        let mut of_two = flowing(start);
        of_two.note_look(BOTH, start + us(200));

        assert_eq!((silent.socket(), of_two.socket()), (None, None));
    }

    #[test]
    fn a_caller_on_the_other_socket_is_never_left_waiting_between_his_packets() {
        let start = Instant::now();
        let mut flow = flowing(start);

        let looks = [(SECOND, 200), (FIRST, 10_000), (FIRST, 1_000_000)];
        let meanwhile = after_looks(&mut flow, start, looks);
        let looks = [(FIRST, 1_000_201), (FIRST, 1_000_300), (FIRST, 1_000_400)];
        let after = after_looks(&mut flow, start, looks);

        assert_eq!(meanwhile, [None; 3]);
        assert_eq!(after, [Some(0); 3]);
    }

    #[test]
    fn where_a_neighbour_hands_audio_over_everything_is_looked_at_for_a_second() {
        let start = Instant::now();
        let mut flow = flowing(start);
        flow.note_handed(start + us(200));

        let looks = [(FIRST, 300), (FIRST, 1_000_200), (FIRST, 1_000_201)];

        assert_eq!(flow.socket(), None);
        assert_eq!(after_looks(&mut flow, start, looks), [None, None, Some(0)]);
    }
}
