//! Says once what the caller said last, when he pauses, and hears nothing meanwhile: what comes then
//! may be its own voice. That nothing was told of him is no pause: the ear may be late.

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
/// An ear looks every 20 ms, and then it has to decode: what came within that is as good as heard.
const HARDLY_LATE: Duration = Duration::from_millis(100);
/// How often somebody looks for what a late ear has heard meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// An ear that is so late is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const SAMPLES_A_MILLISECOND: u32 = 48;

/// One bird.
pub(super) struct Parrot {
    voice: Voice,
    state: State,
}

enum State {
    /// Nothing has been said since then; the newest packets are kept, and those nobody has heard.
    Listening {
        since: Instant,
        lead: VecDeque<AudioPacket>,
    },
    Hearing {
        packets: Vec<AudioPacket>,
        /// When it may be over though no packet came.
        look_at: Instant,
    },
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
                let heard_until = self.voice.heard_until();
                let heard = lead.partition_point(|kept| kept.arrived <= heard_until);
                let unheard = lead.get(heard).unwrap_or(&packet).arrived;
                let oldest = packet.arrived.checked_sub(PATIENCE).max(Some(unheard));
                let oldest = oldest.and_then(|oldest| oldest.checked_sub(LEAD));
                let is_old = |kept: &AudioPacket| Some(kept.arrived) < oldest;
                while lead.len() >= MAX_PACKETS || lead.front().is_some_and(is_old) {
                    lead.pop_front();
                }
                lead.push_back(packet);
            }
            State::Hearing { packets, .. } => packets.push(packet),
            State::Saying { .. } => {}
        }
    }

    /// Goes on to what comes next, if it is time. Whether it begins to say something.
    pub(super) fn turn(&mut self, now: Instant) -> bool {
        // Before the voice, or one that was noted in between would be missed.
        let heard_until = self.voice.heard_until();
        let spoke = self.voice.last();
        match &mut self.state {
            State::Listening { since, lead } => {
                if let Some(spoke) = spoke.filter(|spoke| spoke > since) {
                    self.state = State::Hearing {
                        packets: std::mem::take(lead).into(),
                        look_at: (spoke + PAUSE).max(now + LOOK_EVERY),
                    };
                }
                false
            }
            State::Hearing { packets, look_at } => {
                let newest = packets.last().map(|packet| packet.arrived);
                let is_heard = newest.is_none_or(|newest| newest <= heard_until + HARDLY_LATE);
                let is_waited_for = !self.voice.is_alone() && now < heard_until + PATIENCE;
                let pause = spoke.unwrap_or(now) + PAUSE;
                let is_over = pause <= now && (is_heard || !is_waited_for);
                if !is_over && !is_too_long(packets) {
                    *look_at = pause.max(now + LOOK_EVERY);
                    return false;
                }
                // What nobody heard may be a voice.
                let until = spoke.filter(|_| is_heard).map_or(now, |spoke| spoke + TAIL);
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
            State::Listening { .. } | State::Hearing { .. } => None,
        }
    }

    /// When it is time for something though no packet came.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Listening { .. } => None,
            State::Hearing { look_at, .. } => Some(*look_at),
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
