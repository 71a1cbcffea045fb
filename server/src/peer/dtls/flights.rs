//! Which flights of the DTLS handshake went out and came in, so that a lost one is sent again.
//!
//! The library's own repetition stops for ever as soon as it has heard anything that does not
//! complete the other side's flight, and until it has finished it does not answer a repeated
//! flight with its own, as RFC 6347 §4.2.4 wants: one lost datagram of ours, and the call would
//! never connect.

use std::time::{Duration, Instant};

use bytes::BytesMut;

/// RFC 6347 §4.2.4.1 wants no less for the first repetition.
const REPEAT_AFTER: Duration = Duration::from_secs(1);
/// A flight is a handful of datagrams. More are not worth keeping.
const MAX_DATAGRAMS: usize = 16;
const HANDSHAKE_RECORD: u8 = 22;
const RECORD_HEADER: usize = 13;

/// The state of one handshake.
#[derive(Debug, Default)]
pub(super) struct Flights {
    /// What we sent last, to be sent again as it was: to the other side it looks like a datagram
    /// that came late.
    ours: Vec<BytesMut>,
    /// Whether something new came in since.
    has_heard: bool,
    /// The highest number of a handshake message that came in, and of those that `ours` answers.
    heard: Option<u16>,
    answered: Option<u16>,
    repeat_at: Option<Instant>,
}

impl Flights {
    /// Notes what the library sends.
    pub(super) fn note_sent(&mut self, datagram: &BytesMut, now: Instant) {
        if self.has_heard || self.ours.len() == MAX_DATAGRAMS {
            self.ours.clear();
            self.has_heard = false;
            self.answered = self.heard;
        }
        self.ours.push(datagram.clone());
        self.repeat_at = Some(now + REPEAT_AFTER);
    }

    /// Notes what came in. True when the library has answered all of it already: then our answer was
    /// lost, and is to be repeated.
    pub(super) fn is_repeated(&mut self, datagram: &[u8]) -> bool {
        let newest = newest_plain_message(datagram);
        if newest.is_some() && newest <= self.answered {
            return true;
        }
        self.has_heard = true;
        self.heard = self.heard.max(newest);
        false
    }

    /// Whether what we sent last is to be sent again because nothing came back; then its next time
    /// is later.
    pub(super) fn is_overdue(&mut self, now: Instant) -> bool {
        let is_overdue = self.repeat_at.is_some_and(|at| at <= now);
        if is_overdue {
            self.repeat_at = Some(now + REPEAT_AFTER);
        }
        is_overdue
    }

    /// What we sent last.
    pub(super) fn ours(&self) -> &[BytesMut] {
        &self.ours
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.repeat_at
    }
}

/// The highest number of a handshake message that ends in a datagram of nothing but unencrypted
/// handshake records (RFC 6347 §4.1, §4.2.2). What the library sends at the part of a message is no
/// answer to the whole.
fn newest_plain_message(datagram: &[u8]) -> Option<u16> {
    let mut rest = datagram;
    let mut newest = None;
    while !rest.is_empty() {
        let (header, body) = rest.split_at_checked(RECORD_HEADER)?;
        let [HANDSHAKE_RECORD, _, _, 0, 0, _, _, _, _, _, _, length @ ..] = header else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
        let (message, next) = body.split_at_checked(length)?;
        let fragment = Fragment::parse(message)?;
        if fragment.is_last() {
            newest = newest.max(Some(fragment.number));
        }
        rest = next;
    }
    newest
}

/// A part of a handshake message, or all of it (RFC 6347 §4.2.2). In bytes.
struct Fragment {
    message_length: u32,
    number: u16,
    offset: u32,
    length: u32,
}

impl Fragment {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let [_, a, b, c, d, e, f, g, h, i, j, k, ..] = *bytes else {
            return None;
        };
        Some(Self {
            message_length: u32::from_be_bytes([0, a, b, c]),
            number: u16::from_be_bytes([d, e]),
            offset: u32::from_be_bytes([0, f, g, h]),
            length: u32::from_be_bytes([0, i, j, k]),
        })
    }

    fn is_last(&self) -> bool {
        // Three bytes each.
        self.offset + self.length == self.message_length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, epoch: u8, number: u8) -> Vec<u8> {
        let mut record = vec![kind, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 9, 0, 12];
        record.extend([11, 0, 0, 0, 0, number, 0, 0, 0, 0, 0, 0]);
        record
    }

    fn sent(bytes: &[u8]) -> BytesMut {
        bytes.into()
    }

    #[test]
    fn a_flight_that_was_answered_and_comes_again_is_repeated() {
        let mut flights = Flights::default();
        let now = Instant::now();
        let theirs = [record(22, 0, 1), record(22, 0, 2)].concat();

        flights.note_sent(&sent(b"hello"), now);
        let first_time = flights.is_repeated(&theirs);
        flights.note_sent(&sent(b"answer"), now);
        let again = flights.is_repeated(&theirs);

        assert_eq!((first_time, again), (false, true));
        assert_eq!(flights.ours(), [sent(b"answer")]);
    }

    #[test]
    fn what_has_not_been_answered_is_never_held_back() {
        let mut flights = Flights::default();
        let now = Instant::now();
        flights.note_sent(&sent(b"hello"), now);
        flights.is_repeated(&record(22, 0, 1));
        flights.note_sent(&sent(b"answer"), now);

        for news in [
            record(22, 0, 2),
            [record(22, 0, 1), record(22, 0, 2)].concat(),
            [record(22, 0, 1), record(20, 0, 0)].concat(),
            record(22, 1, 0),
            record(21, 0, 0),
            record(22, 0, 1)[..20].to_vec(),
            vec![],
        ] {
            assert!(!flights.is_repeated(&news), "{news:?}");
        }
    }

    /// One half of the first message, as two datagrams bring it.
    fn half(offset: u8) -> Vec<u8> {
        let mut record = record(22, 0, 1);
        record[12 + 4] = 8;
        record[12 + 9] = offset;
        record[12 + 12] = 4;
        record
    }

    #[test]
    fn the_last_part_of_a_message_is_news_whatever_was_sent_at_its_first() {
        let mut flights = Flights::default();
        let now = Instant::now();
        flights.is_repeated(&record(22, 0, 0));
        flights.note_sent(&sent(b"verify"), now);

        let first = flights.is_repeated(&half(0));
        flights.note_sent(&sent(b"verify again"), now);
        let last = flights.is_repeated(&half(4));
        flights.note_sent(&sent(b"hello"), now);
        let again = [flights.is_repeated(&half(0)), flights.is_repeated(&half(4))];

        assert_eq!((first, last, again), (false, false, [false, true]));
    }

    #[test]
    fn an_unanswered_flight_is_repeated_every_second() {
        let mut flights = Flights::default();
        let now = Instant::now();
        flights.note_sent(&sent(b"hello"), now);

        let early = flights.is_overdue(now + REPEAT_AFTER / 2);
        let due = flights.is_overdue(now + REPEAT_AFTER);
        let next = flights.poll_timeout();

        assert_eq!((early, due), (false, true));
        assert_eq!(next, Some(now + REPEAT_AFTER * 2));
    }
}
