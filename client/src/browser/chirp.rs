//! Sending the page's own short sound instead of the microphone's, for a moment.

use std::future::Future;
use std::time::Duration;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AudioBufferSourceNode, AudioContext, MediaStreamAudioDestinationNode,
    MediaStreamAudioSourceNode, MediaStreamTrack, RtcRtpSender,
};

use super::BrowserError;
use super::meter::Meter;
use super::microphone::Microphone;
use super::peer_connection::PeerConnection;
use super::timer::sleep;
use crate::delay::chirp::samples;

/// Silence before the chirp, so that its beginning is not cut off, in seconds.
const BEFORE_S: f64 = 0.2;
/// How long the microphone is not sent.
const ALL: Duration = Duration::from_millis(600);

/// Sends a chirp, and after it that microphone again, which is the one that is sent now. What goes out is one and the same track of
/// the call all the time. The meter's tape hears it as it goes out.
///
/// # Errors
/// The chirp can't be made, or the connection does not take it. The microphone is sent again in
/// any case.
pub fn send(
    meter: &Meter,
    peer: &PeerConnection,
    microphone: &Microphone,
) -> Result<impl Future<Output = Result<(), BrowserError>> + use<>, BrowserError> {
    let chirp = Chirp::new(meter)?;
    let sender = peer.sender().clone();
    let microphone = microphone.track().clone();
    Ok(async move {
        let sent = chirp.play(&sender).await;
        // Whoever put another microphone in its place meanwhile is right.
        let is_still_ours = sender.track().is_some_and(|track| track == chirp.track);
        if is_still_ours {
            JsFuture::from(sender.replace_track(Some(&microphone))).await?;
        }
        sent
    })
}

/// What plays it; dropping it takes it down.
struct Chirp {
    context: AudioContext,
    player: AudioBufferSourceNode,
    way_out: MediaStreamAudioDestinationNode,
    track: MediaStreamTrack,
    /// Hears the track as the connection does, for the tape.
    witness: MediaStreamAudioSourceNode,
}

impl Chirp {
    fn new(meter: &Meter) -> Result<Self, BrowserError> {
        let context = meter.context().clone();
        let rate = context.sample_rate();
        let tone = samples(rate.into());
        let length = u32::try_from(tone.len()).unwrap_or(u32::MAX);
        let buffer = context.create_buffer(1, length, rate)?;
        buffer.copy_to_channel(&tone, 0)?;
        let player = context.create_buffer_source()?;
        player.set_buffer(Some(&buffer));
        let way_out = context.create_media_stream_destination()?;
        // As a microphone: what is sent does not change its form.
        way_out.set_channel_count(1);
        player.connect_with_audio_node(&way_out)?;
        let track = way_out.stream().get_audio_tracks().get(0).dyn_into();
        let track = track.map_err(|_| BrowserError::NotFound)?;
        let witness = context.create_media_stream_source(&way_out.stream())?;
        witness.connect_with_audio_node(meter.kept_out())?;
        Ok(Self {
            context,
            player,
            way_out,
            track,
            witness,
        })
    }

    async fn play(&self, sender: &RtcRtpSender) -> Result<(), BrowserError> {
        JsFuture::from(sender.replace_track(Some(&self.track))).await?;
        let begins = self.context.current_time() + BEFORE_S;
        self.player.start_with_when(begins)?;
        sleep(ALL).await
    }
}

impl Drop for Chirp {
    fn drop(&mut self) {
        // Nodes that are connected to nothing are what we want.
        let _ = self.witness.disconnect();
        let _ = self.player.disconnect();
        let _ = self.way_out.disconnect();
        self.track.stop();
    }
}
