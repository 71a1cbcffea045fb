//! When a shard may wait for one socket alone. A wait for several things is a system call besides
//! the one that receives; while datagrams come without a pause, the receiving one can wait, and
//! everything else is looked at every few milliseconds.

use std::time::{Duration, Instant};

/// How long anything but the one socket may go unseen. The kernel adds up to one of its ticks.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(4);
/// Datagrams further apart than that are not a flow: who waits for them would wake for nothing.
const DENSE: Duration = Duration::from_millis(1);
/// Whoever rang may ring again soon, and what a neighbour hands over is audio: it must not wait.
const AFTER_BELL: Duration = Duration::from_secs(1);

/// What the last looks at everything found.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The socket that is waited for alone, and until when.
    alone: Option<(usize, Instant)>,
    heard: Option<Instant>,
    rung: Option<Instant>,
}

impl Flow {
    /// The socket whose receive may wait.
    pub(super) fn socket(&self) -> Option<usize> {
        let (socket, until) = self.alone?;
        self.heard.is_some_and(|at| at < until).then_some(socket)
    }

    /// Everything was looked at: only these sockets had something.
    pub(super) fn note_look(&mut self, sockets: [bool; 2], bell: bool, now: Instant) {
        if bell {
            self.rung = Some(now);
        }
        let is_within = |at: Option<Instant>, span| {
            at.is_some_and(|at| now.saturating_duration_since(at) <= span)
        };
        let is_flow = is_within(self.heard, DENSE) && !is_within(self.rung, AFTER_BELL);
        let only = match sockets {
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

    /// The wait for one socket was over without a datagram.
    pub(super) fn note_silence(&mut self) {
        self.alone = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: [bool; 2] = [true, false];
    const BOTH: [bool; 2] = [true, true];

    fn us(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    /// A flow that has just begun: a look with a datagram, and right after it another.
    fn flowing(start: Instant) -> Flow {
        let mut flow = Flow::default();
        flow.note_look(FIRST, false, start);
        flow.note_heard(start);
        flow.note_look(FIRST, false, start + us(100));
        flow.note_heard(start + us(100));
        flow
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
            flow.note_look(FIRST, false, now);
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
        of_two.note_look(BOTH, false, start + us(200));

        assert_eq!((silent.socket(), of_two.socket()), (None, None));
    }

    #[test]
    fn after_a_bell_everything_is_looked_at_for_a_second() {
        let start = Instant::now();
        let mut flow = flowing(start);
        let mut found = Vec::new();

        for (after, bell) in [(200, true), (1_000_000, false), (1_000_201, false)] {
            let now = start + us(after);
            flow.note_heard(now);
            flow.note_look(FIRST, bell, now);
            found.push(flow.socket());
        }

        assert_eq!(found, [None, None, Some(0)]);
    }
}
