//! What a delay is made of, as far as browser and server tell.

/// What is known of the way of a sound, in milliseconds. What is not told is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    /// From the microphone to the page.
    pub capture: Option<f64>,
    /// To the server and back.
    pub round_trip: Option<f64>,
    pub hold: Hold,
    /// How long packets wait until they are played, so that none comes too late.
    pub buffer: Option<f64>,
    /// From the page to the loudspeaker.
    pub output: Option<f64>,
}

/// How long the server holds the sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Hold {
    /// Nobody told.
    #[default]
    Unknown,
    /// As long as it was asked to, in milliseconds.
    Fixed(f64),
    /// Until the person pauses: as a parrot does.
    UntilPause,
}

/// One part of the way, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Capture,
    Up,
    Server,
    Down,
    Buffer,
    /// What nobody tells: packing and unpacking, and waiting for whole packets.
    Other,
    /// The same with the parrot's wait for a pause, which nobody tells either and which is most of it.
    Parrot,
    Output,
}

impl Part {
    pub const ALL: [Self; 8] = [
        Self::Capture,
        Self::Up,
        Self::Server,
        Self::Down,
        Self::Buffer,
        Self::Other,
        Self::Parrot,
        Self::Output,
    ];

    /// For tests and style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Up => "up",
            Self::Server => "server",
            Self::Down => "down",
            Self::Buffer => "buffer",
            Self::Other => "other",
            Self::Parrot => "parrot",
            Self::Output => "output",
        }
    }
}

/// A delay in parts, in milliseconds.
///
/// Invariant: none is negative; those between capture and output sum up to what was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts(Vec<(Part, f64)>);

impl Parts {
    /// The parts of a delay measured between the page's own two ends: capture and output are
    /// outside of it and add to it.
    #[must_use]
    pub fn of(measured_ms: f64, known: &Known) -> Self {
        let mut left = measured_ms.max(0.0);
        let mut take = |wanted: Option<f64>| {
            let taken = told(wanted).map(|wanted| wanted.min(left));
            left -= taken.unwrap_or(0.0);
            taken
        };
        // What is surest comes first. A hold was asked for; the network's way is measured now and
        // then; a buffer's delay is a mean.
        let (hold, rest) = match known.hold {
            Hold::Unknown => (None, Part::Other),
            Hold::Fixed(ms) => (Some(ms), Part::Other),
            Hold::UntilPause => (None, Part::Parrot),
        };
        let server = take(hold);
        let half = told(known.round_trip).map(|whole| whole / 2.0);
        let (up, down) = (take(half), take(half));
        let buffer = take(known.buffer);
        let parts = [
            (Part::Capture, told(known.capture)),
            (Part::Up, up),
            (Part::Server, server),
            (Part::Down, down),
            (Part::Buffer, buffer),
            (rest, Some(left)),
            (Part::Output, told(known.output)),
        ];
        let known = parts.into_iter();
        Self(known.filter_map(|(part, ms)| Some((part, ms?))).collect())
    }

    /// Those that are known, in the order of the way.
    pub fn iter(&self) -> impl Iterator<Item = (Part, f64)> + '_ {
        self.0.iter().copied()
    }

    /// From the microphone to the loudspeaker, in milliseconds.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.iter().map(|(_, ms)| ms).sum()
    }
}

/// A number that makes sense. A browser may tell another.
fn told(ms: Option<f64>) -> Option<f64> {
    ms.filter(|ms| ms.is_finite() && *ms >= 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_delay_falls_into_its_parts() {
        let known = Known {
            capture: Some(10.0),
            round_trip: Some(30.0),
            hold: Hold::Fixed(500.0),
            buffer: Some(60.0),
            output: Some(25.0),
        };

        let parts = Parts::of(640.0, &known);

        assert_eq!(
            parts.iter().collect::<Vec<_>>(),
            [
                (Part::Capture, 10.0),
                (Part::Up, 15.0),
                (Part::Server, 500.0),
                (Part::Down, 15.0),
                (Part::Buffer, 60.0),
                (Part::Other, 50.0),
                (Part::Output, 25.0),
            ]
        );
        assert_eq!(parts.total(), 675.0);
    }

    #[test]
    fn what_nobody_tells_is_other() {
        let parts = Parts::of(200.0, &Known::default());

        assert_eq!(parts.iter().collect::<Vec<_>>(), [(Part::Other, 200.0)]);
    }

    #[test]
    fn a_parrots_pause_is_not_called_packing() {
        let known = Known {
            round_trip: Some(30.0),
            hold: Hold::UntilPause,
            buffer: Some(60.0),
            ..Known::default()
        };

        let parts = Parts::of(4_000.0, &known);

        assert_eq!(
            parts.iter().collect::<Vec<_>>(),
            [
                (Part::Up, 15.0),
                (Part::Down, 15.0),
                (Part::Buffer, 60.0),
                (Part::Parrot, 3_910.0),
            ]
        );
    }

    #[test]
    fn parts_are_no_more_than_the_whole() {
        let known = Known {
            hold: Hold::Fixed(150.0),
            round_trip: Some(80.0),
            buffer: Some(90.0),
            output: Some(f64::NAN),
            ..Known::default()
        };

        let parts = Parts::of(200.0, &known);

        assert_eq!(
            parts.iter().collect::<Vec<_>>(),
            [
                (Part::Up, 40.0),
                (Part::Server, 150.0),
                (Part::Down, 10.0),
                (Part::Buffer, 0.0),
                (Part::Other, 0.0),
            ]
        );
    }

    proptest! {
        #[test]
        fn the_sum_is_what_was_measured_and_both_ends(
            measured in 0.0..11_000.0_f64,
            ends in (0.0..100.0_f64, 0.0..100.0_f64),
            inside in (0.0..900.0_f64, 0.0..10_000.0_f64, 0.0..900.0_f64),
        ) {
            let known = Known {
                capture: Some(ends.0),
                round_trip: Some(inside.0),
                hold: Hold::Fixed(inside.1),
                buffer: Some(inside.2),
                output: Some(ends.1),
            };

            let parts = Parts::of(measured, &known);

            prop_assert!((parts.total() - measured - ends.0 - ends.1).abs() < 1e-6);
            prop_assert!(parts.iter().all(|(_, ms)| ms >= 0.0));
        }
    }
}
