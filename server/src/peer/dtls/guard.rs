//! What of a handshake is let through to the library: it puts messages together from their parts by
//! recursion, a level for each part, and believes what a part says of its own length. Thousands of
//! parts would overflow its stack, and with it end the process.
//!
//! It also believes alerts that nobody sealed, and ends the handshake over any other record in the
//! clear that it does not expect there: whoever knows the caller's address could send one.

/// A part of a message for each of that many headers is more than any handshake has, its repetitions
/// included.
const MAX_PARTS: usize = 512;
/// No message of a handshake is longer; chains of certificates come closest.
const MAX_MESSAGE_BYTES: u32 = 64 * 1024;
/// Encrypted, the one message is `Finished`, of some sixty bytes. What is in it nobody can see
/// before it is opened.
const MAX_ENCRYPTED_BYTES: usize = 256;
const MAX_ENCRYPTED: usize = 64;
/// One with each repetition of a flight.
const MAX_CHANGES: usize = 64;

const CHANGE_RECORD: u8 = 20;
pub(super) const HANDSHAKE_RECORD: u8 = 22;
/// All that a change of ciphers ever says (RFC 5246 §7.1).
const CHANGE: [u8; 1] = [1];
/// RFC 6347 §4.1.
const RECORD_HEADER: usize = 13;
/// RFC 6347 §4.2.2.
const MESSAGE_HEADER: usize = 12;

/// Of one handshake.
#[derive(Debug, Default)]
pub(super) struct Guard {
    parts: usize,
    encrypted: usize,
    changes: usize,
}

impl Guard {
    /// Whether the library may see a datagram. One that is cut off is its own business: it takes
    /// nothing of it. In the clear pass only messages of a handshake and changes of ciphers.
    ///
    /// While hands are shaken, those and all that is encrypted are counted: the library keeps it
    /// until it has keys, and opens it all at once.
    pub(super) fn admits(&mut self, datagram: &[u8], is_shaking: bool) -> bool {
        let mut rest = datagram;
        while let Some((header, body)) = rest.split_at_checked(RECORD_HEADER) {
            let [kind, _, _, epoch_high, epoch_low, .., high, low] = *header else {
                return false;
            };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let Some((record, next)) = body.split_at_checked(length) else {
                return true;
            };
            let is_plain = (epoch_high, epoch_low) == (0, 0);
            let is_admitted = match (kind, is_plain) {
                (HANDSHAKE_RECORD, true) => self.admits_parts(record),
                (CHANGE_RECORD, true) => self.admits_change(record, is_shaking),
                // The library takes a change of ciphers for authentic under any keys.
                (CHANGE_RECORD, false) | (_, true) => false,
                (HANDSHAKE_RECORD, false) => self.admits_encrypted(record),
                (_, false) => !is_shaking || self.admits_encrypted(record),
            };
            if !is_admitted {
                return false;
            }
            rest = next;
        }
        true
    }

    fn admits_encrypted(&mut self, record: &[u8]) -> bool {
        self.encrypted += 1;
        record.len() <= MAX_ENCRYPTED_BYTES && self.encrypted <= MAX_ENCRYPTED
    }

    fn admits_change(&mut self, record: &[u8], is_shaking: bool) -> bool {
        self.changes += usize::from(is_shaking);
        record == CHANGE && (!is_shaking || self.changes <= MAX_CHANGES)
    }

