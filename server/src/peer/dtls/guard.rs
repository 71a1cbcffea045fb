//! What of a handshake is let through to the library: it puts messages together from their parts by
//! recursion, a level for each part, and believes what a part says of its own length. Thousands of
//! parts would overflow its stack, and with it end the process.

/// A part of a message for each of that many headers is more than any handshake has, its repetitions
/// included.
const MAX_PARTS: usize = 512;
/// No message of a handshake is longer; chains of certificates come closest.
const MAX_MESSAGE_BYTES: u32 = 64 * 1024;
/// Encrypted, the one message is `Finished`, of some sixty bytes. What is in it nobody can see
/// before it is opened.
const MAX_ENCRYPTED_BYTES: usize = 256;
const MAX_ENCRYPTED: usize = 64;

const HANDSHAKE_RECORD: u8 = 22;
/// RFC 6347 §4.1.
const RECORD_HEADER: usize = 13;
/// RFC 6347 §4.2.2.
const MESSAGE_HEADER: usize = 12;

/// Of one handshake.
#[derive(Debug, Default)]
pub(super) struct Guard {
    parts: usize,
    encrypted: usize,
}

impl Guard {
    /// Whether the library may see a datagram. One that is cut off is its own business: it takes
    /// nothing of it. While hands are shaken, all that is encrypted is counted: the library keeps it
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
            let is_handshake = kind == HANDSHAKE_RECORD;
            let is_admitted = match (is_plain, is_handshake) {
                (true, true) => self.admits_parts(record),
                (false, _) if is_handshake || is_shaking => self.admits_encrypted(record),
                _ => true,
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
        let mut record = vec![HANDSHAKE_RECORD, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 1];
        record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        record.extend(body);
        record
    }

    #[test]
    fn whole_messages_parts_of_them_and_other_records_pass() {
        let mut guard = Guard::default();
        let two = [part(4, 0, 4, 4), part(0, 0, 0, 0)].concat();
        let alert = vec![21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40];

        for datagram in [
            record(0, &two),
            record(0, &part(300, 0, 255, 255)),
            record(0, &part(300, 255, 45, 45)),
            [record(0, &two), record(1, &[0; 61])].concat(),
            alert,
            vec![],
            vec![1, 2, 3],
        ] {
            assert!(guard.admits(&datagram, true), "{datagram:?}");
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
        let data = |epoch| {
            let mut data = record(epoch, &[0; 61]);
            data[0] = 23;
            data
        };
        let admitted = |guard: &mut Guard, epoch, is_shaking| {
            (0..5_000)
                .filter(|_| guard.admits(&data(epoch), is_shaking))
                .count()
        };
        let mut guard = Guard::default();

        assert_eq!(admitted(&mut guard, 1, true), MAX_ENCRYPTED);
        assert_eq!(admitted(&mut guard, 1, false), 5_000);
    }
}
