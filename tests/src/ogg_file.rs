//! Reads Ogg Opus files and says what is wrong with them (RFC 3533, RFC 7845, RFC 6716 §3).
//!
//! It shares no code with the recorder and uses no Ogg library: one bug must not hide in both.

use std::fmt;

/// A file without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OggFile {
    pub serial: u32,
    pub pages: usize,
    pub channels: u8,
    pub pre_skip: u16,
    pub vendor: String,
    /// As they stand in the file: `NAME=value`.
    pub comments: Vec<String>,
    /// The Opus packets, without the headers.
    pub packets: Vec<Vec<u8>>,
    /// The last granule position: the sum of the packets' durations at 48 kHz.
    pub samples: u64,
    /// Samples in frames of length zero, which decoders conceal: what no packet brought.
    pub concealed_samples: u64,
}

/// What is wrong, and on which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub page: usize,
    pub rule: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {}: {}", self.page, self.rule)
    }
}

impl std::error::Error for Fault {}

impl OggFile {
    /// Reads a finished recording.
    ///
    /// # Errors
    /// The first [`Fault`]: every page has to be there, whole, in order and of one stream, and
    /// each granule position has to be the sum of the durations so far.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let file = Self::read_prefix(bytes)?;
        let pages = pages(bytes)?;
        check(
            pages.len() - 1,
            "the last page ends the stream",
            pages.last().is_some_and(|page| page.flags == 4),
        )?;
        Ok(file)
    }

    /// Reads a recording that may still be growing: some whole pages, with or without an end.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn read_prefix(bytes: &[u8]) -> Result<Self, Fault> {
        let pages = pages(bytes)?;
        let [head, tags, audio @ ..] = &pages[..] else {
            return Err(fault(pages.len(), "two header pages come first"));
        };
        check(
            0,
            "only the first page begins the stream",
            head.flags == 2 && tags.flags == 0,
        )?;
        check(
            1,
            "headers are at granule position 0",
            head.granule == 0 && tags.granule == 0,
        )?;
        let (channels, pre_skip) = id_header(head)?;
        let (vendor, comments) = comment_header(tags)?;
        check(2, "there is audio", !audio.is_empty())?;

        let mut file = Self {
            serial: head.serial,
            pages: pages.len(),
            channels,
            pre_skip,
            vendor,
            comments,
            packets: Vec::new(),
            samples: 0,
            concealed_samples: 0,
        };
        for (page, number) in audio.iter().zip(2..) {
            file.add_page(page, number, number + 1 == pages.len())?;
        }
        Ok(file)
    }

    fn add_page(&mut self, page: &Page<'_>, number: usize, is_last: bool) -> Result<(), Fault> {
        check(
            number,
            "only the last page ends the stream",
            page.flags == 0 || (is_last && page.flags == 4),
        )?;
        check(
            number,
            "there is a packet on the page",
            !page.packets.is_empty(),
        )?;
        for packet in &page.packets {
            let frames = frames(packet).ok_or(fault(number, "every packet is Opus"))?;
            self.samples += frames.samples();
            self.concealed_samples += frames.concealed_samples();
            self.packets.push(packet.to_vec());
        }
        check(
            number,
            "granule position is the sum of durations",
            page.granule == self.samples,
        )
    }
}

fn fault(page: usize, rule: &'static str) -> Fault {
    Fault { page, rule }
}

fn check(page: usize, rule: &'static str, holds: bool) -> Result<(), Fault> {
    if holds {
        Ok(())
    } else {
        Err(fault(page, rule))
    }
}

/// RFC 3533 §6.
struct Page<'a> {
    flags: u8,
    granule: u64,
    serial: u32,
    packets: Vec<&'a [u8]>,
}

fn pages(bytes: &[u8]) -> Result<Vec<Page<'_>>, Fault> {
    let mut pages: Vec<Page<'_>> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let number = pages.len();
        let (page, page_number, after) = page(rest, number)?;
        check(
            number,
            "pages are numbered from 0",
            page_number as usize == number,
        )?;
        let serial = pages.first().map_or(page.serial, |first| first.serial);
        check(number, "all pages are of one stream", page.serial == serial)?;
        pages.push(page);
        rest = after;
    }
    check(0, "there is a page", !pages.is_empty())?;
    Ok(pages)
}

