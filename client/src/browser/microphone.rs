//! The caller's microphone.

use std::future::Future;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ConstrainDomStringParameters, MediaStream, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints,
};

use super::listener::Listener;
use super::{BrowserError, page};
use crate::devices::choices::{Actual, Processing, Switch};
use crate::devices::{Facts, Wanted};
use crate::microphone::Track;

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
    /// He said no, or there is no such microphone that works.
    pub async fn open(wanted: &Wanted) -> Result<Self, BrowserError> {
        let devices = page::window().navigator().media_devices()?;
        let constraints = MediaStreamConstraints::new();
        constraints.set_audio(&track_constraints(wanted));
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

    /// Whether it sends silence because it was told to.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        !self.track.enabled()
    }

    /// What is known of it without its sound; `others` is how many more this machine has.
    #[must_use]
    pub fn state(&self, others: u32) -> Track {
        Track {
            is_muted: self.track.muted(),
            is_on: !self.is_muted(),
            label: self.track.label(),
            others,
            is_cleaned: actual(&self.track)
                .noise_suppression
                .is_some_and(Switch::is_on),
        }
    }

    /// Switches the device off for good. That is no loss of it.
    pub fn stop(&self) {
        self.track.stop();
    }

    /// Which device it is, and what the browser does to its sound.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let id = setting(&self.track, "deviceId").and_then(|id| id.as_string());
        Facts {
            id: id.unwrap_or_default(),
            label: self.track.label(),
            actual: actual(&self.track),
        }
    }

    /// Asks for other processing, and says what is done then; nobody need do as he is asked.
    pub fn adjust(&self, processing: Processing) -> impl Future<Output = Actual> + use<> {
        let id = setting(&self.track, "deviceId").and_then(|id| id.as_string());
        let wanted = Wanted { id, processing };
        let constraints = track_constraints(&wanted);
        let track = self.track.clone();
        async move {
            if let Ok(asked) = track.apply_constraints_with_constraints(&constraints) {
                // What is done all the same tells whether it was refused.
                let _: Result<JsValue, JsValue> = JsFuture::from(asked).await;
            }
            actual(&track)
        }
    }

    pub(super) fn stream(&self) -> &MediaStream {
        &self.stream
    }

    pub(super) fn track(&self) -> &MediaStreamTrack {
        &self.track
    }
}

/// The device exactly, else another one would be taken without a word. The processing as a wish,
/// else a browser that lacks one of them would open nothing.
fn track_constraints(wanted: &Wanted) -> MediaTrackConstraints {
    let constraints = MediaTrackConstraints::new();
    if let Some(id) = &wanted.id {
        let exactly = ConstrainDomStringParameters::new();
        exactly.set_exact_str(id);
        constraints.set_device_id_constrain_dom_string_parameters(&exactly);
    }
    let Processing {
        echo_cancellation,
        noise_suppression,
        auto_gain,
    } = wanted.processing;
    constraints.set_echo_cancellation_bool(echo_cancellation.is_on());
    constraints.set_noise_suppression_bool(noise_suppression.is_on());
    constraints.set_auto_gain_control_bool(auto_gain.is_on());
    constraints
}

fn actual(track: &MediaStreamTrack) -> Actual {
    let switch = |name| read_switch(&setting(track, name)?);
    Actual {
        echo_cancellation: switch("echoCancellation"),
        noise_suppression: switch("noiseSuppression"),
        auto_gain: switch("autoGainControl"),
    }
}

/// Echo cancellation may also be told as what is cancelled, a word.
fn read_switch(value: &JsValue) -> Option<Switch> {
    value
        .as_bool()
        .or_else(|| value.is_string().then_some(true))
        .map(Switch::from)
}

fn setting(track: &MediaStreamTrack, name: &str) -> Option<JsValue> {
    Reflect::get(&track.get_settings(), &name.into()).ok()
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.lost.take();
        self.track.stop();
    }
}
