//! How well the network carries a call, both directions apart: counters in, quality and a verdict
//! out.
//!
//! Sans-IO: times are the page's clock in milliseconds and are passed in. What is said of a verdict
//! stands in `text/network`.

#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod history;
pub mod judge;
pub mod mos;
pub mod snapshot;
pub mod steady;
#[cfg(test)]
mod tests;
pub mod window;

pub use history::{History, Point};
pub use judge::{Fitness, Reason, Verdict, judge};
pub use snapshot::{Candidate, Codec, Path, Protocol, Snapshot};
pub use steady::Steady;
pub use window::Window;

/// How the network is now. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quality {
    /// From the page to the server, as the server counts what arrives.
    pub up: Direction,
    /// From the server to the page, as the browser counts what arrives.
    pub down: Direction,
    /// Lost on both ways together, 0 to 1, where the server does not tell on which.
    pub loss: Option<f64>,
    /// To the server and back.
    pub round_trip_ms: Option<f64>,
    /// How long what comes back waits in the browser, so that no packet comes too late.
    pub buffer_ms: Option<f64>,
    /// The part of what is heard that the browser made up, because a packet was lost or late; 0 to
    /// 1.
    pub concealed: Option<f64>,
    pub path: Option<Path>,
    pub codec: Option<Codec>,
}

impl Quality {
    /// The same when nothing comes or goes any more.
    #[must_use]
    pub fn cut_off(self) -> Self {
        Self {
            loss: Some(1.0),
            path: self.path,
            codec: self.codec,
            ..Self::default()
        }
    }
}

/// One direction of a call, in the last seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Direction {
    /// 0 to 1.
    pub loss: Option<f64>,
    /// Interarrival jitter (RFC 3550 §6.4.1).
    pub jitter_ms: Option<f64>,
    /// Of the sound alone, without headers.
    pub kbps: Option<f64>,
    /// What people would think of it, 1 to 4.5, estimated.
    pub mos: Option<f64>,
}
