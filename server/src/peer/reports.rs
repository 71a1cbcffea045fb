//! What both sides tell each other about the stream (RFC 3550 §6): how much of the caller's audio
//! arrives, how much of ours was sent, and what his clock says.

mod reception;

use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc::rtcp::packet;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report;
use rtc::rtcp::source_description::{
    SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem,
};
use rtc::shared::error::Error;
use rtc::shared::marshal::Marshal;
use shared::call::Way;

use super::speech::Speech;
use crate::packet::{AudioPacket, SenderReport};
use reception::Reception;

/// How often we report. RFC 3550 §6.2 allows less than its five seconds where reports take up less
/// than a twentieth of the bandwidth, and callers show their round trip by them.
const EVERY: Duration = Duration::from_secs(1);
/// Up to so much earlier or later, so that those of many calls do not fall together.
const SPREAD: f64 = 0.25;
/// Our wall clock counts from the answer (RFC 3550 §4 allows elapsed time); from one, because zero
/// means none.
const FIRST_NTP_SECOND: u64 = 1;

/// What is known, and when it is to be told.
#[derive(Debug)]
pub(super) struct Reports {
    began: Instant,
    next_at: Option<Instant>,
    /// The source whose packets came last.
    heard: Option<Reception>,
    received_packets: u64,
    /// Of the sources that were heard before.
    lost_before: u64,
    /// The last report of a source that is or may be heard.
    last: Option<Clock>,
    sent_packets: u64,
    sent_bytes: u32,
    /// What the caller said last of what he receives.
    told: Option<Told>,
    /// In units of 1/65536 s.
    round_trip: Option<u32>,
}

/// How the caller receives us.
#[derive(Clone, Copy, Debug)]
struct Told {
    lost: u32,
    /// Units of 1/48000 s.
    jitter: u32,
}

/// What a source said of its own clock.
#[derive(Clone, Copy, Debug)]
struct Clock {
    ssrc: u32,
    report: SenderReport,
    arrived: Instant,
}

