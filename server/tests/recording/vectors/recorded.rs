//! Records a call as the writer does. The only place of these tests that runs a recording.

use std::time::{Duration, Instant};

use server::packet::AudioPacket;
use server::recording::{Channels, Limits, Moment, Origin, Recording, Totals};
use shared::ConversationId;
use shared::recording::Client;

/// What Opus is called in these calls.
pub(crate) const PAYLOAD_TYPE: u8 = 111;

/// What a recording left.
pub(crate) struct Recorded {
    pub(crate) file: Vec<u8>,
    /// How much of it came out first.
    pub(crate) first_write_bytes: usize,
    pub(crate) totals: Totals,
}

/// Records a call, taking its pages out after each packet.
#[must_use]
pub(crate) fn record(packets: &[AudioPacket], ended_at: Instant) -> Recorded {
    let origin = Origin {
        id: ConversationId::from_nanoseconds(1_751_014_936_301_809_000),
        channels: Channels::Mono,
        payload_type: PAYLOAD_TYPE,
        fmtp: "minptime=10;useinbandfec=1".to_owned(),
        client: Client::default(),
        began: Moment {
            at: packets.first().map_or(ended_at, |first| first.arrived),
            time: jiff::Timestamp::UNIX_EPOCH,
        },
        limits: Limits {
            duration: Duration::from_secs(24 * 3600),
            bytes: 1 << 30,
        },
    };
    let mut recording = Recording::new(&origin, 7);
    let mut file = Vec::new();
    let mut first_write_bytes = 0;
    for packet in packets {
        recording.accept(packet.clone());
        file.extend(recording.take_pages());
        if first_write_bytes == 0 {
            first_write_bytes = file.len();
        }
    }
    let (last_pages, report) = recording.finish(Some(ended_at));
    file.extend(last_pages);
    assert_eq!(report.bytes, file.len() as u64);
    let totals = report.totals;
    Recorded {
        file,
        first_write_bytes,
        totals,
    }
}
