//! What the caller says of his own clock (RFC 3550 §6.4.1), for the source that is heard.

use std::collections::VecDeque;
use std::time::Instant;

use rtc::interceptor::{self, Attribute, Interceptor, StreamInfo, TaggedPacket};
use rtc::rtcp::Packet;
use rtc::rtcp::sender_report;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

use crate::packet::SenderReport;

/// The last report of the source whose packets came last.
#[derive(Debug, Default)]
pub(super) struct Reports {
    heard: Option<u32>,
    last: Option<(u32, SenderReport)>,
}

impl Reports {
    /// Takes what came in one compound packet.
    pub(super) fn note(&mut self, packets: &[Box<dyn Packet>]) {
        for packet in packets {
            let report = packet
                .as_any()
                .downcast_ref::<sender_report::SenderReport>();
            if let Some(report) = report
                && self.heard.is_none_or(|heard| heard == report.ssrc)
            {
                let clock = SenderReport {
                    ntp: report.ntp_time,
                    timestamp_48k: report.rtp_time,
                };
                self.last = Some((report.ssrc, clock));
            }
        }
    }

    /// A packet of `ssrc` came: what that source reported last.
    pub(super) fn of(&mut self, ssrc: u32) -> Option<SenderReport> {
        self.heard = Some(ssrc);
        let (source, report) = self.last?;
        (source == ssrc).then_some(report)
    }
}

/// Lets sender reports through to us: the library keeps to itself what nobody in its chain has
/// asked for.
#[derive(Default)]
pub(super) struct Deliver {
    incoming: VecDeque<TaggedPacket>,
    outgoing: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Deliver {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut packet: TaggedPacket) -> Result<(), Error> {
        if let interceptor::Packet::Rtcp(reports) = &packet.message.packet
            && reports
                .iter()
                .any(|report| report.as_any().is::<sender_report::SenderReport>())
        {
            packet.message.add(Attribute::DeliverToApplication);
        }
        self.incoming.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.incoming.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outgoing.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outgoing.pop_front()
    }
}

impl Interceptor for Deliver {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(ssrc: u32, ntp_time: u64) -> Box<dyn Packet> {
        Box::new(sender_report::SenderReport {
            ssrc,
            ntp_time,
            rtp_time: 7,
            ..Default::default()
        })
    }

    #[test]
    fn reports_of_a_source_that_is_not_heard_change_nothing() {
        let mut reports = Reports::default();
        reports.of(1);

        reports.note(&[report(2, 20), report(1, 10), report(2, 30)]);

        let expected = SenderReport {
            ntp: 10,
            timestamp_48k: 7,
        };
        assert_eq!(reports.of(1), Some(expected));
        assert_eq!(reports.of(2), None);
    }
}
