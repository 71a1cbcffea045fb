//! One recording: packets with their arrival times in, the bytes of an Ogg Opus file out.
//!
//! It knows no clock, no file and no thread. Whatever comes in, what comes out is one stream of
//! whole pages whose granule positions are the sum of its packets' durations (RFC 7845 §4).

pub mod clock_map;
pub mod consistency;
pub mod jitter;
pub mod opus;
pub mod pages;
pub mod progress;
pub mod reorder;
pub mod repair;
pub mod report;
pub mod sidecar;
pub mod timeline;
pub mod verify;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::ConversationId;
use shared::recording::Client;

use crate::packet::AudioPacket;
use clock_map::Point;
use jitter::Jitter;
use opus::{Shape, Toc};
use pages::Pages;
use reorder::{Follows, Ordered, Reorder};
use timeline::{Cause, Mark, Placement, Step, Timeline};

pub use pages::{MAX_PACKET_BYTES, PRE_SKIP};
pub use progress::{Course, Progress};
pub use report::{Report, Silence, Totals};

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
    pub client: Client,
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

/// A recording in the making.
pub struct Recording {
    payload_type: u8,
    limits: Limits,
    is_full: bool,
    reorder: Reorder,
    timeline: Option<Timeline>,
    /// The coding of the last packet that was written.
    last_toc: Toc,
    /// What packets that were not written leave for the next one to know.
    carried: Step,
    pages: Pages,
    jitter: Jitter,
    report: Report,
}

impl Recording {
    /// Begins a recording. `serial` names its stream; take any random number.
    #[must_use]
    pub fn new(origin: &Origin, serial: u32) -> Self {
        Self {
            payload_type: origin.payload_type,
            limits: origin.limits,
            is_full: false,
            reorder: Reorder::default(),
            timeline: None,
            last_toc: Toc(0),
            carried: Step::Contiguous,
            pages: Pages::new(origin, serial),
            jitter: Jitter::default(),
            report: Report::default(),
        }
    }

    /// Takes a packet, in the order of arrival.
    pub fn accept(&mut self, packet: AudioPacket) {
        self.report.totals.received += 1;
        if self.is_full {
            self.report.totals.refused += 1;
            return;
        }
        if packet.payload_type == self.payload_type {
            self.jitter.note(&packet);
        }
        self.reorder.accept(packet);
        self.write_ready();
    }

    /// Whether a limit is reached: what is written is all there will be.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The bytes to append to the file: whole pages, or nothing.
    pub fn take_pages(&mut self) -> Vec<u8> {
        self.pages.take()
    }

    /// Ends the recording: the file's last bytes, or nothing if there never was any audio.
    ///
    /// It lasts until the call ended; without that time, until its last packet, and never beyond
    /// its limits.
    #[must_use]
    pub fn finish(mut self, ended_at: Option<Instant>) -> (Vec<u8>, Report) {
        self.reorder.drain();
        self.write_ready();
        if let Some(timeline) = &mut self.timeline {
            let silence = ended_at.map_or(0, |now| timeline.end(now));
            self.report.totals.resets = timeline.resets();
            self.report.totals.silence.tail = self.write_silence(silence);
        }
        let refused = self.reorder.refused();
        let totals = &mut self.report.totals;
        totals.duplicated = refused.duplicated;
        totals.late = refused.late;
        totals.skipped += refused.unconfirmed;
        totals.reordered = self.reorder.reordered();
        self.report.is_full = self.is_full;
        self.report.jitter = self.jitter.samples();
        self.report.pages = self.pages.pages_if_finished();
        self.report.bytes = self.pages.bytes_if_finished();
        (self.pages.finish(), self.report)
    }

    fn write_ready(&mut self) {
        while let Some(Ordered { packet, follows }) = self.reorder.take_next() {
            if self.is_full {
                self.report.totals.refused += 1;
            } else {
                self.write(&packet, follows);
            }
        }
    }

