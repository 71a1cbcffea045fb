//! Playing what comes back.

use std::future::Future;

use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlAudioElement;

use super::peer_connection::RemoteSound;
use super::{BrowserError, page};
use crate::call::Volume;

/// A player of live sound; dropping it silences and removes it.
pub struct Speaker(HtmlAudioElement);

impl Speaker {
    /// A player for that sound, not yet playing.
    ///
    /// # Errors
    /// The browser has no players.
    pub fn new(sound: &RemoteSound, volume: Volume) -> Result<Self, BrowserError> {
        let speaker = Self(HtmlAudioElement::new()?);
        speaker.set_volume(volume);
        speaker.0.set_attribute("data-testid", "echo")?;
        speaker.0.set_src_object(Some(sound.stream()));
        // Some phones play only what is part of the document.
        if let Some(body) = page::window().document().and_then(|page| page.body()) {
            body.append_child(&speaker.0)?;
        }
        Ok(speaker)
    }

    /// Plays. It fails with `NotAllowed` where the browser wants a tap first.
    pub fn play(&self) -> impl Future<Output = Result<(), BrowserError>> + use<> {
        let started = self.0.play();
        async move {
            JsFuture::from(started?).await?;
            Ok(())
        }
    }

    pub fn set_volume(&self, volume: Volume) {
        self.0.set_volume(volume.fraction());
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        // It may be paused already.
        let _ = self.0.pause();
        self.0.set_src_object(None);
        self.0.remove();
    }
}

/// Whether the browser's own player knows that media type.
#[must_use]
pub fn can_play(media_type: &str) -> bool {
    HtmlAudioElement::new().is_ok_and(|player| !player.can_play_type(media_type).is_empty())
}
