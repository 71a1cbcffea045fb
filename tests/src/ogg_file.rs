//! Reads Ogg Opus files and says what is wrong with them (RFC 3533, RFC 7845, RFC 6716 §3).
//!
//! It shares no code with the recorder and uses no Ogg library: one bug must not hide in both.

// The paths are spelled out, because the recorder's own tests include this file by its path.
#[path = "ogg_file/opus_frames.rs"]
mod opus_frames;

use std::fmt;

pub use opus_frames::{Frames, frames};

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

    /// Reads a recording whose writer was killed: what is whole of it, without the page that was
    /// being written.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn read_torn(bytes: &[u8]) -> Result<Self, Fault> {
        let mut whole = 0;
        while let Some(page) = bytes.get(whole..).and_then(page_bytes)
            && whole + page <= bytes.len()
        {
            whole += page;
        }
        Self::read_prefix(bytes.get(..whole).unwrap_or_default())
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
    let field = |at: usize| number_at(header, at);
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

fn number_at(header: &[u8; 27], at: usize) -> u32 {
    let (_, field) = header.split_at(at);
    field
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes))
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

/// How long the page that begins here is (RFC 3533 §6), if its header is there.
fn page_bytes(bytes: &[u8]) -> Option<usize> {
    let segments = usize::from(*bytes.get(26)?);
    let lacing = bytes.get(27..27 + segments)?;
    let body: usize = lacing.iter().map(|&segment| usize::from(segment)).sum();
    Some(27 + segments + body)
}

#[cfg(test)]
#[path = "ogg_file/tests.rs"]
mod tests;
