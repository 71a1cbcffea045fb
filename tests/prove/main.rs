//! Proofs that take longer than a test may: each prints a table, and fails if a promise is broken.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a proof may panic, and prints what it saw"
)]

mod crash;
mod disk;

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let mut is_proved = true;
    if is_wanted("crash") {
        is_proved &= runtime.block_on(crash::prove());
    }
    if is_wanted("disk") {
        is_proved &= runtime.block_on(disk::prove());
    }
    if is_proved {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
