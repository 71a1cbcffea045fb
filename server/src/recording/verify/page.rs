//! One Ogg page, taken apart (RFC 3533 §6).

use super::checksum::checksum;

/// The flags of a page, when it has no other.
pub(super) const BEGINS: u8 = 2;
pub(in crate::recording) const ENDS: u8 = 4;

/// The header without its table of segments.
pub(in crate::recording) const HEADER_BYTES: usize = 27;
/// No page is larger: 255 segments of 255 bytes, their table and the header.
pub(in crate::recording) const MAX_BYTES: usize = HEADER_BYTES + 255 + 255 * 255;
/// What every page begins with: the capture pattern and the version.
pub(in crate::recording) const CAPTURE: &[u8] = b"OggS\0";

const FLAGS_AT: usize = 5;
const CHECKSUM_AT: usize = 22;

/// A whole page with a right checksum, on which no packet begins or ends elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::recording) struct Page<'a> {
    pub(in crate::recording) flags: u8,
    pub(in crate::recording) granule: u64,
    pub(in crate::recording) serial: u32,
    pub(in crate::recording) number: u32,
    lacing: &'a [u8],
    body: &'a [u8],
}

/// How many bytes the page has that begins like this; fewer only as long as that is not known.
///
/// # Errors
/// It does not begin like a page.
pub(crate) fn bytes(begun: &[u8]) -> Result<usize, &'static str> {
    let known = CAPTURE.len().min(begun.len());
    if begun.get(..known) != CAPTURE.get(..known) {
        return Err("a page begins with OggS and version 0");
    }
    let Some(&segments) = begun.get(HEADER_BYTES - 1) else {
        return Ok(HEADER_BYTES);
    };
    let body_at = HEADER_BYTES + usize::from(segments);
    let Some(lacing) = begun.get(HEADER_BYTES..body_at) else {
        return Ok(body_at);
    };
    let body_bytes: usize = lacing.iter().map(|&bytes| usize::from(bytes)).sum();
    Ok(body_at + body_bytes)
}

impl<'a> Page<'a> {
    /// Reads the bytes of exactly one page.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub(in crate::recording) fn read(page: &'a [u8]) -> Result<Self, &'static str> {
        let torn = "every page is whole";
        if bytes(page)? != page.len() {
            return Err(torn);
        }
        let (header, rest) = page.split_first_chunk::<HEADER_BYTES>().ok_or(torn)?;
        let [.., segments] = *header;
        let (lacing, body) = rest.split_at_checked(segments.into()).ok_or(torn)?;
        if sum(page) != Some(u32::from_le_bytes(field(header, CHECKSUM_AT))) {
            return Err("the checksum is right");
        }
        if lacing.last() == Some(&255) {
            return Err("no packet spans pages");
        }
        let [flags] = field(header, FLAGS_AT);
        Ok(Self {
            flags,
            granule: u64::from_le_bytes(field(header, 6)),
            serial: u32::from_le_bytes(field(header, 14)),
            number: u32::from_le_bytes(field(header, 18)),
            lacing,
            body,
        })
    }

    /// Its packets, in their order.
    pub(in crate::recording) fn packets(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut left = self.body;
        self.lacing
            .split_inclusive(|&bytes| bytes < 255)
            .map_while(move |segments| {
                let bytes = segments.iter().map(|&bytes| usize::from(bytes)).sum();
                let (packet, rest) = left.split_at_checked(bytes)?;
                left = rest;
                Some(packet)
            })
    }
}

/// Makes a page the last one of its stream.
pub(in crate::recording) fn end(page: &mut [u8]) -> Option<()> {
    *page.get_mut(FLAGS_AT)? |= ENDS;
    seal(page)
}

/// Gives a page the checksum that belongs to it.
pub(crate) fn seal(page: &mut [u8]) -> Option<()> {
    let sum = sum(page)?;
    page.get_mut(CHECKSUM_AT..)?
        .first_chunk_mut()
        .map(|field| *field = sum.to_le_bytes())
}

/// Whether the page begins here whole, and with a right checksum.
pub(in crate::recording) fn is_whole_at(begun: &[u8]) -> bool {
    bytes(begun)
        .ok()
        .and_then(|bytes| begun.get(..bytes))
        .and_then(|page| Some((page.get(CHECKSUM_AT..)?.first_chunk()?, sum(page)?)))
        .is_some_and(|(field, sum)| u32::from_le_bytes(*field) == sum)
}

/// The checksum that belongs into the page: its own field counts as zero.
fn sum(page: &[u8]) -> Option<u32> {
    let before = page.get(..CHECKSUM_AT)?;
    let after = page.get(CHECKSUM_AT + 4..)?;
    Some([before, &[0; 4], after].into_iter().fold(0, checksum))
}

/// Invariant: the field lies within the header.
fn field<const BYTES: usize>(header: &[u8; HEADER_BYTES], at: usize) -> [u8; BYTES] {
    let bytes = header.get(at..).and_then(<[u8]>::first_chunk);
    *bytes.expect("every field is within the header")
}
