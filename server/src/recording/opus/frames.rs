//! The frames of an Opus packet, cut apart (RFC 6716 §3.2). Only who decodes needs them.

use super::{Shape, frame_length, without_padding};

/// The bytes of each frame in its order; none if this is no packet.
#[must_use]
pub fn frames(packet: &[u8]) -> Option<Vec<&[u8]>> {
    let shape = Shape::of(packet).ok()?;
    let (_, mut body) = packet.split_first()?;
    // Of all frames but the last, which has the rest.
    let mut lengths = Vec::new();
    match shape.toc.0 & 0x03 {
        0 => {}
        1 => lengths.push(body.len() / 2),
        2 => {
            let (first, rest) = frame_length(body).ok()?;
            lengths.push(first);
            body = rest;
        }
        _ => body = many_lengths(body, &mut lengths)?,
    }
    let mut frames = Vec::with_capacity(lengths.len() + 1);
    for length in lengths {
        let (frame, rest) = body.split_at_checked(length)?;
        frames.push(frame);
        body = rest;
    }
    frames.push(body);
    Some(frames)
}

/// RFC 6716 §3.2.5; returns where the frames are.
fn many_lengths<'a>(body: &'a [u8], lengths: &mut Vec<usize>) -> Option<&'a [u8]> {
    let (&head, mut body) = body.split_first()?;
    if head & 0x40 != 0 {
        body = without_padding(body).ok()?;
    }
    let count = usize::from(head & 0x3f);
    if head & 0x80 == 0 {
        lengths.resize(count - 1, body.len() / count);
        return Some(body);
    }
    for _ in 1..count {
        let (length, rest) = frame_length(body).ok()?;
        lengths.push(length);
        body = rest;
    }
    Some(body)
}
