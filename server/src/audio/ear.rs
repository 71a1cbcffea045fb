//! Hears whether callers speak, for those whose echo is a parrot: a decoder on a thread of its own,
//! since one packet takes longer to decode than all else that is done with it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use std::{io, thread};

use tracing::warn;

use super::decoder::Decoder;
use super::tee::Feed;
use super::voice::{Detector, Voice};
use crate::recording::opus::Toc;
use crate::recording::opus::frames::frames;

/// How often what came in is listened to.
const EVERY: Duration = Duration::from_millis(20);
/// A caller's sound that may be decoded at once.
const LARGEST_BUDGET: Duration = Duration::from_secs(2);
/// Callers who wait for the thread to take them.
const MAX_WAITING: usize = 256;

/// Where a caller's audio is given to be listened to. A clone is the same ear.
#[derive(Clone, Debug)]
pub struct Ear(SyncSender<Listening>);

/// One caller who is listened to.
pub struct Listening {
    feed: Feed,
    voice: Voice,
    /// Made when there is something to decode: it is large.
    decoder: Option<Decoder>,
    detector: Detector,
    /// How much of his sound may still be decoded. It fills up as time goes by: nobody has the
    /// thread for himself by sending more sound than time.
    budget: Duration,
    looked: Option<Instant>,
}

/// Who listens.
pub struct Listener {
    newcomers: Receiver<Listening>,
    callers: Vec<Listening>,
}

impl Ear {
    /// What its queues are called.
    pub const NAME: &'static str = "ear";

    /// An ear, and who listens by it.
    #[must_use]
    pub fn new() -> (Self, Listener) {
        let (sender, newcomers) = sync_channel(MAX_WAITING);
        let callers = Vec::new();
        (Self(sender), Listener { newcomers, callers })
    }

    /// The same, on a thread that ends after the last ear.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub fn start() -> io::Result<Self> {
        let (ear, listener) = Self::new();
        thread::Builder::new()
            .name("ear".to_owned())
            .spawn(move || listener.run())?;
        Ok(ear)
    }

    /// Listens to what comes by `feed`, and notes in `voice` when somebody spoke and until when that
    /// is known, as long as anybody else has it. Nobody else has it, once nobody listens.
    pub fn listen(&self, feed: Feed, voice: Voice) {
        let listening = Listening {
            feed,
            voice,
            decoder: None,
            detector: Detector::default(),
            budget: LARGEST_BUDGET,
            looked: None,
        };
        if self.0.try_send(listening).is_err() {
            warn!("nobody has time to hear when a caller speaks");
        }
    }
}

impl Listener {
    fn run(mut self) {
        loop {
            let newcomer = if self.callers.is_empty() {
                self.newcomers.recv().map_err(RecvTimeoutError::from)
            } else {
                self.newcomers.recv_timeout(EVERY)
            };
            match newcomer {
                Ok(newcomer) => self.callers.push(newcomer),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.listen();
        }
    }

    /// Listens to all that has come in.
    pub fn listen(&mut self) {
        self.callers.extend(self.newcomers.try_iter());
        self.callers.retain_mut(Listening::listen);
    }
}

impl Listening {
    /// Whether anybody still wants to know.
    fn listen(&mut self) -> bool {
        if self.voice.is_alone() {
            return false;
        }
        while let Some(packet) = self.feed.try_next() {
            self.refill(packet.arrived);
            let is_voice = self.is_voice(&packet.payload);
            self.voice.note(packet.arrived, is_voice);
        }
        !self.feed.is_over()
    }

    fn is_voice(&mut self, payload: &[u8]) -> bool {
        let length = length(payload);
        // A keep-alive, or more than anybody says, tells nothing.
        if length.is_zero() || length > self.budget {
            return false;
        }
        self.budget -= length;
        let power = self.power_of(payload);
        power.is_some_and(|power| self.detector.hear(power, length))
    }

    fn refill(&mut self, now: Instant) {
        let before = self.looked.replace(now).unwrap_or(now);
        let passed = now.saturating_duration_since(before);
        self.budget = (self.budget + passed.mul_f64(1.2)).min(LARGEST_BUDGET);
    }

    /// The mean square of the loudest frame; none of what cannot be decoded.
    fn power_of(&mut self, payload: &[u8]) -> Option<f32> {
        if self.decoder.is_none() {
            self.decoder = Decoder::new(1);
        }
        let mut power = 0.0_f32;
        let mut hear = |samples: &[f32], _: bool| {
            let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
            let count = u16::try_from(samples.len()).unwrap_or(u16::MAX);
            power = power.max(sum / f32::from(count.max(1)));
        };
        let decoded = self.decoder.as_mut()?.decode(payload, &mut hear);
        if decoded.is_none() {
            // It means nothing any more; the next packet begins anew.
            self.decoder = None;
        }
        decoded.map(|()| power)
    }
}

/// How much sound a packet has.
fn length(payload: &[u8]) -> Duration {
    let samples = payload.first().zip(frames(payload)).map(|(toc, frames)| {
        let frames = u32::try_from(frames.len()).unwrap_or(0);
        Toc(*toc).frame_samples() * frames
    });
    Duration::from_micros(u64::from(samples.unwrap_or(0)) * 1_000 / 48)
}

#[cfg(test)]
mod tests;
