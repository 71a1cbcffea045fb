//! What a process costs, as the kernel counts it (proc(5)).

use std::fs;
use std::io;
use std::time::Duration;

use rustix::process::Pid;

/// What a process had used and held at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Of all its threads, in the kernel too; in steps of 10 ms.
    pub cpu: Duration,
    /// The part of it outside the kernel.
    pub user: Duration,
    /// Resident memory.
    pub memory_kib: u64,
    pub threads: u64,
    pub open_files: u64,
}

impl Usage {
    /// Reads it.
    ///
    /// # Errors
    /// When there is no such process, or it is another user's.
    pub fn of(process: Pid) -> io::Result<Self> {
        let folder = format!("/proc/{}", process.as_raw_nonzero());
        let stat = fs::read_to_string(format!("{folder}/stat"))?;
        let status = fs::read_to_string(format!("{folder}/status"))?;
        let (user, system) = ticks(&stat).ok_or(io::ErrorKind::InvalidData)?;
        let field = |name| field(&status, name).ok_or(io::ErrorKind::InvalidData);
        Ok(Self {
            cpu: duration(user + system),
            user: duration(user),
            memory_kib: field("VmRSS:")?,
            threads: field("Threads:")?,
            open_files: fs::read_dir(format!("{folder}/fd"))?.count() as u64,
        })
    }
}

/// User's and kernel's time.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    // The command's name, in brackets, may have spaces and brackets of its own.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn duration(ticks: u64) -> Duration {
    let hertz = rustix::param::clock_ticks_per_second();
    Duration::from_nanos(ticks.saturating_mul(1_000_000_000 / hertz.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_sees_its_own_cost() {
        let before = Usage::of(rustix::process::getpid()).unwrap();
        let held: Vec<u8> = vec![1; 64 << 20];
        let _file = fs::File::open("/proc/self/stat").unwrap();

        let after = Usage::of(rustix::process::getpid()).unwrap();

        assert!(
            after.memory_kib >= before.memory_kib + 60_000,
            "{} bytes",
            held.len()
        );
        assert_eq!(after.open_files, before.open_files + 1);
        assert!(after.threads > 0);
        assert!(after.cpu >= after.user && after.cpu >= before.cpu);
    }

    #[test]
    fn a_name_with_brackets_confuses_nobody() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 31 41 0 0";

        assert_eq!(ticks(stat), Some((31, 41)));
    }
}
