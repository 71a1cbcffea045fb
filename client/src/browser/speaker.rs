//! Playing what comes back, through the loudspeaker that is chosen.

use std::future::Future;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlAudioElement, HtmlMediaElement, MediaStream};

use super::peer_connection::RemoteSound;
use super::{BrowserError, page};
use crate::call::Volume;
use crate::devices::Outputs;

/// The bindings lack this method (Audio Output Devices API).
const SET_SINK: &str = "setSinkId";

/// Twenty decibels less.
const DUCKED: f64 = 0.1;

/// A player of live sound; dropping it silences and removes it.
pub struct Speaker {
    player: HtmlAudioElement,
    volume: Volume,
    loudness: Loudness,
}

/// Whether the echo is as loud as the person set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loudness {
    AsSet,
    Ducked,
}

impl Speaker {
    /// A player for that sound, not yet playing.
    ///
    /// # Errors
    /// The browser has no players.
    pub fn new(sound: &RemoteSound, volume: Volume) -> Result<Self, BrowserError> {
        let mut speaker = Self::of(sound.stream())?;
        speaker.set_volume(volume);
        speaker.player.set_attribute("data-testid", "echo")?;
        Ok(speaker)
    }

    pub(super) fn of(stream: &MediaStream) -> Result<Self, BrowserError> {
        let speaker = Self {
            player: HtmlAudioElement::new()?,
            volume: Volume::default(),
            loudness: Loudness::AsSet,
        };
        speaker.player.set_src_object(Some(stream));
        // Some phones play only what is part of the document.
        if let Some(body) = page::window().document().and_then(|page| page.body()) {
            body.append_child(&speaker.player)?;
        }
        Ok(speaker)
    }

    /// Plays. It fails with `NotAllowed` where the browser wants a tap first.
    pub fn play(&self) -> impl Future<Output = Result<(), BrowserError>> + use<> {
        let started = self.player.play();
        async move {
            JsFuture::from(started?).await?;
            Ok(())
        }
    }

    /// Plays through the loudspeaker of that id from now on; an empty one is the default.
    pub fn set_sink(&self, id: &str) -> impl Future<Output = Result<(), BrowserError>> + use<> {
        let player = self.player.clone();
        let id = id.to_owned();
        async move {
            let method = set_sink_method(&player)?;
            let moved = method.call1(&player, &id.into())?;
            JsFuture::from(Promise::resolve(&moved)).await?;
            Ok(())
        }
    }

    pub fn set_volume(&mut self, volume: Volume) {
        self.volume = volume;
        self.sound();
    }

    /// Ducks the echo, or makes it as loud as it is set. Both outlast a change of the volume.
    pub fn set_loudness(&mut self, loudness: Loudness) {
        self.loudness = loudness;
        self.sound();
    }

    fn sound(&self) {
        let fraction = match self.loudness {
            Loudness::AsSet => self.volume.fraction(),
            Loudness::Ducked => self.volume.fraction() * DUCKED,
        };
        self.player.set_volume(fraction);
        // Phones whose volume has only buttons keep it as it was. There silence has to do for hardly any.
        self.player
            .set_muted(fraction <= DUCKED && self.player.volume() > fraction + DUCKED / 2.0);
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        // It may be paused already.
        let _ = self.player.pause();
        self.player.set_src_object(None);
        self.player.remove();
    }
}

/// Whether a page may say how loud it plays; on some phones only their buttons do.
#[must_use]
pub fn has_volume() -> bool {
    HtmlAudioElement::new().is_ok_and(|player| {
        player.set_volume(0.5);
        player.volume() < 1.0
    })
}

/// Whether the browser's own player knows that media type.
#[must_use]
pub fn can_play(media_type: &str) -> bool {
    HtmlAudioElement::new().is_ok_and(|player| !player.can_play_type(media_type).is_empty())
}

/// Whether a page may choose the loudspeaker.
#[must_use]
pub fn outputs() -> Outputs {
    let method = HtmlAudioElement::new()
        .map_err(BrowserError::from)
        .and_then(|player| set_sink_method(&player));
    match method {
        Ok(_) => Outputs::Choosable,
        Err(_) => Outputs::Fixed,
    }
}

fn set_sink_method(player: &HtmlMediaElement) -> Result<Function, BrowserError> {
    let method = Reflect::get(player, &SET_SINK.into())?;
    method
        .dyn_into()
        .map_err(|_| BrowserError::named("NotSupportedError", "there is no choice of loudspeakers"))
}
