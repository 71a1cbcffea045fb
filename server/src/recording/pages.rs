//! Opus packets into Ogg pages (RFC 3533, RFC 7845): the only room that knows `ogg`.
//!
//! Every page it hands out is whole, and every prefix of whole pages is a file that plays.

use ogg::{PacketWriteEndInfo, PacketWriter};

use super::Origin;

/// The encoder's look-ahead, which players leave out (RFC 7845 §4.2): libopus has always 6.5 ms.
pub const PRE_SKIP: u16 = 312;
/// A page is complete with so much audio: 200 ms.
const PAGE_SAMPLES: u64 = 9600;
/// RFC 3533 §6: a page has no more segments, of 255 bytes each.
const PAGE_SEGMENTS: usize = 255;
/// RFC 3533 §6: what stands before a page's table of segments.
const PAGE_HEADER_BYTES: u64 = 27;
/// A packet of more bytes would not fit into one page.
pub const MAX_PACKET_BYTES: usize = PAGE_SEGMENTS * 255 - 1;

/// One logical stream: packets in, whole pages out.
pub struct Pages {
    writer: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    /// Held back, because the last packet has to be known as such (RFC 3533 §6).
    pending: Option<(Vec<u8>, u32)>,
    /// On the page that is being filled.
    page_samples: u64,
    page_segments: usize,
    page_bytes: usize,
    /// In pages that are complete, the headers' included.
    closed_pages: u64,
    closed_bytes: u64,
    /// Samples in all packets that were handed to the writer: the granule position.
    granule: u64,
    /// At least one page of audio is complete.
    has_audio: bool,
}

impl Pages {
    /// Begins a stream. `serial` sets it apart from any other.
    #[must_use]
    pub fn new(origin: &Origin, serial: u32) -> Self {
        let mut pages = Self {
            writer: PacketWriter::new(Vec::new()),
            serial,
            pending: None,
            page_samples: 0,
            page_segments: 0,
            page_bytes: 0,
            closed_pages: 0,
            closed_bytes: 0,
            granule: 0,
            has_audio: false,
        };
        // RFC 7845 §3: each header alone on its page, at granule position 0.
        for header in [opus_head(origin), opus_tags(origin)] {
            pages.page_segments = segments(header.len());
            pages.page_bytes = header.len();
            pages.close_page();
            pages.write(header, PacketWriteEndInfo::EndPage);
        }
        pages
    }

    /// Adds a packet that lasts `samples`. Invariant: no larger than [`MAX_PACKET_BYTES`].
    pub fn push(&mut self, packet: Vec<u8>, samples: u32) {
        let segments = segments(packet.len());
        if let Some((packet, samples)) = self.pending.replace((packet, samples)) {
            self.place(packet, samples, segments);
        }
    }

    /// The pages that were completed; nothing before there is audio.
    pub fn take(&mut self) -> Vec<u8> {
        if self.has_audio {
            std::mem::take(self.writer.inner_mut())
        } else {
            Vec::new()
        }
    }

    /// Ends the stream; without any audio there is none.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let Some((packet, samples)) = self.pending.take() else {
            return Vec::new();
        };
        self.granule += u64::from(samples);
        self.write(packet, PacketWriteEndInfo::EndStream);
        self.writer.into_inner()
    }

    /// What the file would have if it ended now: none without any audio.
    #[must_use]
    pub fn pages_if_finished(&self) -> u64 {
        if self.pending.is_some() {
            self.closed_pages + 1
        } else {
            0
        }
    }

    /// What the file would have if it ended now: nothing without any audio.
    #[must_use]
    pub fn bytes_if_finished(&self) -> u64 {
        let Some((packet, _)) = &self.pending else {
            return 0;
        };
        // The packet that is held back always fits on the page that is being filled.
        self.closed_bytes
            + page_bytes(
                self.page_segments + segments(packet.len()),
                self.page_bytes + packet.len(),
            )
    }

    /// What the file would have at most if it ended with one more packet of that size.
    #[must_use]
    pub fn bytes_with(&self, packet_bytes: usize) -> u64 {
        self.closed_bytes.max(self.bytes_if_finished())
            + page_bytes(segments(packet_bytes), packet_bytes)
    }

    fn close_page(&mut self) {
        self.closed_pages += 1;
        self.closed_bytes += page_bytes(self.page_segments, self.page_bytes);
        self.page_samples = 0;
        self.page_segments = 0;
        self.page_bytes = 0;
    }

    fn place(&mut self, packet: Vec<u8>, samples: u32, next_segments: usize) {
        self.granule += u64::from(samples);
        self.page_samples += u64::from(samples);
        self.page_segments += segments(packet.len());
        self.page_bytes += packet.len();
        let is_full =
            self.page_samples >= PAGE_SAMPLES || self.page_segments + next_segments > PAGE_SEGMENTS;
        if is_full {
            self.close_page();
            self.has_audio = true;
            self.write(packet, PacketWriteEndInfo::EndPage);
        } else {
            self.write(packet, PacketWriteEndInfo::NormalPacket);
        }
    }

    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo) {
        self.writer
            .write_packet(packet, self.serial, end, self.granule)
            .expect("a Vec takes every write");
    }
}

