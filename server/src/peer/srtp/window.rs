//! Which numbers were seen: each is taken once (RFC 3711 §3.3.2).

/// At least 64 (RFC 3711 §3.3.2).
const NARROW: usize = 1;
/// More packets than the recorder ever waits for: 2,048.
const WIDE: usize = 32;
const WORD: u64 = u64::BITS as u64;

/// For reports: the last 64 numbers.
pub(super) type Window = Numbers<NARROW>;
/// For packets of audio: the last 2,048 numbers.
pub(super) type WideWindow = Numbers<WIDE>;

/// The highest number that was seen, and which of the `64 * WORDS` up to it were.
#[derive(Clone, Debug)]
pub(super) struct Numbers<const WORDS: usize> {
    highest: Option<u64>,
    /// A ring: number n is bit n % 64 of word n / 64 % `WORDS`.
    seen: [u64; WORDS],
}

impl<const WORDS: usize> Default for Numbers<WORDS> {
    fn default() -> Self {
        Self {
            highest: None,
            seen: [0; WORDS],
        }
    }
}

impl<const WORDS: usize> Numbers<WORDS> {
    const LENGTH: u64 = WORDS as u64 * WORD;

    /// That number was seen, and none before it.
    pub(super) fn starting_at(number: u64) -> Self {
        let mut numbers = Self::default();
        numbers.accept(number);
        numbers
    }

    /// The index nearest to the highest one that has this sequence number in its lower half
    /// (RFC 3711 §3.3.1).
    pub(super) fn index_of(&self, sequence_number: u16) -> u64 {
        let highest = self.highest.unwrap_or_default();
        let [.., high, low] = highest.to_be_bytes();
        let ahead = sequence_number.wrapping_sub(u16::from_be_bytes([high, low]));
        match ahead.cast_signed() {
            behind @ ..0 => highest
                .checked_sub(behind.unsigned_abs().into())
                // Nothing was sent before the first rollover counter.
                .unwrap_or(highest + u64::from(ahead)),
            ahead => highest + u64::from(ahead.unsigned_abs()),
        }
    }

    /// Whether that number is neither seen nor too old to tell.
    pub(super) fn is_new(&self, number: u64) -> bool {
        match self.highest {
            None => true,
            Some(highest) if number > highest => true,
            Some(highest) => highest - number < Self::LENGTH && !self.has(number),
        }
    }

    /// Notes that a new number was seen.
    pub(super) fn accept(&mut self, number: u64) {
        let highest = self.highest.unwrap_or(number);
        if number > highest {
            self.clear_between(highest, number);
        }
        self.highest = Some(highest.max(number));
        if let Some(word) = self.seen.get_mut(Self::word_of(number)) {
            *word |= 1 << (number % WORD);
        }
    }

    /// The ring is used anew for the numbers behind `highest`, up to `number`.
    fn clear_between(&mut self, highest: u64, number: u64) {
        if number - highest >= Self::LENGTH {
            self.seen = [0; WORDS];
            return;
        }
        for skipped in highest + 1..=number {
            if let Some(word) = self.seen.get_mut(Self::word_of(skipped)) {
                *word &= !(1 << (skipped % WORD));
            }
        }
    }

    fn has(&self, number: u64) -> bool {
        let word = self
            .seen
            .get(Self::word_of(number))
            .copied()
            .unwrap_or_default();
        word >> (number % WORD) & 1 == 1
    }

    fn word_of(number: u64) -> usize {
        // Less than the number of words.
        usize::try_from(number / WORD % WORDS as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_index_is_the_nearest_one_with_that_sequence_number() {
        let at =
            |highest, sequence_number| WideWindow::starting_at(highest).index_of(sequence_number);

        assert_eq!(at(65_530, 3), 65_539);
        assert_eq!(at(65_539, 65_530), 65_530);
        assert_eq!(at(0x5_0000, 0xffff), 0x4_ffff);
        assert_eq!(at(0x5_7fff, 0xfffe), 0x5_fffe);
        assert_eq!(at(0x5_7fff, 0xffff), 0x4_ffff);
        // There is no rollover before the first.
        assert_eq!(at(10, 0xfff0), 0xfff0);
    }

    proptest! {
        #[test]
        fn a_number_is_new_once_and_only_while_it_can_be_known(
            steps in proptest::collection::vec(-3_000_i64..3_000, 1..400),
        ) {
            let mut numbers = WideWindow::default();
            let (mut seen, mut highest, mut at) = (HashSet::new(), 0, 100_000_i64);
            for step in steps {
                at = (at + step).max(0);
                let number = at.unsigned_abs();
                let is_known = seen.is_empty() || number > highest || highest - number < 2_048;

                prop_assert_eq!(numbers.is_new(number), is_known && !seen.contains(&number));
                if numbers.is_new(number) {
                    numbers.accept(number);
                    seen.insert(number);
                    highest = highest.max(number);
                }
            }
        }
    }
}
