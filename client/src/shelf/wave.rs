//! A recording's waveform as it is drawn: some hundred strokes, and where something is missing.

use std::fmt::Write;

use shared::peaks::{Column, Peaks, SAMPLES_PER_COLUMN};

/// More strokes than that are closer together than the dots of a screen.
const MOST_STROKES: usize = 300;
/// A stretch that was not received is marked from this share on, of 255.
const MISSING: u8 = 128;
/// So much in a row is heard as an outage, however long the recording is, in columns: 200 ms.
const OUTAGE: usize = 10;
/// Quiet sound is drawn larger, but silence is not drawn as noise.
const LEAST_PEAK: f32 = 0.05;

/// A waveform, as wide as it has strokes, from -1 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wave {
    strokes: Vec<Stroke>,
    /// What was not received, in milliseconds.
    missing_ms: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Stroke {
    min: f32,
    max: f32,
    is_missing: bool,
}

impl Wave {
    #[must_use]
    pub fn of(peaks: &Peaks) -> Self {
        let columns = peaks.columns();
        let each = columns.len().div_ceil(MOST_STROKES).max(1);
        let mut missing_run = 0;
        let strokes = columns.chunks(each);
        let mut strokes: Vec<Stroke> = strokes
            .map(|columns| stroke(columns, &mut missing_run))
            .collect();
        let loudest = strokes.iter().fold(LEAST_PEAK, |peak, stroke| {
            peak.max(stroke.max).max(-stroke.min)
        });
        for stroke in &mut strokes {
            stroke.min /= loudest;
            stroke.max /= loudest;
        }
        let missing: u64 = columns.iter().map(|column| u64::from(column.missing)).sum();
        let column_ms = u64::from(SAMPLES_PER_COLUMN / 48);
        let missing_ms = missing * column_ms / 255;
        Self {
            strokes,
            missing_ms: u32::try_from(missing_ms).unwrap_or(u32::MAX),
        }
    }

    /// In strokes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.strokes.len()
    }

    /// What was not received, in milliseconds.
    #[must_use]
    pub fn missing_ms(&self) -> u32 {
        self.missing_ms
    }

    /// The sound, as the data of an SVG path.
    #[must_use]
    pub fn sound(&self) -> String {
        self.path(
            |stroke| !stroke.is_missing,
            |stroke| (stroke.max, stroke.min),
        )
    }

    /// Where something is missing, from top to bottom.
    #[must_use]
    pub fn missing(&self) -> String {
        self.path(|stroke| stroke.is_missing, |_| (1.0, -1.0))
    }

    fn path(
        &self,
        is_of: impl Fn(&Stroke) -> bool,
        ends: impl Fn(&Stroke) -> (f32, f32),
    ) -> String {
        let mut path = String::new();
        for (place, stroke) in self.strokes.iter().enumerate() {
            if is_of(stroke) {
                let (top, bottom) = ends(stroke);
                // A picture's y grows downwards. Writing into a text cannot fail.
                let _ = write!(path, "M{place}.5 {:.2}V{:.2}", -top, -bottom);
            }
        }
        path
    }
}

/// Half of a stroke, or more, was not received, or so much in a row that it is an outage.
///
/// `run` is how many columns were missing in a row before the stroke, and then at its end.
fn is_missing(columns: &[Column], run: &mut usize) -> bool {
    let (mut missing, mut is_outage) = (0, false);
    for column in columns {
        missing += usize::from(column.missing);
        *run = if column.missing < MISSING {
            0
        } else {
            *run + 1
        };
        is_outage |= *run >= OUTAGE;
    }
    is_outage || missing >= columns.len() * usize::from(MISSING)
}

fn stroke(columns: &[Column], missing_run: &mut usize) -> Stroke {
    let min = columns.iter().map(|column| column.min).min().unwrap_or(0);
    let max = columns.iter().map(|column| column.max).max().unwrap_or(0);
    Stroke {
        min: f32::from(min) / 128.0,
        max: f32::from(max) / 128.0,
        is_missing: is_missing(columns, missing_run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peaks(columns: impl IntoIterator<Item = (i8, i8, u8)>) -> Peaks {
        let mut peaks = Peaks::default();
        for (min, max, missing) in columns {
            peaks.push(Column { min, max, missing });
        }
        peaks
    }

    #[test]
    fn the_loudest_stroke_fills_the_picture_and_lost_ones_are_apart() {
        let wave = Wave::of(&peaks([(-64, 64, 0), (-32, 16, 0), (0, 0, 255)]));

        assert_eq!(wave.width(), 3);
        assert_eq!(wave.sound(), "M0.5 -1.00V1.00M1.5 -0.25V0.50");
        assert_eq!(wave.missing(), "M2.5 -1.00V1.00");
        assert_eq!(wave.missing_ms(), 20);
    }

    #[test]
    fn silence_is_a_line_and_nothing_is_nothing() {
        let silent = Wave::of(&peaks([(-1, 0, 0); 2]));

        assert_eq!(silent.sound(), "M0.5 -0.00V0.16M1.5 -0.00V0.16");
        assert_eq!(Wave::of(&peaks([])), Wave::default());
    }

    #[test]
    fn a_long_recording_with_some_losses_is_not_painted_lost() {
        let lossy = Wave::of(&peaks((0..30_000).map(|at| {
            if at % 100 == 0 {
                (0, 0, 255)
            } else {
                (-50, 50, 0)
            }
        })));

        assert_eq!(lossy.missing(), "");
        assert_eq!(lossy.missing_ms(), 6_000);
    }

    /// Ten minutes, of which so many columns from there on are missing.
    fn cut(from: usize, columns: usize) -> Wave {
        Wave::of(&peaks((0..30_000).map(|at| {
            if (from..from + columns).contains(&at) {
                (0, 0, 255)
            } else {
                (-50, 50, 0)
            }
        })))
    }

    #[test]
    fn an_outage_is_marked_however_long_the_recording_is() {
        let (within, across, short) = (cut(15_030, 10), cut(14_996, 10), cut(15_030, 9));

        assert_eq!(within.missing(), "M150.5 -1.00V1.00");
        assert_eq!(across.missing(), "M150.5 -1.00V1.00");
        assert_eq!((short.missing(), short.missing_ms()), (String::new(), 180));
    }

    #[test]
    fn a_long_outage_is_marked_to_its_end() {
        let long = cut(14_980, 130);

        assert_eq!(
            long.missing(),
            "M149.5 -1.00V1.00M150.5 -1.00V1.00M151.5 -1.00V1.00"
        );
    }

    #[test]
    fn an_hour_has_no_more_strokes_than_a_screen_shows() {
        let hour = Wave::of(&peaks((0..180_000).map(|at| {
            let loud = if at == 90_000 { 100 } else { 10 };
            (-loud, loud, 0)
        })));

        assert_eq!(hour.width(), 300);
        assert!(
            hour.sound().contains("M150.5 -1.00V1.00"),
            "no peak is lost"
        );
    }
}
