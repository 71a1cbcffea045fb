//! The caller's microphone.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints};

use super::listener::Listener;
use super::{BrowserError, page};

/// An open microphone; dropping it switches it off.
pub struct Microphone {
    stream: MediaStream,
    track: MediaStreamTrack,
    lost: Option<Listener>,
}

impl Microphone {
    /// Asks the person and opens the microphone. There is no deadline: a person decides.
    ///
    /// # Errors
    /// He said no, or there is no microphone that works.
    pub async fn open() -> Result<Self, BrowserError> {
        let devices = page::window().navigator().media_devices()?;
        let constraints = MediaStreamConstraints::new();
        constraints.set_audio(&as_it_is());
        let promise = devices.get_user_media_with_constraints(&constraints)?;
        let stream: MediaStream = JsFuture::from(promise).await?.unchecked_into();
        match stream.get_audio_tracks().get(0).dyn_into() {
            Ok(track) => Ok(Self {
                stream,
                track,
                lost: None,
            }),
            Err(_) => Err(BrowserError::NotFound),
        }
    }

    /// Calls `lost` when the device goes away.
    ///
    /// # Errors
    /// The track takes no listeners.
    pub fn on_lost(&mut self, mut lost: impl FnMut() + 'static) -> Result<(), BrowserError> {
        self.lost = Some(Listener::new(&self.track, "ended", move |_| lost())?);
        Ok(())
    }

    /// Sends silence from now on.
    pub fn mute(&self) {
        self.track.set_enabled(false);
    }

    /// Sends the voice again.
    pub fn unmute(&self) {
        self.track.set_enabled(true);
    }

    pub(super) fn stream(&self) -> &MediaStream {
        &self.stream
    }

    pub(super) fn track(&self) -> &MediaStreamTrack {
        &self.track
    }
}

/// The voice as it is, so that the caller hears what others would hear. Only his own echo is
/// taken out: without headphones it would go round and round.
fn as_it_is() -> MediaTrackConstraints {
    let constraints = MediaTrackConstraints::new();
    constraints.set_echo_cancellation_bool(true);
    constraints.set_noise_suppression_bool(false);
    constraints.set_auto_gain_control_bool(false);
    constraints
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.lost.take();
        self.track.stop();
    }
}
