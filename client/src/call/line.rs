//! Everything the page holds for one call; dropping it ends all of it.

use std::time::Duration;

use super::Attempt;
use crate::browser::frames::Frames;
use crate::browser::meter::Meter;
use crate::browser::microphone::Microphone;
use crate::browser::network::Network;
use crate::browser::peer_connection::PeerConnection;
use crate::browser::speaker::Speaker;
use crate::browser::timer::Timer;

/// What one attempt has opened so far.
pub(super) struct Line {
    pub(super) attempt: Attempt,
    pub(super) microphone: Option<Microphone>,
    pub(super) peer: Option<PeerConnection>,
    pub(super) network: Option<Network>,
    pub(super) speaker: Option<Speaker>,
    pub(super) meter: Option<Meter>,
    pub(super) frames: Option<Frames>,
    pub(super) deadline: Option<Timer>,
    /// When the call became live, by the page's clock.
    pub(super) live_since: Option<Duration>,
}

impl Line {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self {
            attempt,
            microphone: None,
            peer: None,
            network: None,
            speaker: None,
            meter: None,
            frames: None,
            deadline: None,
            live_since: None,
        }
    }
}
