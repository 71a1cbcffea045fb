//! What is being done and how long it took, for the person who waits.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a tool of the command line speaks there"
)]

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;

/// Names each step as it begins and remembers how long it took.
///
/// May be shared by threads that do steps at the same time.
pub(crate) struct Steps {
    start: Instant,
    done: Mutex<Vec<Step>>,
}

struct Step {
    name: String,
    took: Duration,
    has_failed: bool,
}

impl Steps {
    pub(crate) fn begin() -> Self {
        Self {
            start: Instant::now(),
            done: Mutex::new(Vec::new()),
        }
    }

    /// Does one step.
    pub(crate) fn step<T>(&self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        say(&format!("\n━━ {name}"));
        let start = Instant::now();

        let outcome = work();

        let step = Step {
            name: name.to_owned(),
            took: start.elapsed(),
            has_failed: outcome.is_err(),
        };
        self.done
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(step);
        outcome
    }

    /// Prints what was done, in the order in which it ended.
    pub(crate) fn print_summary(&self) {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);

        say("");
        for Step {
            name,
            took,
            has_failed,
        } in done.iter()
        {
            let mark = if *has_failed { "✗" } else { "✓" };
            say(&format!("{mark} {:>8.1} s  {name}", took.as_secs_f64()));
        }
        say(&format!("= {:>8.1} s", self.start.elapsed().as_secs_f64()));
    }
}

/// Says one line.
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Says what went wrong, with its causes.
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("\n✗ {error:#}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_remembered_as_failed() {
        let steps = Steps::begin();

        let outcome = steps.step("fails", || -> Result<()> { anyhow::bail!("no") });

        assert_eq!(outcome.unwrap_err().to_string(), "no");
        let done = steps.done.into_inner().unwrap();
        let failed: Vec<_> = done
            .iter()
            .map(|step| (step.name.as_str(), step.has_failed))
            .collect();
        assert_eq!(failed, [("fails", true)]);
    }
}