impl Reports {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            began: now,
            next_at: None,
            heard: None,
            received_packets: 0,
            lost_before: 0,
            last: None,
            sent_packets: 0,
            sent_bytes: 0,
            told: None,
            round_trip: None,
        }
    }

    /// Begins to report.
    pub(super) fn start(&mut self, now: Instant) {
        self.next_at
            .get_or_insert_with(|| now + EVERY.mul_f64(rand::random_range(SPREAD..1.0)));
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next_at
    }

    /// A packet of the caller's came: what its source reported last of its clock.
    pub(super) fn note_received(&mut self, packet: &AudioPacket) -> Option<SenderReport> {
        self.received_packets += 1;
        match &mut self.heard {
            Some(heard) if heard.ssrc() == packet.ssrc => heard.note(packet),
            heard => {
                let before = heard.replace(Reception::new(packet));
                self.lost_before += before.map_or(0, |before| before.lost());
            }
        }
        let last = self.last.filter(|last| last.ssrc == packet.ssrc);
        last.map(|last| last.report)
    }

    pub(super) fn note_sent(&mut self, payload: &Bytes) {
        self.sent_packets += 1;
        // A payload is smaller than a datagram.
        let bytes = u32::try_from(payload.len()).unwrap_or_default();
        self.sent_bytes = self.sent_bytes.wrapping_add(bytes);
    }

    /// What came from the caller.
    pub(super) fn received(&self) -> Way {
        let heard = self.heard.as_ref();
        Way {
            packets: self.received_packets,
            lost: heard.map(|heard| self.lost_before + heard.lost()),
            jitter_ms: heard.map(|heard| milliseconds(heard.jitter())),
        }
    }

    /// What went to the caller, and what he said of it.
    pub(super) fn sent(&self) -> Way {
        Way {
            packets: self.sent_packets,
            lost: self.told.map(|told| told.lost.into()),
            jitter_ms: self.told.map(|told| milliseconds(told.jitter)),
        }
    }

    /// As the caller's last report showed it. Who hears nothing of us reports nothing.
    pub(super) fn round_trip_ms(&self) -> Option<f64> {
        let round_trip = self.round_trip?;
        Some(f64::from(round_trip) * 1_000.0 / 65_536.0)
    }

    /// Takes what came in one compound packet, decrypted. `ours` is the source that we speak under.
    pub(super) fn note_report(&mut self, mut compound: &[u8], ours: u32, now: Instant) {
        // What is no RTCP says nothing.
        for packet in packet::unmarshal(&mut compound).unwrap_or_default() {
            let packet = packet.as_any();
            if let Some(report) = packet.downcast_ref::<sender_report::SenderReport>() {
                self.note_clock(report, now);
                self.note_told(&report.reports, ours, now);
            } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
                self.note_told(&report.reports, ours, now);
            }
        }
    }

    fn note_clock(&mut self, report: &sender_report::SenderReport, now: Instant) {
        let heard = self.heard.as_ref();
        if heard.is_none_or(|heard| heard.ssrc() == report.ssrc) {
            self.last = Some(Clock {
                ssrc: report.ssrc,
                report: SenderReport {
                    ntp: report.ntp_time,
                    timestamp_48k: report.rtp_time,
                },
                arrived: now,
            });
        }
    }

    /// RFC 3550 §6.4.1.
    fn note_told(&mut self, blocks: &[ReceptionReport], ours: u32, now: Instant) {
        let Some(block) = blocks.iter().find(|block| block.ssrc == ours) else {
            return;
        };
        // 24 bits with a sign: packets that came twice may outnumber the lost ones.
        let is_negative = block.total_lost >= 1 << 23;
        self.told = Some(Told {
            lost: if is_negative { 0 } else { block.total_lost },
            jitter: block.jitter,
        });
        if block.last_sender_report != 0 {
            let since_report = low_half(self.ntp(now) >> 16).wrapping_sub(block.last_sender_report);
            let round_trip = since_report.wrapping_sub(block.delay).cast_signed();
            // Clocks that differ in speed may make it a little less than nothing.
            self.round_trip = Some(round_trip.max(0).cast_unsigned());
        }
    }

    /// The compound packet that is due, under the source and clock of `speech`.
    pub(super) fn due(&mut self, speech: &Speech, now: Instant) -> Option<Vec<u8>> {
        if self.next_at.is_none_or(|at| at > now) {
            return None;
        }
        self.next_at = Some(now + EVERY.mul_f64(rand::random_range(1.0 - SPREAD..1.0 + SPREAD)));
        // Marshalling into memory of its own size cannot fail.
        self.compound(speech, now).ok()
    }

    fn compound(&mut self, speech: &Speech, now: Instant) -> Result<Vec<u8>, Error> {
        let ssrc = speech.ssrc();
        let blocks: Vec<ReceptionReport> = self.block(now).into_iter().collect();
        let report = match speech.timestamp(now) {
            Some(rtp_time) => sender_report::SenderReport {
                ssrc,
                ntp_time: self.ntp(now),
                rtp_time,
                packet_count: low_half(self.sent_packets),
                octet_count: self.sent_bytes,
                reports: blocks,
                profile_extensions: Bytes::new(),
            }
            .marshal()?,
            None => ReceiverReport {
                ssrc,
                reports: blocks,
                profile_extensions: Bytes::new(),
            }
            .marshal()?,
        };
        Ok([report, describe(ssrc).marshal()?].concat())
    }

    fn block(&mut self, now: Instant) -> Option<ReceptionReport> {
        let heard = self.heard.as_mut()?;
        let ssrc = heard.ssrc();
        let last = self.last.filter(|last| last.ssrc == ssrc);
        let block = heard.report();
        Some(ReceptionReport {
            ssrc,
            // The middle of the time stamp (RFC 3550 §4).
            last_sender_report: last.map_or(0, |last| low_half(last.report.ntp >> 16)),
            delay: last.map_or(0, |last| low_half(fixed_point(last.arrived, now) >> 16)),
            ..block
        })
    }

    fn ntp(&self, now: Instant) -> u64 {
        fixed_point(self.began, now).wrapping_add(FIRST_NTP_SECOND << 32)
    }
}

