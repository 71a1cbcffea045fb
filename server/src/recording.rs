//! One recording: packets with their arrival times in, the bytes of an Ogg Opus file out.
//!
//! It knows no clock, no file and no thread. Whatever comes in, what comes out is one stream of
//! whole pages whose granule positions are the sum of its packets' durations (RFC 7845 §4).

pub mod consistency;
pub mod opus;
pub mod pages;
pub mod reorder;
pub mod repair;
pub mod timeline;
pub mod verify;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::ConversationId;

use crate::packet::AudioPacket;
use opus::{Shape, Toc};
use pages::Pages;
use reorder::{Follows, Ordered, Reorder};
use timeline::{Cause, Mark, Placement, Step, Timeline};

pub use pages::{MAX_PACKET_BYTES, PRE_SKIP};

/// How many channels the caller was asked to send (RFC 7587 §6.1: `stereo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    Mono,
    Stereo,
}

impl Channels {
    /// One or two.
    #[must_use]
    pub fn count(self) -> u8 {
        match self {
            Self::Mono => 1,
            Self::Stereo => 2,
        }
    }
}

/// What is known of a recording before its first packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub id: ConversationId,
    pub channels: Channels,
    /// What Opus is called in this call; packets of any other type carry no audio.
    pub payload_type: u8,
    /// The format parameters that were answered (RFC 7587 §6.1).
    pub fmtp: String,
    /// How the caller's program calls itself.
    pub user_agent: Option<String>,
    /// When the call was answered.
    pub began: Moment,
    pub limits: Limits,
}

/// One moment in both of our clocks: by it, arrival times become times of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Instant,
    pub time: Timestamp,
}

impl Moment {
    /// The time of day at `at`.
    #[must_use]
    pub fn time_of(&self, at: Instant) -> Timestamp {
        let shifted = match at.checked_duration_since(self.at) {
            Some(later) => self.time.checked_add(later),
            None => self.time.checked_sub(self.at.duration_since(at)),
        };
        shifted.unwrap_or(self.time)
    }
}

/// How much one recording may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub duration: Duration,
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(12 * 3600),
            bytes: 1 << 30,
        }
    }
}

/// What became of the packets, counted in packets, and what stands in the file, in samples.
///
/// Once finished: `received` is the sum of `written`, `late`, `duplicated`, `malformed`,
/// `skipped` and `stale`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub received: u64,
    pub written: u64,
    /// Never came, by the sequence numbers.
    pub lost: u64,
    pub late: u64,
    pub duplicated: u64,
    /// Came out of order, and was put right.
    pub reordered: u64,
    /// Not a packet of Opus (RFC 6716 §3.4).
    pub malformed: u64,
    /// Carried no audio, or numbers that nothing confirmed.
    pub skipped: u64,
    /// Repeated time that was already written.
    pub stale: u64,
    /// Written packets that are stereo.
    pub stereo: u64,
    /// How often the sender's clock began anew.
    pub resets: u64,
    /// The file's last granule position.
    pub samples: u64,
    pub silence: Silence,
}

/// Samples that no packet brought, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    pub loss: u64,
    pub dtx: u64,
    pub reset: u64,
    /// Between the last packet and the end of the call.
    pub tail: u64,
}

/// A recording in the making.
pub struct Recording {
    payload_type: u8,
    reorder: Reorder,
    timeline: Option<Timeline>,
    /// The coding of the last packet that was written.
    last_toc: Toc,
    /// What packets that were not written leave for the next one to know.
    carried: Step,
    pages: Pages,
    totals: Totals,
}

impl Recording {
    /// Begins a recording. `serial` names its stream; take any random number.
    #[must_use]
    pub fn new(origin: &Origin, serial: u32) -> Self {
        Self {
            payload_type: origin.payload_type,
            reorder: Reorder::default(),
            timeline: None,
            last_toc: Toc(0),
            carried: Step::Contiguous,
            pages: Pages::new(origin, serial),
            totals: Totals::default(),
        }
    }

