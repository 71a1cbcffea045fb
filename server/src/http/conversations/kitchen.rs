//! Where other forms of recordings are made: by few threads at once and of low priority, or those who
//! call would lack the cores.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use crate::priority;

/// As what reads recordings back: a tenth of a media thread's part of a busy core.
const NICE: i32 = 10;
/// For a place. A piece takes milliseconds, and the survey of an hour less than a second.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whoever has heard a part waits longer for the rest than whoever may come again.
const PATIENCE_OF_PIECES: Duration = Duration::from_secs(30);

/// Its places. A clone means the same ones.
#[derive(Clone)]
pub(in crate::http) struct Kitchen(Arc<Semaphore>);

/// Somebody works there as long as he has it.
pub(super) struct Place(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Kitchen {
    pub(in crate::http) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::on(cores)
    }

    fn on(cores: usize) -> Self {
        Self(Arc::new(Semaphore::new((cores / 2).max(1))))
    }

    /// The next free place; who came first has it first.
    ///
    /// # Errors
    /// `TimedOut` when there is none in time.
    pub(super) async fn place(&self) -> io::Result<Place> {
        self.place_within(PATIENCE).await
    }

    /// The same for an answer that has begun, and breaks off without it.
    ///
    /// # Errors
    /// `TimedOut` when there is none in time.
    pub(super) async fn next_place(&self) -> io::Result<Place> {
        self.place_within(PATIENCE_OF_PIECES).await
    }

    /// Does in that place what takes its time.
    ///
    /// # Errors
    /// `TimedOut` when it is not done in time: the place stays taken until it is.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let (made, making) = oneshot::channel();
        // One of its own: what is lowered is not raised again.
        let thread = std::thread::Builder::new().name("kitchen".to_owned());
        thread.spawn(move || {
            priority::lower(NICE);
            let done = work();
            drop(place);
            // Whoever went away needs nothing.
            let _ = made.send(done);
        })?;
        let done = timeout(PATIENCE_OF_PIECES, making).await;
        done.map_err(|_| io::ErrorKind::TimedOut)?
            .map_err(io::Error::other)
    }

    async fn place_within(&self, patience: Duration) -> io::Result<Place> {
        let permit = timeout(patience, Arc::clone(&self.0).acquire_owned()).await;
        let permit = permit.map_err(|_| io::ErrorKind::TimedOut)?;
        permit.map(Place).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_is_waited_for_and_not_for_ever() {
        let kitchen = Kitchen::on(4);
        let mut places = Vec::new();
        for _ in 0..2 {
            places.push(kitchen.place().await.unwrap());
        }

        let none = kitchen.place_within(Duration::ZERO).await.err();
        places.pop();
        let one = kitchen.place().await;

        assert_eq!(
            none.map(|error| error.kind()),
            Some(io::ErrorKind::TimedOut)
        );
        assert!(one.is_ok());
    }

    #[test]
    fn calls_keep_half_of_the_cores_where_there_are_two() {
        let places = [1, 2, 3, 4, 64].map(|cores| Kitchen::on(cores).0.available_permits());

        assert_eq!(places, [1, 1, 1, 2, 32]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_works_there_lets_calls_go_first_and_nobody_else_is_slowed() {
        use rustix::process::getpriority_process;
        let kitchen = Kitchen::on(1);
        let place = kitchen.place().await.unwrap();
        let before = getpriority_process(None).unwrap();

        let there = kitchen.work(place, || getpriority_process(None).unwrap());

        assert_eq!(there.await.unwrap(), before.max(NICE));
        assert_eq!(getpriority_process(None).unwrap(), before);
        assert_eq!(kitchen.0.available_permits(), 1);
    }

    #[tokio::test]
    async fn work_that_trips_leaves_its_place_to_the_next() {
        let kitchen = Kitchen::on(1);
        let place = kitchen.place().await.unwrap();

        let tripped = kitchen.work(place, || panic!("it trips")).await;

        assert!(tripped.is_err_and(|error: io::Error| error.kind() == io::ErrorKind::Other));
        assert!(kitchen.place().await.is_ok());
    }
}
