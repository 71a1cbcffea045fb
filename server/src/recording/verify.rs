//! Whether a file is what the recorder promises: read without the crate that writes it, so that
//! one fault cannot hide in both.

mod checksum;
mod headers;
pub(crate) mod page;

use super::opus::Shape;
use page::{BEGINS, ENDS, Page};

/// What a sound file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    pub serial: u32,
    pub channels: u8,
    pub pre_skip: u16,
    pub bytes: u64,
    pub pages: u64,
    /// Of audio.
    pub packets: u64,
    /// The last granule position.
    pub samples: u64,
    /// In frames without a byte.
    pub concealed_samples: u64,
}

/// In so many bytes at the end of a file there is the end of a whole page, if only the last one is
/// torn.
pub const TAIL_BYTES: usize = 2 * page::MAX_BYTES;

/// Where the last whole page ends in the tail of a file.
#[must_use]
pub fn end_of_whole(tail: &[u8]) -> Option<usize> {
    let mut begun = tail;
    loop {
        let at = begun
            .windows(page::CAPTURE.len())
            .rposition(|bytes| bytes == page::CAPTURE)?;
        let page = tail.get(at..)?;
        if page::is_whole_at(page) {
            return Some(at + page::bytes(page).ok()?);
        }
        begun = tail.get(..at + page::CAPTURE.len() - 1)?;
    }
}

/// Where a file breaks which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("page {page}: {rule}")]
pub struct Fault {
    /// Counted from 0.
    pub page: u64,
    pub rule: &'static str,
}

/// The part of a file that is sound from its beginning, in whole pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Where it ends, in bytes.
    pub bytes: u64,
    /// Where its last page begins, in bytes.
    pub last_page_at: u64,
    /// Whether there is a page of audio in it.
    pub has_audio: bool,
    /// Whether its last page ends the stream.
    pub has_end: bool,
}

/// Reads a file piece by piece, and keeps no more than one page of it.
#[derive(Debug, Default)]
pub struct Verifier {
    /// The beginning of a page. Invariant: never more than [`page::MAX_BYTES`].
    begun: Vec<u8>,
    whole: Whole,
    stream: Stream,
    fault: Option<Fault>,
}

impl Verifier {
    /// Takes the next bytes of the file; gives every packet of audio in sound pages to `listen`.
    ///
    /// # Errors
    /// [`Fault`] at the first rule that is broken; all further bytes are then ignored.
    pub fn push(&mut self, bytes: &[u8], listen: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.read(bytes, listen).map_err(|rule| {
            let fault = self.breach(rule);
            self.fault = Some(fault);
            fault
        })
    }

    /// What is sound so far.
    #[must_use]
    pub fn whole(&self) -> Whole {
        self.whole
    }

    /// What the sound part holds.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`Fault`] if it broke a rule, or ends where it must not.
    pub fn finish(self) -> Result<Stream, Fault> {
        let rule = match self.fault {
            Some(fault) => return Err(fault),
            None if !self.begun.is_empty() => "every page is whole",
            None if self.stream.pages < 2 => "two header pages come first",
            None if !self.whole.has_audio => "there is audio",
            None if !self.whole.has_end => "the last page ends the stream",
            None => return Ok(self.stream),
        };
        Err(self.breach(rule))
    }

    fn breach(&self, rule: &'static str) -> Fault {
        Fault {
            page: self.stream.pages,
            rule,
        }
    }

    fn read(
        &mut self,
        mut bytes: &[u8],
        listen: &mut dyn FnMut(&[u8]),
    ) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            if self.whole.has_end {
                return Err("nothing follows the end of the stream");
            }
            let missing = page::bytes(&self.begun)?.saturating_sub(self.begun.len());
            let (now, later) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
            self.begun.extend_from_slice(now);
            bytes = later;
            if self.begun.len() == page::bytes(&self.begun)? {
                let begun = std::mem::take(&mut self.begun);
                self.take(&Page::read(&begun)?, begun.len() as u64, listen)?;
                self.begun = begun;
                self.begun.clear();
            }
        }
        Ok(())
    }

    /// Takes a whole page. Nothing of a page that breaks a rule is counted or heard.
    fn take(
        &mut self,
        page: &Page<'_>,
        bytes: u64,
        listen: &mut dyn FnMut(&[u8]),
    ) -> Result<(), &'static str> {
        let mut next = self.stream;
        if u64::from(page.number) != next.pages {
            return Err("pages are numbered from 0");
        }
        if next.pages > 0 && page.serial != next.serial {
            return Err("all pages are of one stream");
        }
        match next.pages {
            0 => first(page, &mut next)?,
            1 => second(page)?,
            _ => audio(page, &mut next)?,
        }
        next.pages += 1;
        next.bytes += bytes;
        if next.pages > 2 {
            page.packets().for_each(listen);
        }
        self.stream = next;
        self.whole = Whole {
            bytes: next.bytes,
            last_page_at: next.bytes - bytes,
            has_audio: next.pages > 2,
            has_end: page.flags == ENDS,
        };
        Ok(())
    }
}

fn first(page: &Page<'_>, stream: &mut Stream) -> Result<(), &'static str> {
    if page.flags != BEGINS {
        return Err("the first page begins the stream, and does nothing else");
    }
    let header = headers::id(alone(page)?)?;
    stream.serial = page.serial;
    stream.channels = header.channels;
    stream.pre_skip = header.pre_skip;
    Ok(())
}

fn second(page: &Page<'_>) -> Result<(), &'static str> {
    if page.flags != 0 {
        return Err("the second page neither begins, continues nor ends the stream");
    }
    headers::comments(alone(page)?)
}

/// RFC 7845 §3: a header is alone on its page, at granule position 0.
fn alone<'a>(page: &Page<'a>) -> Result<&'a [u8], &'static str> {
    let mut packets = page.packets();
    match (packets.next(), packets.next()) {
        _ if page.granule != 0 => Err("headers are at granule position 0"),
        (Some(header), None) => Ok(header),
        _ => Err("a header is alone on its page"),
    }
}

fn audio(page: &Page<'_>, stream: &mut Stream) -> Result<(), &'static str> {
    if page.flags != 0 && page.flags != ENDS {
        return Err("a page of audio neither begins the stream nor continues a packet");
    }
    let before = stream.packets;
    for packet in page.packets() {
        let shape = Shape::of(packet).map_err(|_| "every packet is Opus")?;
        stream.packets += 1;
        stream.samples += u64::from(shape.samples());
        stream.concealed_samples += u64::from(shape.concealed_samples());
    }
    if stream.packets == before {
        return Err("there is a packet on the page");
    }
    if page.granule != stream.samples {
        return Err("the granule position is the sum of the durations");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
