//! One line of log for each refusal, so that whoever complains can be found: a name, a status and a
//! kind. So many a second, so that no flood of requests fills the disk with them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::info;

use super::doors::request_id;
use crate::rate::Meter;

/// So many lines a second. One is some 120 bytes, and so a day of them is 200 MB.
const LINES_A_SECOND: u32 = 20;
/// What was not used of so much time may come at once.
const SAVED_UP: Duration = Duration::from_secs(5);

/// The kind of a refusal, on its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused(pub(super) &'static str);

/// Which refusals are logged. A clone means the same.
#[derive(Clone)]
pub(super) struct Refusals(Arc<Mutex<Lines>>);

struct Lines {
    meter: Meter,
    left_out: u64,
}

/// What is to be said of one refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Itself, and how many before it were left out.
    Say { left_out: u64 },
    /// That from now on some are left out.
    Announce,
    /// Nothing.
    LeaveOut,
}

impl Refusals {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Lines::new(Instant::now()))))
    }

    fn next(&self) -> Word {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.next(Instant::now())
    }
}

impl Lines {
    fn new(now: Instant) -> Self {
        Self {
            meter: Meter::a_second(LINES_A_SECOND, SAVED_UP, now),
            left_out: 0,
        }
    }

    fn next(&mut self, now: Instant) -> Word {
        if self.meter.take(1, now) {
            let left_out = std::mem::take(&mut self.left_out);
            return Word::Say { left_out };
        }
        self.left_out += 1;
        if self.left_out == 1 {
            Word::Announce
        } else {
            Word::LeaveOut
        }
    }
}

/// Logs an answer that is a refusal.
pub(super) async fn log(
    State(refusals): State<Refusals>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    if let Some(Refused(kind)) = response.extensions().get::<Refused>() {
        say(refusals.next(), kind, &response);
    }
    response
}

fn say(word: Word, kind: &str, response: &Response) {
    let id = request_id::current().map(tracing::field::display);
    let status = response.status().as_u16();
    match word {
        Word::Say { left_out: 0 } => info!(id, status, kind, "refused a request"),
        Word::Say { left_out } => info!(id, status, kind, left_out, "refused a request"),
        Word::Announce => info!("too many refusals to log each of them: some are left out"),
        Word::LeaveOut => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_leaves_a_bounded_log_that_says_what_is_missing() {
        let start = Instant::now();
        let mut lines = Lines::new(start);
        let mut words = |count: usize, now: Instant| -> Vec<Word> {
            (0..count).map(|_| lines.next(now)).collect()
        };

        let at_once = words(1_000, start);
        let a_second_later = words(1_000, start + Duration::from_secs(1));

        let said = |words: &[Word]| {
            let is_said = |word: &&Word| **word != Word::LeaveOut;
            words.iter().filter(is_said).count()
        };
        assert_eq!(at_once[..100], [Word::Say { left_out: 0 }; 100]);
        assert_eq!(at_once[100..102], [Word::Announce, Word::LeaveOut]);
        assert_eq!(said(&at_once), 101);
        assert_eq!(a_second_later[0], Word::Say { left_out: 900 });
        assert_eq!(said(&a_second_later), 21);
    }
}
