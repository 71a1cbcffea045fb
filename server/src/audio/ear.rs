//! Hears whether callers speak, for those whose echo is a parrot: a decoder on a thread of its own,
//! since one packet takes longer to decode than all else that is done with it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;
use std::{io, thread};

use tracing::warn;

use super::decoder::Decoder;
use super::tee::Feed;
use super::voice::{Detector, Voice};

/// How often what came in is listened to.
const EVERY: Duration = Duration::from_millis(20);
/// Callers who wait for the thread to take them.
const MAX_WAITING: usize = 256;

/// Where a caller's audio is given to be listened to. A clone is the same ear.
#[derive(Clone, Debug)]
pub struct Ear(SyncSender<Listening>);

/// One caller who is listened to.
pub struct Listening {
    feed: Feed,
    voice: Voice,
    decoder: Option<Decoder>,
    detector: Detector,
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

    /// Listens to what comes by `feed`, and notes in `voice` when somebody spoke, as long as anybody
    /// else has it.
    pub fn listen(&self, feed: Feed, voice: Voice) {
        let listening = Listening {
            feed,
            voice,
            decoder: Decoder::new(1),
            detector: Detector::default(),
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
                let newcomer = self.newcomers.recv();
                newcomer.map_err(|_| TryRecvError::Disconnected)
            } else {
                match self.newcomers.recv_timeout(EVERY) {
                    Err(RecvTimeoutError::Timeout) => Err(TryRecvError::Empty),
                    other => other.map_err(|_| TryRecvError::Disconnected),
                }
            };
            match newcomer {
                Ok(newcomer) => self.callers.push(newcomer),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {}
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
        while let Some(packet) = self.feed.try_next() {
            let (mut power, mut samples_heard) = (0.0_f32, 0_u16);
            let mut hear = |samples: &[f32], _: bool| {
                let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
                let count = u16::try_from(samples.len()).unwrap_or(u16::MAX);
                power = power.max(sum / f32::from(count.max(1)));
                samples_heard = samples_heard.saturating_add(count);
            };
            let decoder = self.decoder.as_mut();
            let decoded = decoder.and_then(|decoder| decoder.decode(&packet.payload, &mut hear));
            if decoded.is_none() && !packet.payload.is_empty() {
                // What cannot be decoded means nothing; the next packet begins anew.
                self.decoder = Decoder::new(1);
            }
            let length = Duration::from_micros(u64::from(samples_heard) * 1_000 / 48);
            if self.detector.hear(power, length) {
                self.voice.note(packet.arrived);
            }
        }
        !self.voice.is_alone() && !self.feed.is_over()
    }
}

#[cfg(test)]
mod tests;