fn page(bytes: &[u8], number: usize) -> Result<(Page<'_>, u32, &[u8]), Fault> {
    let torn = || fault(number, "every page is whole");
    let (header, rest) = bytes.split_first_chunk::<27>().ok_or_else(torn)?;
    check(
        number,
        "a page begins with OggS and version 0",
        header.starts_with(b"OggS\0"),
    )?;
    let field = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let (lacing, rest) = rest
        .split_at_checked(usize::from(header[26]))
        .ok_or_else(torn)?;
    let body_bytes = lacing.iter().map(|&bytes| usize::from(bytes)).sum();
    let (body, after) = rest.split_at_checked(body_bytes).ok_or_else(torn)?;

    let mut unsigned = *header;
    unsigned[22..26].fill(0);
    let crc = [&unsigned[..], lacing, body].concat();
    check(number, "the checksum is right", checksum(&crc) == field(22))?;
    check(
        number,
        "no packet spans pages",
        lacing.last().is_none_or(|&last| last < 255),
    )?;

    let mut packets = Vec::new();
    let mut left = body;
    for segments in lacing.split_inclusive(|&bytes| bytes < 255) {
        let bytes = segments.iter().map(|&bytes| usize::from(bytes)).sum();
        let (packet, rest) = left.split_at(bytes);
        packets.push(packet);
        left = rest;
    }
    let page = Page {
        flags: header[5],
        granule: u64::from(field(6)) | u64::from(field(10)) << 32,
        serial: field(14),
        packets,
    };
    Ok((page, field(18), after))
}

/// RFC 3533 §6: polynomial 0x04c11db7, not reflected, no initial value, no final inversion.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum: u32, _| {
            (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    })
}

/// RFC 7845 §5.1: channels and pre-skip.
fn id_header(page: &Page<'_>) -> Result<(u8, u16), Fault> {
    let [header] = page.packets[..] else {
        return Err(fault(0, "the id header is alone on its page"));
    };
    let &[
        b'O',
        b'p',
        b'u',
        b's',
        b'H',
        b'e',
        b'a',
        b'd',
        1,
        channels,
        low,
        high,
        a,
        b,
        c,
        d,
        0,
        0,
        0,
    ] = header
    else {
        return Err(fault(
            0,
            "the id header is version 1, without gain, of family 0",
        ));
    };
    let rate = u32::from_le_bytes([a, b, c, d]);
    check(0, "the input rate is 48 kHz", rate == 48_000)?;
    check(
        0,
        "family 0 has one or two channels",
        channels == 1 || channels == 2,
    )?;
    Ok((channels, u16::from_le_bytes([low, high])))
}

/// RFC 7845 §5.2: vendor and comments.
fn comment_header(page: &Page<'_>) -> Result<(String, Vec<String>), Fault> {
    let wrong = || fault(1, "the comment header is well-formed");
    let [header] = page.packets[..] else {
        return Err(fault(1, "the comment header is alone on its page"));
    };
    let rest = header.strip_prefix(b"OpusTags").ok_or_else(wrong)?;
    let (vendor, rest) = text(rest).ok_or_else(wrong)?;
    let (count, mut rest) = number(rest).ok_or_else(wrong)?;
    let mut comments = Vec::new();
    for _ in 0..count {
        let (comment, after) = text(rest).ok_or_else(wrong)?;
        let (name, _) = comment.split_once('=').ok_or_else(wrong)?;
        check(
            1,
            "names are printable ASCII",
            name.bytes().all(|byte| (0x20..=0x7d).contains(&byte)),
        )?;
        comments.push(comment);
        rest = after;
    }
    check(1, "nothing follows the comments", rest.is_empty())?;
    Ok((vendor, comments))
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(length.try_into().ok()?)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

/// The frames of one Opus packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// Samples at 48 kHz in each.
    pub samples_each: u64,
    pub bytes: Vec<usize>,
}

impl Frames {
    /// The packet's duration at 48 kHz.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples_each * self.bytes.len() as u64
    }

    fn concealed_samples(&self) -> u64 {
        let empty = self.bytes.iter().filter(|&&bytes| bytes == 0).count();
        self.samples_each * empty as u64
    }
}

/// RFC 6716 §3.1, table 2: the durations of one frame, in samples at 48 kHz.
#[rustfmt::skip]
const FRAME_SAMPLES: [u64; 32] = [
    480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880, // SILK
    480, 960, 480, 960, // hybrid
    120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, // CELT
];