    fn write(&mut self, packet: &AudioPacket, follows: Follows) {
        match follows {
            Follows::Hole(missing) => self.report.totals.lost += missing,
            Follows::NewSource => self.report.note_source(packet.ssrc),
            Follows::Directly | Follows::Jump => {}
        }
        let step = self.carried.max(step(follows));
        if packet.payload.is_empty() || packet.payload_type != self.payload_type {
            self.carried = step;
            self.report.totals.skipped += 1;
            return;
        }
        let shape = match Shape::of(&packet.payload) {
            Ok(shape) if packet.payload.len() <= MAX_PACKET_BYTES => shape,
            _ => {
                // It leaves its time empty, as a lost one does.
                self.carried = step.max(Step::AfterHole);
                self.report.totals.malformed += 1;
                return;
            }
        };
        let mark = Mark {
            timestamp_48k: packet.timestamp_48k,
            samples: shape.samples(),
            arrived: packet.arrived,
            step,
        };
        let Some(is_reset) = self.make_room(mark) else {
            self.carried = step;
            self.report.totals.stale += 1;
            return;
        };
        self.carried = Step::Contiguous;
        let granule = self.report.totals.samples;
        if !self.push(packet.payload.to_vec(), shape) {
            self.report.totals.refused += 1;
            return;
        }
        self.last_toc = shape.toc;
        self.note_written(packet, shape);
        let point = Point {
            granule,
            timestamp_48k: packet.timestamp_48k,
            arrived: packet.arrived,
            sender_report: packet.sender_report,
        };
        if is_reset {
            self.report.clock.note_reset(point);
        } else {
            self.report.clock.note(point);
        }
    }

    fn note_written(&mut self, packet: &AudioPacket, shape: Shape) {
        let report = &mut self.report;
        report.totals.written += 1;
        report.totals.stereo += u64::from(shape.toc.is_stereo());
        report.note_arrival(packet.arrived);
        report.note_written(shape.samples(), shape.toc.config());
    }

    /// Writes the silence before a packet, and says whether the sender's clock began anew with
    /// it; `None` if the packet's time is already written.
    fn make_room(&mut self, mark: Mark) -> Option<bool> {
        let Some(timeline) = &mut self.timeline else {
            self.timeline = Some(Timeline::starting_with(mark));
            return Some(false);
        };
        let Placement::After { silence, cause } = timeline.place(mark) else {
            return None;
        };
        let written = self.write_silence(silence);
        let totals = &mut self.report.totals.silence;
        match cause {
            Cause::Loss => totals.loss += written,
            Cause::Dtx => totals.dtx += written,
            Cause::Reset => totals.reset += written,
        }
        Some(cause == Cause::Reset)
    }

    /// Writes silence up to the limits; says how much.
    fn write_silence(&mut self, samples: u64) -> u64 {
        let room = self.samples_left();
        let fitting = samples.min(timeline::whole_steps(room));
        let mut written = 0;
        for packet in opus::concealment(self.last_toc, fitting) {
            let Ok(shape) = Shape::of(&packet) else {
                break;
            };
            if !self.push(packet, shape) {
                break;
            }
            written += u64::from(shape.samples());
        }
        self.is_full |= written < samples;
        self.report.note_fill(written);
        written
    }

    /// Appends a packet, unless that would pass a limit: then the recording is full.
    fn push(&mut self, packet: Vec<u8>, shape: Shape) -> bool {
        let samples = shape.samples();
        self.is_full |= u64::from(samples) > self.samples_left()
            || self.pages.bytes_with(packet.len()) > self.limits.bytes;
        if self.is_full {
            return false;
        }
        self.report.totals.samples += u64::from(samples);
        self.report.concealed_samples += u64::from(shape.concealed_samples());
        self.report.packets += 1;
        self.pages.push(packet, samples);
        true
    }

    fn samples_left(&self) -> u64 {
        timeline::samples_in(self.limits.duration).saturating_sub(self.report.totals.samples)
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
pub(crate) mod tests;
