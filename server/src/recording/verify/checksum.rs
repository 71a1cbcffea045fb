//! The checksum of Ogg pages (RFC 3533 §6): polynomial 0x04c11db7, most significant bit first.

const POLYNOMIAL: u32 = 0x04c1_1db7;
/// So many bytes are taken at once.
const STRIDE: usize = 8;

/// For each distance from the end of a stride, what a byte there adds to the sum.
static TABLES: [[u32; 256]; STRIDE] = tables();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the index is below 256, and `try_from` is not const"
)]
const fn tables() -> [[u32; 256]; STRIDE] {
    let mut tables = [[0; 256]; STRIDE];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = (byte as u32) << 24;
        let mut distance = 0;
        while distance < STRIDE {
            let mut bit = 0;
            while bit < 8 {
                sum = (sum << 1) ^ if sum >> 31 == 1 { POLYNOMIAL } else { 0 };
                bit += 1;
            }
            tables[distance][byte] = sum;
            distance += 1;
        }
        byte += 1;
    }
    tables
}

/// Continues the sum over further bytes; it begins with 0.
pub(super) fn checksum(mut sum: u32, bytes: &[u8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = &TABLES;
    let (strides, rest) = bytes.as_chunks::<STRIDE>();
    for &[a, b, c, d, e, f, g, h] in strides {
        let [s0, s1, s2, s3] = sum.to_be_bytes();
        sum = at(t7, a ^ s0)
            ^ at(t6, b ^ s1)
            ^ at(t5, c ^ s2)
            ^ at(t4, d ^ s3)
            ^ at(t3, e)
            ^ at(t2, f)
            ^ at(t1, g)
            ^ at(t0, h);
    }
    for &byte in rest {
        let [first, ..] = sum.to_be_bytes();
        sum = (sum << 8) ^ at(t0, first ^ byte);
    }
    sum
}

#[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
fn at(table: &[u32; 256], byte: u8) -> u32 {
    table[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bit_by_bit(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |sum, &byte| {
            (0..8).fold(sum ^ u32::from(byte) << 24, |sum: u32, _| {
                (sum << 1) ^ if sum >> 31 == 1 { POLYNOMIAL } else { 0 }
            })
        })
    }

    proptest! {
        #[test]
        fn eight_bytes_at_once_sum_up_to_the_same(bytes: Vec<u8>, cut in 0..100_usize) {
            let (first, second) = bytes.split_at(cut.min(bytes.len()));

            prop_assert_eq!(checksum(checksum(0, first), second), bit_by_bit(&bytes));
        }
    }
}