/// Seconds, times 2³² (RFC 3550 §4).
fn fixed_point(from: Instant, to: Instant) -> u64 {
    let elapsed = to.saturating_duration_since(from);
    let fraction = (u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000;
    (elapsed.as_secs() << 32) | fraction
}

/// Of so many units of the clock of samples.
fn milliseconds(samples: u32) -> f64 {
    f64::from(samples) / 48.0
}

fn low_half(number: u64) -> u32 {
    let [.., a, b, c, d] = number.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Whose the source is: nobody's (RFC 7022 allows a short-lived random name; ours is the stream's).
fn describe(ssrc: u32) -> SourceDescription {
    let name = SourceDescriptionItem {
        sdes_type: SdesType::SdesCname,
        text: Bytes::from_static(super::CNAME.as_bytes()),
    };
    SourceDescription {
        chunks: vec![SourceDescriptionChunk {
            source: ssrc,
            items: vec![name],
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Spoken;

    const OURS: u32 = 0xabcd;

    fn packet(ssrc: u32, number: u16, start: Instant) -> AudioPacket {
        AudioPacket {
            ssrc,
            ..AudioPacket::in_time(start, number, b"sound")
        }
    }

    fn of_their_clock(ssrc: u32, ntp_time: u64) -> Vec<u8> {
        let report = sender_report::SenderReport {
            ssrc,
            ntp_time,
            rtp_time: 7,
            ..Default::default()
        };
        report.marshal().unwrap().to_vec()
    }

    #[test]
    fn reports_of_a_source_that_is_not_heard_change_nothing() {
        let now = Instant::now();
        let mut reports = Reports::new(now);
        reports.note_received(&packet(1, 0, now));

        for (ssrc, ntp) in [(2, 20), (1, 10), (2, 30)] {
            reports.note_report(&of_their_clock(ssrc, ntp), OURS, now);
        }

        let expected = SenderReport {
            ntp: 10,
            timestamp_48k: 7,
        };
        assert_eq!(reports.note_received(&packet(1, 1, now)), Some(expected));
        assert_eq!(reports.note_received(&packet(2, 1, now)), None);
    }

    #[test]
    fn a_report_tells_what_came_what_went_and_how_long_it_was_kept() {
        let now = Instant::now();
        let mut reports = Reports::new(now);
        let mut speech = Speech::new(OURS);
        reports.start(now);
        for number in [0, 1, 3] {
            let packet = packet(9, number, now);
            reports.note_received(&packet);
            speech.header(&Spoken {
                packet: packet.clone(),
                row: 0,
            });
            reports.note_sent(&packet.payload);
        }
        reports.note_report(&of_their_clock(9, 0x1111_2222_3333_4444), OURS, now);

        assert_eq!(reports.due(&speech, now), None);
        let later = now + Duration::from_millis(1_500);
        let compound = reports.due(&speech, later).unwrap();

        let packets = packet::unmarshal(&mut compound.as_slice()).unwrap();
        let report = packets[0]
            .as_any()
            .downcast_ref::<sender_report::SenderReport>()
            .unwrap();
        assert_eq!(
            (report.ssrc, report.packet_count, report.octet_count),
            (OURS, 3, 15)
        );
        assert_eq!(report.ntp_time, (2 << 32) | (1 << 31));
        // Packet 3 was spoken at 60 ms with 2,880, and 1,440 ms have passed since.
        assert_eq!(report.rtp_time, 72_000);
        let block = &report.reports[0];
        assert_eq!(
            (block.ssrc, block.last_sequence_number, block.total_lost),
            (9, 3, 1)
        );
        assert_eq!(block.fraction_lost, 64);
        assert_eq!(
            (block.last_sender_report, block.delay),
            (0x2222_3333, 3 << 15)
        );
        assert!(packets[1].as_any().is::<SourceDescription>());
    }

    #[test]
    fn who_does_not_speak_reports_what_he_heard() {
        let now = Instant::now();
        let mut reports = Reports::new(now);
        reports.start(now);
        reports.note_received(&packet(9, 0, now));

        let compound = reports.due(&Speech::new(5), now + EVERY * 2).unwrap();

        let packets = packet::unmarshal(&mut compound.as_slice()).unwrap();
        let report = packets[0]
            .as_any()
            .downcast_ref::<ReceiverReport>()
            .unwrap();
        assert_eq!((report.ssrc, report.reports.len()), (5, 1));
    }

    fn told(last_sender_report: u32, delay: u32, total_lost: u32) -> Vec<ReceptionReport> {
        let of = |ssrc, total_lost| ReceptionReport {
            ssrc,
            total_lost,
            jitter: 96,
            last_sender_report,
            delay,
            ..ReceptionReport::default()
        };
        vec![of(OURS + 1, 77), of(OURS, total_lost)]
    }

    #[test]
    fn the_caller_tells_how_he_receives_us_and_how_far_he_is() {
        let now = Instant::now();
        let mut reports = Reports::new(now);
        let before = (reports.sent(), reports.round_trip_ms());
        reports.note_sent(&Bytes::from_static(b"sound"));
        // Our clock said 3.5 s when we reported; he kept that for a quarter of a second.
        let in_sender_report = sender_report::SenderReport {
            ssrc: 9,
            reports: told((3 << 16) | (1 << 15), 1 << 14, 5),
            ..Default::default()
        };
        let in_receiver_report = ReceiverReport {
            ssrc: 9,
            reports: told(0, 0, 0xff_ffff),
            ..Default::default()
        };
        let later = now + Duration::from_millis(2_875);

        reports.note_report(&in_sender_report.marshal().unwrap(), OURS, later);
        let after = (reports.sent(), reports.round_trip_ms());
        reports.note_report(&in_receiver_report.marshal().unwrap(), OURS, later);
        let duplicated = (reports.sent().lost, reports.round_trip_ms());

        let sent = Way {
            packets: 1,
            lost: Some(5),
            jitter_ms: Some(2.0),
        };
        assert_eq!(before, (Way::default(), None));
        assert_eq!(after, (sent, Some(125.0)));
        assert_eq!(duplicated, (Some(0), Some(125.0)));
    }

    #[test]
    fn what_was_lost_of_a_source_stays_lost_when_another_begins() {
        let now = Instant::now();
        let mut reports = Reports::new(now);
        let before = reports.received();

        for (ssrc, number) in [(1, 0), (1, 3), (2, 500), (2, 502)] {
            reports.note_received(&packet(ssrc, number, now));
        }

        let received = reports.received();
        assert_eq!(before, Way::default());
        assert_eq!((received.packets, received.lost), (4, Some(3)));
    }
}
