//! Two notes that tell whether a loudspeaker can be heard.

use std::future::Future;
use std::time::Duration;

use web_sys::{AudioContext, GainNode, MediaStreamAudioDestinationNode};

use super::BrowserError;
use super::speaker::Speaker;

/// A fourth upwards (D5, G5): even a telephone's loudspeaker plays them. Hertz, and seconds from
/// the beginning.
const NOTES: [(f32, f64); 2] = [(587.33, 0.1), (783.99, 0.6)];
/// How long a note is, and how long it takes to swell and to fade, so that it does not click. In
/// seconds.
const LENGTH: f64 = 0.45;
const EDGE: f64 = 0.04;
/// Well below what hurts in headphones, 0 to 1.
const LOUDNESS: f32 = 0.25;

/// How long all of it is.
pub const WHOLE: Duration = Duration::from_millis(1200);

/// The notes while they play; dropping it silences them.
pub struct Tone {
    context: AudioContext,
    end: MediaStreamAudioDestinationNode,
    speaker: Speaker,
}

impl Tone {
    /// The notes, not yet playing. They go through a player as the echo does, for only a player can
    /// be told its loudspeaker everywhere.
    ///
    /// # Errors
    /// The sound system can't be opened.
    pub fn new() -> Result<Self, BrowserError> {
        let context = AudioContext::new()?;
        let end = MediaStreamAudioDestinationNode::new(&context)?;
        let speaker = Speaker::of(&end.stream())?;
        Ok(Self {
            context,
            end,
            speaker,
        })
    }

    /// Plays them through the loudspeaker of that id; an empty one is the default. It is done when
    /// they have begun.
    pub fn play(&self, sink: &str) -> impl Future<Output = Result<(), BrowserError>> + use<> {
        // Within the press, for later some browsers would want another one. So far it is silence.
        let _ = self.context.resume();
        let moved = (!sink.is_empty()).then(|| self.speaker.set_sink(sink));
        let playing = self.speaker.play();
        let (context, end) = (self.context.clone(), self.end.clone());
        async move {
            if let Some(moved) = moved {
                moved.await?;
            }
            playing.await?;
            for (frequency, at) in NOTES {
                add_note(&context, &end, frequency, at)?;
            }
            Ok(())
        }
    }
}

fn add_note(
    context: &AudioContext,
    end: &MediaStreamAudioDestinationNode,
    frequency: f32,
    at: f64,
) -> Result<(), BrowserError> {
    let begin = context.current_time() + at;
    let note = context.create_oscillator()?;
    note.frequency().set_value(frequency);
    let envelope = GainNode::new(context)?;
    let gain = envelope.gain();
    gain.set_value_at_time(0.0, begin)?;
    gain.linear_ramp_to_value_at_time(LOUDNESS, begin + EDGE)?;
    gain.set_value_at_time(LOUDNESS, begin + LENGTH - EDGE)?;
    gain.linear_ramp_to_value_at_time(0.0, begin + LENGTH)?;
    note.connect_with_audio_node(&envelope)?;
    envelope.connect_with_audio_node(end)?;
    note.start_with_when(begin)?;
    note.stop_with_when(begin + LENGTH)?;
    Ok(())
}

impl Drop for Tone {
    fn drop(&mut self) {
        // It may be closed already.
        let _ = self.context.close();
    }
}
