//! Bytes into the history of a call: any bytes are one, and small changes make small changes.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::packet::{AudioPacket, SenderReport};
use crate::recording::Limits;
use crate::recording::opus::Shape;

/// What Opus is called in these calls.
pub(super) const PAYLOAD_TYPE: u8 = 111;
/// Nothing longer comes in one datagram.
const MAX_PAYLOAD_BYTES: u16 = 1500;
/// CELT, full band, 20 ms.
const ORDINARY: &[u8] = &[0xf8, 1, 2, 3];

/// A call as a recorder sees it.
pub(super) struct History {
    pub(super) start: Instant,
    /// In the order of arrival, the first at `start`.
    pub(super) packets: Vec<AudioPacket>,
    pub(super) ended_at: Option<Instant>,
    pub(super) limits: Limits,
}

impl History {
    pub(super) fn read(bytes: &[u8], start: Instant) -> Self {
        let mut script = Script(bytes);
        let limits = limits(script.byte());
        let tail = u32::from(script.byte());
        let mut last = AudioPacket {
            arrived: start,
            ssrc: 1,
            payload_type: PAYLOAD_TYPE,
            sequence_number: script.two_bytes(),
            timestamp_48k: script.four_bytes(),
            is_marked: false,
            sender_report: None,
            payload: Bytes::from_static(ORDINARY),
        };
        let mut packets = vec![last.clone()];
        while !script.0.is_empty() {
            last = script.packet_after(&last);
            packets.push(last.clone());
        }
        Self {
            start,
            packets,
            ended_at: (tail > 0).then(|| last.arrived + Duration::from_millis(100) * tail),
            limits,
        }
    }

    /// From the first packet to the end.
    pub(super) fn lasted(&self) -> Duration {
        let last = self.packets.last().map(|packet| packet.arrived);
        let end = self.ended_at.max(last).unwrap_or(self.start);
        end.duration_since(self.start)
    }
}

fn limits(byte: u8) -> Limits {
    if byte < 128 {
        return Limits::default();
    }
    Limits {
        duration: Duration::from_millis(500) * u32::from(byte & 0x0f),
        bytes: u64::from(byte >> 4 & 0x07) * 300,
    }
}

/// What is left to read; at its end there are zeros.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    /// Two bits of the first byte are for each of: number, timestamp, arrival, payload.
    fn packet_after(&mut self, last: &AudioPacket) -> AudioPacket {
        let mut packet = last.clone();
        let how = self.byte();
        let samples = Shape::of(&last.payload).map_or(960, Shape::samples);
        packet.sequence_number = match how & 0x03 {
            1 => (last.sequence_number).wrapping_add_signed(self.byte().cast_signed().into()),
            2 => self.two_bytes(),
            _ => last.sequence_number.wrapping_add(1),
        };
        packet.timestamp_48k = match how >> 2 & 0x03 {
            1 => (last.timestamp_48k).wrapping_add_signed(self.two_bytes().cast_signed().into()),
            2 => self.four_bytes(),
            _ => last.timestamp_48k.wrapping_add(samples),
        };
        packet.arrived += match how >> 4 & 0x03 {
            1 => Duration::ZERO,
            2 => Duration::from_millis(self.byte().into()),
            3 => Duration::from_millis(32) * self.byte().into(),
            _ => Duration::from_millis(20),
        };
        match how >> 6 {
            1 => packet.payload = self.any_payload(),
            2 => packet.payload = self.long_payload(),
            3 => self.make_odd(&mut packet),
            _ => packet.payload = Bytes::from_static(ORDINARY),
        }
        packet
    }

    fn any_payload(&mut self) -> Bytes {
        let length = self.byte() & 0x1f;
        (0..length).map(|_| self.byte()).collect()
    }

    fn long_payload(&mut self) -> Bytes {
        let length = self.two_bytes() % MAX_PAYLOAD_BYTES;
        let mut payload = vec![self.byte(), self.byte()];
        payload.resize(length.into(), 1);
        Bytes::from(payload)
    }

    fn make_odd(&mut self, packet: &mut AudioPacket) {
        let how = self.byte();
        packet.ssrc = u32::from(how >> 5);
        packet.is_marked = how & 1 != 0;
        packet.payload_type = PAYLOAD_TYPE + (how >> 1 & 1);
        if how & 4 != 0 {
            packet.payload = Bytes::new();
        }
        if how & 8 != 0 {
            packet.sender_report = Some(SenderReport {
                ntp: u64::from(self.four_bytes()) << 32,
                timestamp_48k: self.four_bytes(),
            });
        }
    }

    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        byte
    }

    fn two_bytes(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    fn four_bytes(&mut self) -> u32 {
        u32::from(self.two_bytes()) << 16 | u32::from(self.two_bytes())
    }
}
