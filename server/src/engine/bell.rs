//! How a thread that waits for its sockets is woken.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd};

/// A clone rings the same bell.
#[derive(Clone, Debug)]
pub struct Bell(Arc<OwnedFd>);

impl Bell {
    /// # Errors
    /// When the process may not open another file.
    pub fn new() -> io::Result<Self> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        Ok(Self(Arc::new(eventfd(0, flags)?)))
    }

    /// Wakes whoever waits for it, or lets him not fall asleep.
    pub fn ring(&self) {
        // The only error is that it has been rung 2⁶⁴ - 1 times.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Has it silent until it is rung anew.
    pub fn hush(&self) {
        // The only error is that it is silent.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }

    /// What to wait for.
    #[must_use]
    pub fn poll_fd(&self) -> PollFd<'_> {
        PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::IN)
    }
}