/// Takes an Opus packet apart; `None` if it is not one (RFC 6716 §3.4).
#[must_use]
pub fn frames(packet: &[u8]) -> Option<Frames> {
    let mut bytes = packet.iter().copied();
    let toc = bytes.next()?;
    let samples_each = FRAME_SAMPLES[usize::from(toc / 8)];
    let lengths = match toc % 4 {
        0 => vec![bytes.len()],
        1 => halves(bytes.len())?,
        2 => {
            let first = length(&mut bytes)?;
            vec![first, bytes.len().checked_sub(first)?]
        }
        _ => {
            let head = bytes.next()?;
            let count = usize::from(head % 64);
            let padding = if head & 64 > 0 {
                padding(&mut bytes)?
            } else {
                0
            };
            if head & 128 > 0 {
                given_lengths(&mut bytes, count, padding)?
            } else {
                let all = bytes.len().checked_sub(padding)?;
                let each = all.checked_div(count)?;
                (each * count == all).then(|| vec![each; count])?
            }
        }
    };
    let is_short = samples_each * lengths.len() as u64 <= 5760;
    let is_small = lengths.iter().all(|&length| length <= 1275);
    (is_short && is_small && !lengths.is_empty()).then_some(Frames {
        samples_each,
        bytes: lengths,
    })
}

fn halves(bytes: usize) -> Option<Vec<usize>> {
    (bytes % 2 == 0).then(|| vec![bytes / 2; 2])
}

fn given_lengths(
    bytes: &mut (impl ExactSizeIterator<Item = u8> + Clone),
    count: usize,
    padding: usize,
) -> Option<Vec<usize>> {
    let mut lengths = Vec::new();
    for _ in 1..count {
        lengths.push(length(bytes)?);
    }
    if count > 0 {
        let given = lengths.iter().sum::<usize>() + padding;
        lengths.push(bytes.len().checked_sub(given)?);
    }
    Some(lengths)
}

fn length(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let first = usize::from(bytes.next()?);
    if first <= 251 {
        return Some(first);
    }
    Some(4 * usize::from(bytes.next()?) + first)
}

fn padding(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut all = 0;
    loop {
        match bytes.next()? {
            255 => all += 254,
            last => return Some(all + usize::from(last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four pages by ffmpeg's hand would hide the point; these are the parts that matter.
    fn page_bytes(flags: u8, granule: u64, number: u32, packet: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(granule.to_le_bytes());
        page.extend(7_u32.to_le_bytes());
        page.extend(number.to_le_bytes());
        page.extend([0; 4]);
        page.push(1);
        page.push(u8::try_from(packet.len()).unwrap());
        page.extend(packet);
        let crc = checksum(&page);
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        page
    }

    fn file() -> Vec<Vec<u8>> {
        let head = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0";
        let tags = b"OpusTags\x01\0\0\0v\x01\0\0\0\x03\0\0\0A=b";
        vec![
            page_bytes(2, 0, 0, head),
            page_bytes(0, 0, 1, tags),
            page_bytes(0, 960, 2, &[0x78, 1]),
            page_bytes(4, 1920, 3, &[0x78]),
        ]
    }

    #[test]
    fn a_sound_file_is_read() {
        let file = OggFile::read(&file().concat()).unwrap();

        let expected = OggFile {
            serial: 7,
            pages: 4,
            channels: 1,
            pre_skip: 312,
            vendor: "v".to_owned(),
            comments: vec!["A=b".to_owned()],
            packets: vec![vec![0x78, 1], vec![0x78]],
            samples: 1920,
            concealed_samples: 960,
        };
        assert_eq!(file, expected);
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let sound = file().concat();

        for bit in 0..sound.len() * 8 {
            let mut damaged = sound.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(OggFile::read(&damaged).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn no_missing_swapped_or_repeated_page_goes_unnoticed() {
        for at in 0..4 {
            let mut missing = file();
            missing.remove(at);
            let mut repeated = file();
            repeated.insert(at, repeated[at].clone());
            let mut swapped = file();
            swapped.swap(at, (at + 1) % 4);

            for damaged in [missing, repeated, swapped] {
                assert!(OggFile::read(&damaged.concat()).is_err(), "page {at}");
            }
        }
    }

    #[test]
    fn a_prefix_of_whole_pages_is_a_file_without_an_end() {
        let prefix = file()[..3].concat();

        assert_eq!(OggFile::read_prefix(&prefix).map(|it| it.samples), Ok(960));
        assert_eq!(
            OggFile::read(&prefix).unwrap_err().rule,
            "the last page ends the stream"
        );
    }

    #[test]
    fn a_granule_position_that_is_not_the_sum_is_a_fault() {
        let mut pages = file();
        pages[3] = page_bytes(4, 1919, 3, &[0x78]);

        let fault = OggFile::read(&pages.concat()).unwrap_err();

        assert_eq!(
            fault.to_string(),
            "page 3: granule position is the sum of durations"
        );
    }
}
