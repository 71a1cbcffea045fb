//! Recordings as the recorder makes them, for the tests of all that reads one.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use shared::ConversationId;
use shared::recording::{Client, Metadata, RecordingEnd, RecordingStatus};

use crate::packet::AudioPacket;
use crate::recording::sidecar::{self, Outcome};
use crate::recording::{Channels, Limits, Moment, Origin, Recording, Report};

/// A mono call of this name that is answered now, which is in 1970.
pub(crate) fn origin(id: ConversationId) -> Origin {
    Origin {
        id,
        channels: Channels::Mono,
        payload_type: 111,
        fmtp: "minptime=10;useinbandfec=1".to_owned(),
        client: Client::default(),
        began: Moment {
            at: Instant::now(),
            time: Timestamp::UNIX_EPOCH,
        },
        limits: Limits::default(),
    }
}

/// The file of a call in which so many packets of 20 ms came in time, and then its end.
pub(crate) fn record(origin: &Origin, packets: u16) -> (Vec<u8>, Report) {
    let start = origin.began.at;
    let mut recording = Recording::new(origin, 7);
    for number in 0..packets {
        recording.accept(AudioPacket::in_time(start, number, &[0xf8, 1, 2, 3]));
    }
    let mut file = recording.take_pages();
    let (last, report) = recording.finish(Some(end(origin, packets)));
    file.extend(last);
    (file, report)
}

/// The same file, with what is described beside it.
pub(crate) fn complete(origin: &Origin, packets: u16) -> (Vec<u8>, Metadata) {
    let (file, report) = record(origin, packets);
    let outcome = Outcome {
        status: RecordingStatus::Complete,
        end: RecordingEnd::ClientClosed,
        ended_at: end(origin, packets),
        bytes: file.len() as u64,
        sha256: Sha256::digest(&file).into(),
    };
    let metadata = sidecar::finished(origin, &report, &outcome);
    (file, metadata)
}

fn end(origin: &Origin, packets: u16) -> Instant {
    origin.began.at + Duration::from_millis(20) * u32::from(packets)
}
