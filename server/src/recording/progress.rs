//! How far a recording is: told by whoever makes it, read by whoever is asked about its call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// What became of a recording so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It holds, or will hold, all of its call.
    Whole,
    /// It ended while its call went on, or lost its tail.
    CutShort,
    /// Nothing is kept.
    Refused,
}

const WHOLE: u8 = 0;
const CUT_SHORT: u8 = 1;
const REFUSED: u8 = 2;

/// One recording's course, which is whole until something else is told. A clone is another handle to
/// the same one's.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU8>);

impl Progress {
    pub fn tell(&self, course: Course) {
        let told = match course {
            Course::Whole => WHOLE,
            Course::CutShort => CUT_SHORT,
            Course::Refused => REFUSED,
        };
        // It says nothing of any other memory.
        self.0.store(told, Ordering::Relaxed);
    }

    #[must_use]
    pub fn course(&self) -> Course {
        match self.0.load(Ordering::Relaxed) {
            CUT_SHORT => Course::CutShort,
            REFUSED => Course::Refused,
            _ => Course::Whole,
        }
    }
}
