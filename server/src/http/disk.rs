//! Where requests, and the answers that are under way, wait for the disk: few at once, and none for
//! ever, for a disk may hang.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::problem::Failure;

/// A disk that hangs takes so many threads and no more: an eighth of those the runtime has.
const PLACES: usize = 64;
/// For a place, and for what is done there.
const PATIENCE: Duration = Duration::from_secs(10);

/// The places at the disk. A clone means the same ones.
#[derive(Clone)]
pub(super) struct DiskWork(Arc<Semaphore>);

impl DiskWork {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }

    /// Does `work`, which may block. Whoever stops waiting for it leaves it to end by itself.
    ///
    /// # Errors
    /// It was not done in time.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.run_within(PATIENCE, work).await
    }

    async fn run_within<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let places = Arc::clone(&self.0);
        let done = async {
            let place = places.acquire_owned().await.map_err(|_| Failure::Panic)?;
            let working = spawn_blocking(move || {
                let _place = place;
                work()
            });
            working.await.map_err(|_| Failure::Panic)
        };
        timeout(patience, done)
            .await
            .map_err(|_| Failure::SlowDisk)?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn whoever_needs_a_disk_that_hangs_is_told_so() {
        let disk = DiskWork::new();
        let (release, hangs) = mpsc::channel::<()>();

        let asked = disk.run_within(Duration::ZERO, move || hangs.recv()).await;

        assert!(matches!(asked, Err(Failure::SlowDisk)));
        drop(release);
    }

    #[tokio::test]
    async fn a_disk_that_hangs_takes_so_many_threads_and_no_more() {
        let disk = DiskWork::new();
        let mut releases = Vec::new();
        for _ in 0..PLACES {
            let (release, hangs) = mpsc::channel::<()>();
            releases.push(release);
            let asked = disk.run_within(Duration::ZERO, move || hangs.recv()).await;
            assert!(matches!(asked, Err(Failure::SlowDisk)));
        }
        let was_done = Arc::new(AtomicBool::new(false));
        let noting = Arc::clone(&was_done);
        let note = move || noting.store(true, Ordering::Relaxed);

        let none = disk.run_within(Duration::ZERO, note).await;
        releases.clear();
        let one = disk.run(|| 7).await;

        assert!(matches!(none, Err(Failure::SlowDisk)));
        assert!(!was_done.load(Ordering::Relaxed));
        assert_eq!(one.ok(), Some(7));
    }

    #[tokio::test]
    async fn work_that_trips_is_an_error_of_ours() {
        let tripped = DiskWork::new().run(|| panic!("it trips")).await;

        assert!(matches!(tripped, Err::<(), _>(Failure::Panic)));
    }
}