/// RFC 3533 §6: the last segment is always shorter than 255 bytes, and so may be empty.
fn segments(packet_bytes: usize) -> usize {
    packet_bytes / 255 + 1
}

fn page_bytes(segments: usize, body_bytes: usize) -> u64 {
    let bytes = u64::try_from(segments.saturating_add(body_bytes)).unwrap_or(u64::MAX);
    bytes.saturating_add(PAGE_HEADER_BYTES)
}

/// RFC 7845 §5.1.
fn opus_head(origin: &Origin) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(origin.channels.count());
    head.extend(PRE_SKIP.to_le_bytes());
    head.extend(48_000_u32.to_le_bytes());
    // No gain; mapping family 0: one stream, mono or stereo.
    head.extend([0, 0, 0]);
    head
}

/// RFC 7845 §5.2.
fn opus_tags(origin: &Origin) -> Vec<u8> {
    const PRODUCT: &str = concat!("voicechat ", env!("CARGO_PKG_VERSION"));
    let comments = [
        format!("ENCODER={PRODUCT}"),
        format!("TITLE=Conversation {}", origin.id),
        format!("DATE={}", began(origin)),
        format!("CONVERSATION_ID={}", origin.id),
        "FORMAT=1".to_owned(),
    ];
    let mut tags = b"OpusTags".to_vec();
    push_text(&mut tags, PRODUCT);
    tags.extend(5_u32.to_le_bytes());
    for comment in &comments {
        push_text(&mut tags, comment);
    }
    tags
}

fn push_text(tags: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).expect("a few words");
    tags.extend(length.to_le_bytes());
    tags.extend(text.as_bytes());
}

/// When the conversation began, as its id says (RFC 3339).
fn began(origin: &Origin) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(origin.id.nanoseconds().into())
        .expect("64 bits of nanoseconds end in the year 2554")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Channels, tests::sample};
    use shared::ConversationId;

    fn origin(channels: Channels) -> Origin {
        Origin {
            channels,
            ..sample::origin(ConversationId::from_nanoseconds(1_751_014_936_301_809_000))
        }
    }

    #[test]
    fn the_id_header_is_right_byte_by_byte() {
        let head = opus_head(&origin(Channels::Mono));

        assert_eq!(head, b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0");
    }

    #[test]
    fn the_comment_header_is_right_byte_by_byte() {
        let tags = opus_tags(&origin(Channels::Stereo));

        let version = env!("CARGO_PKG_VERSION");
        let expected: Vec<u8> = [
            format!("OpusTags\x0f\0\0\0voicechat {version}\x05\0\0\0"),
            format!("\x17\0\0\0ENCODER=voicechat {version}"),
            "\x26\0\0\0TITLE=Conversation 1751014936301809000".to_owned(),
            "\x20\0\0\0DATE=2025-06-27T09:02:16.301809Z".to_owned(),
            "\x23\0\0\0CONVERSATION_ID=1751014936301809000".to_owned(),
            "\x08\0\0\0FORMAT=1".to_owned(),
        ]
        .concat()
        .into_bytes();
        assert_eq!(version.len(), 5);
        assert_eq!(
            String::from_utf8_lossy(&tags),
            String::from_utf8_lossy(&expected)
        );
    }

    #[test]
    fn nothing_comes_out_before_the_first_page_of_audio() {
        let mut pages = Pages::new(&origin(Channels::Mono), 1);

        let before: Vec<usize> = (0..11)
            .map(|_| {
                pages.push(vec![0x78, 1], 960);
                pages.take().len()
            })
            .collect();

        assert_eq!(before.iter().filter(|&&bytes| bytes > 0).count(), 1);
        assert!(
            before[10] > 0,
            "the eleventh packet completes the first page"
        );
    }

    #[test]
    fn a_stream_without_audio_is_nothing_at_all() {
        let file = Pages::new(&origin(Channels::Mono), 1).finish();

        assert!(file.is_empty());
    }
}