    fn admits_parts(&mut self, record: &[u8]) -> bool {
        let mut rest = record;
        while !rest.is_empty() {
            let Some((header, body)) = rest.split_at_checked(MESSAGE_HEADER) else {
                return false;
            };
            let [_, a, b, c, _, _, d, e, f, g, h, i] = *header else {
                return false;
            };
            let message_length = u32::from_be_bytes([0, a, b, c]);
            let offset = u32::from_be_bytes([0, d, e, f]);
            let length = u32::from_be_bytes([0, g, h, i]);
            self.parts += 1;
            // Three bytes each.
            let is_within = offset + length <= message_length;
            if !is_within || message_length > MAX_MESSAGE_BYTES || self.parts > MAX_PARTS {
                return false;
            }
            let Some(next) = usize::try_from(length)
                .ok()
                .and_then(|length| body.get(length..))
            else {
                return false;
            };
            rest = next;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT_RECORD: u8 = 21;
    const DATA_RECORD: u8 = 23;

    fn three(number: u32) -> [u8; 3] {
        let [_, a, b, c] = number.to_be_bytes();
        [a, b, c]
    }

    fn part(message_length: u32, offset: u32, length: u32, bytes: usize) -> Vec<u8> {
        let mut part = vec![1];
        part.extend(three(message_length));
        part.extend([0, 0]);
        part.extend(three(offset));
        part.extend(three(length));
        part.resize(part.len() + bytes, 7);
        part
    }

    fn record(epoch: u8, body: &[u8]) -> Vec<u8> {
        record_of(HANDSHAKE_RECORD, epoch, body)
    }

    fn record_of(kind: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 1];
        record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        record.extend(body);
        record
    }

    #[test]
    fn whole_messages_parts_of_them_and_sealed_records_pass() {
        let mut guard = Guard::default();
        let two = [part(4, 0, 4, 4), part(0, 0, 0, 0)].concat();
        let change = record_of(CHANGE_RECORD, 0, &CHANGE);

        for datagram in [
            record(0, &two),
            record(0, &part(300, 0, 255, 255)),
            record(0, &part(300, 255, 45, 45)),
            [record(0, &two), change, record(1, &[0; 61])].concat(),
            record_of(ALERT_RECORD, 1, &[0; 26]),
            vec![],
            vec![1, 2, 3],
        ] {
            assert!(guard.admits(&datagram, true), "{datagram:?}");
        }
    }

    #[test]
    fn what_nobody_sealed_is_a_handshake_or_nothing() {
        for bad in [
            record_of(ALERT_RECORD, 0, &[1, 0]),
            record_of(ALERT_RECORD, 0, &[2, 40]),
            record_of(DATA_RECORD, 0, b"data"),
            record_of(99, 0, &[0; 4]),
            record_of(CHANGE_RECORD, 0, &[]),
            record_of(CHANGE_RECORD, 0, &[0]),
            record_of(CHANGE_RECORD, 0, &[1, 1]),
            // No cipher covers these.
            record_of(CHANGE_RECORD, 1, &[0]),
            record_of(CHANGE_RECORD, 1, &CHANGE),
        ] {
            for is_shaking in [true, false] {
                let behind = [record(0, &part(4, 0, 4, 4)), bad.clone()].concat();
                let mut guard = Guard::default();

                let admitted = [&bad, &behind].map(|bad| guard.admits(bad, is_shaking));

                assert_eq!(admitted, [false, false], "{bad:?}");
            }
        }
    }

    #[test]
    fn parts_that_lie_about_their_length_do_not() {
        for bad in [
            part(0, 5, 1, 0),
            part(4, 0, 4, 3),
            part(4, 2, 3, 3),
            part(1 << 20, 0, 4, 4),
            vec![1, 0, 0],
        ] {
            assert!(!Guard::default().admits(&record(0, &bad), true), "{bad:?}");
        }
    }

    #[test]
    fn no_handshake_has_thousands_of_parts() {
        let mut guard = Guard::default();
        let admitted = (0..5_000)
            .filter(|offset| guard.admits(&record(0, &part(60_000, *offset, 1, 1)), true))
            .count();
        let mut guard = Guard::default();
        let encrypted = (0..5_000)
            .filter(|_| guard.admits(&record(1, &[0; 61]), false))
            .count();

        assert_eq!((admitted, encrypted), (MAX_PARTS, MAX_ENCRYPTED));
        assert!(!Guard::default().admits(&record(1, &[0; 300]), false));
    }

    #[test]
    fn nobody_fills_the_room_of_what_waits_for_keys() {
        let data = record_of(DATA_RECORD, 1, &[0; 61]);
        let change = record_of(CHANGE_RECORD, 0, &CHANGE);
        let admitted = |guard: &mut Guard, record: &[u8], is_shaking| {
            (0..5_000)
                .filter(|_| guard.admits(record, is_shaking))
                .count()
        };
        let mut guard = Guard::default();

        assert_eq!(admitted(&mut guard, &data, true), MAX_ENCRYPTED);
        assert_eq!(admitted(&mut guard, &change, true), MAX_CHANGES);
        assert_eq!(admitted(&mut guard, &data, false), 5_000);
        assert_eq!(admitted(&mut guard, &change, false), 5_000);
    }
}
