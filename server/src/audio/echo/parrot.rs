//! Says once what the caller said last, when he pauses, and hears nothing meanwhile: what comes then
//! may be its own voice.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::delay_line::{DelayLine, MAX_PACKETS};
use crate::audio::voice::Voice;
use crate::packet::AudioPacket;

/// A pause of that is the end of what was said.
const PAUSE: Duration = Duration::from_millis(800);
/// A word begins before it is noticed.
const LEAD: Duration = Duration::from_millis(400);
/// What is said of the pause, so that no last sound is cut.
const TAIL: Duration = Duration::from_millis(300);
/// For what was said last to come out of the loudspeaker and in at the microphone.
const DEAF_AFTER: Duration = Duration::from_millis(700);
/// Whoever speaks longer hears that much of it.
const LONGEST: Duration = Duration::from_secs(30);
const SAMPLES_A_MILLISECOND: u32 = 48;

/// One bird.
pub(super) struct Parrot {
    voice: Voice,
    state: State,
}

enum State {
    /// Nothing has been said since then; the newest packets are kept.
    Listening {
        since: Instant,
        lead: VecDeque<AudioPacket>,
    },
    Hearing(Vec<AudioPacket>),
    Saying {
        line: DelayLine,
        deaf_until: Instant,
    },
}

impl Parrot {
    pub(super) fn new(voice: Voice, now: Instant) -> Self {
        Self {
            voice,
            state: listening(now),
        }
    }

    /// A packet of the caller.
    pub(super) fn hear(&mut self, packet: AudioPacket) {
        match &mut self.state {
            State::Listening { lead, .. } => {
                let oldest = packet.arrived.checked_sub(LEAD);
                while lead.front().is_some_and(|kept| Some(kept.arrived) < oldest) {
                    lead.pop_front();
                }
                lead.push_back(packet);
            }
            State::Hearing(packets) => packets.push(packet),
            State::Saying { .. } => {}
        }
    }

    /// Goes on to what comes next, if it is time. Whether it begins to say something.
    pub(super) fn turn(&mut self, now: Instant) -> bool {
        let spoke = self.voice.last();
        match &mut self.state {
            State::Listening { since, lead } => {
                if spoke.is_some_and(|spoke| spoke > *since) {
                    self.state = State::Hearing(std::mem::take(lead).into());
                }
                false
            }
            State::Hearing(packets) => {
                let is_over = spoke.is_none_or(|spoke| spoke + PAUSE <= now);
                if !is_over && !is_too_long(packets) {
                    return false;
                }
                let until = spoke.unwrap_or(now) + TAIL;
                self.state = say(std::mem::take(packets), until, now);
                true
            }
            State::Saying { line, deaf_until } => {
                if line.next().is_none() && *deaf_until <= now {
                    self.state = listening(now);
                }
                false
            }
        }
    }

    /// The next packet to be said now.
    pub(super) fn say(&mut self, now: Instant) -> Option<AudioPacket> {
        match &mut self.state {
            State::Saying { line, .. } => line.pop(now),
            State::Listening { .. } | State::Hearing(_) => None,
        }
    }

    /// When it is time for something though no packet came.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Listening { .. } => None,
            State::Hearing(_) => self.voice.last().map(|spoke| spoke + PAUSE),
            State::Saying { line, deaf_until } => Some(line.next().unwrap_or(*deaf_until)),
        }
    }
}

fn listening(since: Instant) -> State {
    State::Listening {
        since,
        lead: VecDeque::new(),
    }
}

fn is_too_long(packets: &[AudioPacket]) -> bool {
    match packets {
        [first, .., last] => {
            let length = last.arrived.saturating_duration_since(first.arrived);
            length >= LONGEST || packets.len() >= MAX_PACKETS
        }
        _ => false,
    }
}

/// Has what came before `until` said from now on, as evenly as it was spoken.
fn say(packets: Vec<AudioPacket>, until: Instant, now: Instant) -> State {
    let mut line = DelayLine::default();
    let mut deaf_until = now + DEAF_AFTER;
    let first = packets.first().cloned();
    for packet in packets {
        if let Some(first) = first.as_ref()
            && packet.arrived <= until
        {
            let at = now + place(first, &packet);
            if line.push(at, packet) {
                deaf_until = deaf_until.max(at + DEAF_AFTER);
            }
        }
    }
    State::Saying { line, deaf_until }
}

/// How long after the first packet a packet was spoken: by its timestamp, and if that has nothing to
/// do with the first one's, by when it came.
fn place(first: &AudioPacket, packet: &AudioPacket) -> Duration {
    let samples = packet.timestamp_48k.wrapping_sub(first.timestamp_48k);
    let spoken = Duration::from_millis((samples / SAMPLES_A_MILLISECOND).into());
    let came = packet.arrived.saturating_duration_since(first.arrived);
    if packet.ssrc == first.ssrc && spoken.abs_diff(came) < LONGEST / 10 {
        spoken
    } else {
        came
    }
}
