//! Where other forms of recordings are made: few at once, or those who call would lack the cores.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

const PLACES: usize = 4;
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
        Self(Arc::new(Semaphore::new(PLACES)))
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
        let working = spawn_blocking(move || {
            let _place = place;
            work()
        });
        let done = timeout(PATIENCE_OF_PIECES, working).await;
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
        let kitchen = Kitchen::new();
        let mut places = Vec::new();
        for _ in 0..PLACES {
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
}
