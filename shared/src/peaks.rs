//! A recording's waveform, small enough to draw at once: `peaks.bin`, beside the audio.
//!
//! Little endian: `VCPK`, a version (1), a zero byte, samples per column (16 bits), the number of
//! columns (32 bits), then three bytes a column: least level, greatest level, share missing.

/// The file's name in the conversation's folder.
pub const PEAKS_FILE: &str = "peaks.bin";

/// What one column lasts, at 48 kHz: 20 ms.
pub const SAMPLES_PER_COLUMN: u16 = 960;

/// A day of columns; no recording lasts longer.
pub const MAX_COLUMNS: usize = 24 * 3600 * 50;

/// Nobody has to read more than this.
pub const MAX_PEAKS_BYTES: usize = HEADER_BYTES + MAX_COLUMNS * COLUMN_BYTES;

const MAGIC: [u8; 4] = *b"VCPK";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 12;
const COLUMN_BYTES: usize = 3;

/// The levels of 20 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Full scale is -128.
    pub min: i8,
    /// Full scale is 127.
    pub max: i8,
    /// How much of it is frames without a byte: 255 is all of it.
    pub missing: u8,
}

/// The waveform of one recording.
///
/// Invariant: at most [`MAX_COLUMNS`] columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    columns: Vec<Column>,
}

/// The bytes are no peaks that we can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParsePeaksError {
    /// Another kind of file, or another version of it.
    Format,
    /// Shorter or longer than it says.
    Length,
    /// More columns than any recording has.
    TooLong,
}

impl std::fmt::Display for ParsePeaksError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Format => "not peaks of a known version",
            Self::Length => "the peaks are not as long as they say",
            Self::TooLong => "the peaks are longer than any recording",
        })
    }
}

impl std::error::Error for ParsePeaksError {}

impl Peaks {
    /// Adds the next column; beyond [`MAX_COLUMNS`] there is none.
    pub fn push(&mut self, column: Column) {
        if self.columns.len() < MAX_COLUMNS {
            self.columns.push(column);
        }
    }

    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u32::try_from(self.columns.len()).expect("no more than MAX_COLUMNS");
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.columns.len() * COLUMN_BYTES);
        bytes.extend(MAGIC);
        bytes.extend([VERSION, 0]);
        bytes.extend(SAMPLES_PER_COLUMN.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        for &Column { min, max, missing } in &self.columns {
            bytes.extend([min.to_le_bytes()[0], max.to_le_bytes()[0], missing]);
        }
        bytes
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`ParsePeaksError`], before anything is allocated.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParsePeaksError> {
        let Some((header, body)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(ParsePeaksError::Format);
        };
        let [a, b, c, d, version, zero, low, high, count @ ..] = *header;
        let samples = u16::from_le_bytes([low, high]);
        let is_ours = [a, b, c, d] == MAGIC && (version, zero) == (VERSION, 0);
        if !is_ours || samples != SAMPLES_PER_COLUMN {
            return Err(ParsePeaksError::Format);
        }
        let count = usize::try_from(u32::from_le_bytes(count));
        let count = count.map_err(|_| ParsePeaksError::TooLong)?;
        if count > MAX_COLUMNS {
            return Err(ParsePeaksError::TooLong);
        }
        let (columns, rest) = body.as_chunks::<COLUMN_BYTES>();
        if columns.len() != count || !rest.is_empty() {
            return Err(ParsePeaksError::Length);
        }
        let columns = columns
            .iter()
            .map(|&[min, max, missing]| Column {
                min: i8::from_le_bytes([min]),
                max: i8::from_le_bytes([max]),
                missing,
            })
            .collect();
        Ok(Self { columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peaks() -> Peaks {
        let mut peaks = Peaks::default();
        peaks.push(Column {
            min: -128,
            max: 127,
            missing: 0,
        });
        peaks.push(Column {
            min: -1,
            max: 2,
            missing: 255,
        });
        peaks
    }

    #[test]
    fn the_file_is_right_byte_by_byte() {
        let bytes = peaks().to_bytes();

        let expected = b"VCPK\x01\0\xc0\x03\x02\0\0\0\x80\x7f\0\xff\x02\xff";
        assert_eq!(bytes, expected);
        assert_eq!(Peaks::from_bytes(&bytes), Ok(peaks()));
    }

    #[test]
    fn a_file_cut_or_lengthened_anywhere_is_refused() {
        let mut bytes = peaks().to_bytes();
        for length in 0..bytes.len() {
            assert!(Peaks::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        bytes.push(0);

        assert_eq!(Peaks::from_bytes(&bytes), Err(ParsePeaksError::Length));
    }

    #[test]
    fn a_strange_header_is_refused() {
        for place in 0..8 {
            let mut bytes = peaks().to_bytes();
            bytes[place] ^= 1;

            assert_eq!(Peaks::from_bytes(&bytes), Err(ParsePeaksError::Format));
        }
    }

    #[test]
    fn more_columns_than_any_recording_has_are_refused_and_never_made() {
        let mut bytes = peaks().to_bytes();
        bytes[8..12].fill(0xff);
        assert_eq!(Peaks::from_bytes(&bytes), Err(ParsePeaksError::TooLong));
        let mut peaks = Peaks::default();

        (0..=MAX_COLUMNS).for_each(|_| peaks.push(Column::default()));

        assert_eq!(peaks.to_bytes().len(), MAX_PEAKS_BYTES);
    }
}
