//! Measuring how loud a live sound is, and keeping its last moments for `tape`.

use web_sys::{AnalyserNode, AudioContext, MediaStream, MediaStreamAudioSourceNode};

use super::BrowserError;
use super::microphone::Microphone;
use super::peer_connection::RemoteSound;
use crate::level::{Level, Levels};

/// Samples a level is made of: 21 ms at 48 kHz, a little more than a frame.
const WINDOW: u16 = 1024;
/// Samples that are kept for a tape: 0.7 s at 48 kHz, the most that can be.
pub(super) const KEPT: u16 = 32_768;

/// Hears what goes out and what comes back; dropping it frees the sound system.
pub struct Meter {
    context: AudioContext,
    out: Option<Ear>,
    back: Option<Ear>,
    kept_out: AnalyserNode,
    kept_back: AnalyserNode,
}

impl Meter {
    /// A meter that hears nothing yet.
    ///
    /// # Errors
    /// The sound system can't be opened.
    pub fn open() -> Result<Self, BrowserError> {
        let context = AudioContext::new()?;
        let kept = || -> Result<AnalyserNode, BrowserError> {
            let kept = context.create_analyser()?;
            kept.set_fft_size(KEPT.into());
            Ok(kept)
        };
        let (kept_out, kept_back) = (kept()?, kept()?);
        Ok(Self {
            context,
            out: None,
            back: None,
            kept_out,
            kept_back,
        })
    }

    /// Hears what goes out.
    ///
    /// # Errors
    /// The sound can't be measured.
    pub fn hear_out(&mut self, microphone: &Microphone) -> Result<(), BrowserError> {
        let ear = Ear::open(&self.context, microphone.stream(), &self.kept_out)?;
        self.out = Some(ear);
        Ok(())
    }

    /// Hears what comes back.
    ///
    /// # Errors
    /// The sound can't be measured.
    pub fn hear_back(&mut self, sound: &RemoteSound) -> Result<(), BrowserError> {
        let ear = Ear::open(&self.context, sound.stream(), &self.kept_back)?;
        self.back = Some(ear);
        Ok(())
    }

    /// Wakes a sound system that waited for a tap.
    pub fn resume(&self) {
        // Without it the meters rest; the call does not need them.
        let _ = self.context.resume();
    }

    /// How loud it is right now.
    pub fn levels(&mut self) -> Levels {
        let level = |ear: &mut Option<Ear>| ear.as_mut().map_or(Level::SILENCE, Ear::level);
        Levels {
            out: level(&mut self.out),
            back: level(&mut self.back),
        }
    }

    pub(super) fn context(&self) -> &AudioContext {
        &self.context
    }

    /// The last `KEPT` samples of what goes out.
    pub(super) fn kept_out(&self) -> &AnalyserNode {
        &self.kept_out
    }

    /// The last `KEPT` samples of what comes back.
    pub(super) fn kept_back(&self) -> &AnalyserNode {
        &self.kept_back
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.out.take();
        self.back.take();
        // It may be closed already.
        let _ = self.context.close();
    }
}

struct Ear {
    source: MediaStreamAudioSourceNode,
    analyser: AnalyserNode,
    samples: [f32; WINDOW as usize],
}

impl Ear {
    fn open(
        context: &AudioContext,
        stream: &MediaStream,
        kept: &AnalyserNode,
    ) -> Result<Self, BrowserError> {
        let analyser = context.create_analyser()?;
        analyser.set_fft_size(WINDOW.into());
        let source = context.create_media_stream_source(stream)?;
        source.connect_with_audio_node(&analyser)?;
        source.connect_with_audio_node(kept)?;
        Ok(Self {
            source,
            analyser,
            samples: [0.0; WINDOW as usize],
        })
    }

    fn level(&mut self) -> Level {
        self.analyser.get_float_time_domain_data(&mut self.samples);
        Level::of(&self.samples)
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // A node that is connected to nothing is what we want.
        let _ = self.source.disconnect();
        let _ = self.analyser.disconnect();
    }
}
