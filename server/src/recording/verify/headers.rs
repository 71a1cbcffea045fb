//! The two header packets (RFC 7845 §5), read without keeping anything of theirs.

/// What a player has to know beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdHeader {
    pub(super) channels: u8,
    pub(super) pre_skip: u16,
}

/// RFC 7845 §5.1.
pub(super) fn id(header: &[u8]) -> Result<IdHeader, &'static str> {
    let fields = header
        .strip_prefix(b"OpusHead")
        .ok_or("the first page holds the id header")?;
    let &[1, channels, low, high, a, b, c, d, 0, 0, 0] = fields else {
        return Err("the id header is version 1, without gain, of family 0");
    };
    if channels != 1 && channels != 2 {
        return Err("family 0 has one or two channels");
    }
    // RFC 7845 §5.1: the rate of the input only informs; 0 is unknown.
    if ![0, 48_000].contains(&u32::from_le_bytes([a, b, c, d])) {
        return Err("the input rate is 48 kHz, or unknown");
    }
    Ok(IdHeader {
        channels,
        pre_skip: u16::from_le_bytes([low, high]),
    })
}

/// RFC 7845 §5.2. Every length is one of bytes that are there, so nothing has to be allocated.
pub(super) fn comments(header: &[u8]) -> Result<(), &'static str> {
    let rest = header
        .strip_prefix(b"OpusTags")
        .ok_or("the second page holds the comment header")?;
    read_comments(rest).ok_or("the comment header is well-formed")
}

fn read_comments(header: &[u8]) -> Option<()> {
    let (_vendor, rest) = text(header)?;
    let (count, mut rest) = number(rest)?;
    for _ in 0..count {
        let (comment, after) = text(rest)?;
        let (name, _value) = comment.split_once('=')?;
        if !name.bytes().all(|byte| (0x20..=0x7d).contains(&byte)) {
            return None;
        }
        rest = after;
    }
    rest.is_empty().then_some(())
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(length.try_into().ok()?)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}
