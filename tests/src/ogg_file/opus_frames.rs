//! The frames of an Opus packet, as RFC 6716 §3 lays them out.

/// The frames of one Opus packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// Samples at 48 kHz in each.
    pub samples_each: u64,
    pub bytes: Vec<usize>,
}

impl Frames {
    /// The packet's duration at 48 kHz.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples_each * self.bytes.len() as u64
    }

    pub(super) fn concealed_samples(&self) -> u64 {
        let empty = self.bytes.iter().filter(|&&bytes| bytes == 0).count();
        self.samples_each * empty as u64
    }
}

/// RFC 6716 §3.1, table 2: the durations of one frame, in samples at 48 kHz.
#[rustfmt::skip]
const FRAME_SAMPLES: [u64; 32] = [
    480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880, // SILK
    480, 960, 480, 960, // hybrid
    120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, // CELT
];

/// Takes an Opus packet apart; `None` if it is not one (RFC 6716 §3.4).
#[must_use]
pub fn frames(packet: &[u8]) -> Option<Frames> {
    let mut bytes = packet.iter().copied();
    let toc = bytes.next()?;
    let samples_each = FRAME_SAMPLES.get(usize::from(toc / 8)).copied()?;
    let lengths = match toc % 4 {
        0 => vec![bytes.len()],
        1 => halves(bytes.len())?,
        2 => {
            let first = length(&mut bytes)?;
            vec![first, bytes.len().checked_sub(first)?]
        }
        _ => {
            let head = bytes.next()?;
            let count = usize::from(head % 64);
            let padding = if head & 64 > 0 {
                padding(&mut bytes)?
            } else {
                0
            };
            if head & 128 > 0 {
                given_lengths(&mut bytes, count, padding)?
            } else {
                let all = bytes.len().checked_sub(padding)?;
                let each = all.checked_div(count)?;
                (each * count == all).then(|| vec![each; count])?
            }
        }
    };
    let is_short = samples_each * lengths.len() as u64 <= 5760;
    let is_small = lengths.iter().all(|&length| length <= 1275);
    (is_short && is_small && !lengths.is_empty()).then_some(Frames {
        samples_each,
        bytes: lengths,
    })
}

fn halves(bytes: usize) -> Option<Vec<usize>> {
    bytes.is_multiple_of(2).then(|| vec![bytes / 2; 2])
}

fn given_lengths(
    bytes: &mut (impl ExactSizeIterator<Item = u8> + Clone),
    count: usize,
    padding: usize,
) -> Option<Vec<usize>> {
    let mut lengths = Vec::new();
    for _ in 1..count {
        lengths.push(length(bytes)?);
    }
    if count > 0 {
        let given = lengths.iter().sum::<usize>() + padding;
        lengths.push(bytes.len().checked_sub(given)?);
    }
    Some(lengths)
}

fn length(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let first = usize::from(bytes.next()?);
    if first <= 251 {
        return Some(first);
    }
    Some(4 * usize::from(bytes.next()?) + first)
}

fn padding(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut all = 0;
    loop {
        match bytes.next()? {
            255 => all += 254,
            last => return Some(all + usize::from(last)),
        }
    }
}
