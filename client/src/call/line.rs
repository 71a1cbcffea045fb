//! Everything the page holds for one call; dropping it ends all of it.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;

use super::Attempt;
use crate::browser::frames::Frames;
use crate::browser::meter::Meter;
use crate::browser::microphone::Microphone;
use crate::browser::network::Network;
use crate::browser::peer_connection::PeerConnection;
use crate::browser::speaker::Speaker;
use crate::browser::timer::Timer;
use crate::browser::{BrowserError, page};
use crate::delay::Chunk;
use crate::delay::driver::Scope;

/// Where the line is as long as there is one: the call opens and ends it, the devices change it.
pub(crate) type Held = StoredValue<Option<Line>, LocalStorage>;

/// What one attempt has opened so far.
pub(crate) struct Line {
    pub(crate) attempt: Attempt,
    pub(crate) microphone: Option<Microphone>,
    pub(super) peer: Option<PeerConnection>,
    pub(super) network: Option<Network>,
    pub(crate) speaker: Option<Speaker>,
    pub(crate) meter: Option<Meter>,
    pub(super) frames: Option<Frames>,
    pub(super) deadline: Option<Timer>,
    /// When the call became live, by the page's clock.
    pub(super) live_since: Option<Duration>,
    /// Tells the call that it has no microphone any more.
    pub(crate) on_break: Option<Rc<dyn Fn()>>,
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
            on_break: None,
        }
    }

    /// Speaks through that microphone from now on, muted if the one before was. That one is
    /// switched off when nothing of it is sent any more.
    pub(crate) fn exchange(
        &mut self,
        microphone: Microphone,
    ) -> impl Future<Output = Result<(), BrowserError>> + use<> {
        let before = self.microphone.take();
        if before.as_ref().is_some_and(Microphone::is_muted) {
            microphone.mute();
        }
        match self.meter.as_mut().map(|meter| meter.hear_out(&microphone)) {
            None | Some(Ok(())) => {}
            Some(Err(error)) => page::log("the meter of the voice rests", &error),
        }
        let peer = self.peer.as_ref();
        let replaced = peer.map(|peer| peer.replace_microphone(&microphone));
        self.microphone = Some(microphone);
        async move {
            let replaced = match replaced {
                Some(replaced) => replaced.await,
                None => Ok(()),
            };
            drop(before);
            replaced
        }
    }

    /// The clock runs from now on, and every sample is listened to.
    pub(super) fn go_live(&mut self, scope: Scope, hear: impl Fn(&Chunk<'_>) + 'static) {
        self.live_since = Some(page::now());
        if let Some(meter) = &self.meter {
            scope.start(meter, hear);
        }
    }

    /// Sends a short sound that measures the delay.
    pub(super) fn chirp(&self, scope: Scope) {
        if let (Some(meter), Some(peer), Some(microphone)) =
            (&self.meter, &self.peer, &self.microphone)
        {
            scope.chirp(meter, peer, microphone);
        }
    }
}