    /// Takes a packet, in the order of arrival.
    pub fn accept(&mut self, packet: AudioPacket) {
        self.totals.received += 1;
        self.reorder.accept(packet);
        self.write_ready();
    }

    /// The bytes to append to the file: whole pages, or nothing.
    pub fn take_pages(&mut self) -> Vec<u8> {
        self.pages.take()
    }

    /// Ends the recording: the file's last bytes, or nothing if there never was any audio.
    ///
    /// It lasts until the call ended; without that time, until its last packet.
    #[must_use]
    pub fn finish(mut self, ended_at: Option<Instant>) -> (Vec<u8>, Totals) {
        self.reorder.drain();
        self.write_ready();
        if let Some(timeline) = &mut self.timeline {
            let silence = ended_at.map_or(0, |now| timeline.end(now));
            self.totals.silence.tail = silence;
            self.totals.samples = timeline.written();
            self.totals.resets = timeline.resets();
            self.write_silence(silence);
        }
        let refused = self.reorder.refused();
        self.totals.duplicated = refused.duplicated;
        self.totals.late = refused.late;
        self.totals.skipped += refused.unconfirmed;
        self.totals.reordered = self.reorder.reordered();
        (self.pages.finish(), self.totals)
    }

    fn write_ready(&mut self) {
        while let Some(Ordered { packet, follows }) = self.reorder.take_next() {
            self.write(&packet, follows);
        }
    }

    fn write(&mut self, packet: &AudioPacket, follows: Follows) {
        if let Follows::Hole(missing) = follows {
            self.totals.lost += missing;
        }
        let step = self.carried.max(step(follows));
        if packet.payload.is_empty() || packet.payload_type != self.payload_type {
            self.carried = step;
            self.totals.skipped += 1;
            return;
        }
        let shape = match Shape::of(&packet.payload) {
            Ok(shape) if packet.payload.len() <= MAX_PACKET_BYTES => shape,
            _ => {
                // It leaves its time empty, as a lost one does.
                self.carried = step.max(Step::AfterHole);
                self.totals.malformed += 1;
                return;
            }
        };
        let mark = Mark {
            timestamp_48k: packet.timestamp_48k,
            samples: shape.samples(),
            arrived: packet.arrived,
            step,
        };
        if !self.make_room(mark) {
            self.carried = step;
            self.totals.stale += 1;
            return;
        }
        self.carried = Step::Contiguous;
        self.last_toc = shape.toc;
        self.totals.written += 1;
        self.totals.stereo += u64::from(shape.toc.is_stereo());
        self.pages.push(packet.payload.to_vec(), shape.samples());
    }

    /// Writes the silence before a packet; says whether the packet itself is to be written.
    fn make_room(&mut self, mark: Mark) -> bool {
        let Some(timeline) = &mut self.timeline else {
            self.timeline = Some(Timeline::starting_with(mark));
            return true;
        };
        let Placement::After { silence, cause } = timeline.place(mark) else {
            return false;
        };
        let total = match cause {
            Cause::Loss => &mut self.totals.silence.loss,
            Cause::Dtx => &mut self.totals.silence.dtx,
            Cause::Reset => &mut self.totals.silence.reset,
        };
        *total += silence;
        self.write_silence(silence);
        true
    }

    fn write_silence(&mut self, samples: u64) {
        for packet in opus::concealment(self.last_toc, samples) {
            if let Ok(shape) = Shape::of(&packet) {
                self.pages.push(packet, shape.samples());
            }
        }
    }
}

fn step(follows: Follows) -> Step {
    match follows {
        Follows::NewSource => Step::NewSource,
        Follows::Hole(_) | Follows::Jump => Step::AfterHole,
        Follows::Directly => Step::Contiguous,
    }
}

#[cfg(test)]
mod tests;
