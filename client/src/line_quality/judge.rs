//! Whether the network is fit for voice, by fixed limits.

use super::{Candidate, Protocol, Quality};

/// Below it a direction is fit. ITU-T G.1010: less than 3 % for conversation.
pub const FIT_LOSS: f64 = 0.03;
/// From here on a direction is unfit: words are missing.
pub const UNFIT_LOSS: f64 = 0.1;

/// Below it a direction is fit: buffers level that out unnoticed.
pub const FIT_JITTER_MS: f64 = 30.0;
/// From here on a direction is unfit: five packets wait, or come too late.
pub const UNFIT_JITTER_MS: f64 = 100.0;

/// Below it a call is fit. ITU-T G.114: up to 150 ms one way hardly anybody notices.
pub const FIT_ROUND_TRIP_MS: f64 = 300.0;
/// From here on people talk into each other's words; G.114 plans for 400 ms one way at most, with
/// both ends of the way included.
pub const UNFIT_ROUND_TRIP_MS: f64 = 600.0;

/// What may be said of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fitness {
    /// Too little came and went for anything else.
    #[default]
    Unknown,
    Fit,
    Limited,
    Unfit,
}

/// What it is that limits a call most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    LossUp,
    LossDown,
    /// On one of both ways; only the server could tell on which.
    Loss,
    JitterUp,
    JitterDown,
    RoundTrip,
    /// Over TCP one lost packet holds up all that follow.
    Tcp,
    /// A relay takes part; by itself it limits nothing.
    Relayed,
}

/// What is to be said of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub fitness: Fitness,
    /// Of a fit network only what is worth knowing all the same.
    pub reason: Option<Reason>,
}

impl Fitness {
    /// As it is called in the page's attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Fit => "fit",
            Self::Limited => "limited",
            Self::Unfit => "unfit",
        }
    }
}

impl Reason {
    /// In the order in which they are named where several limit a call as much.
    pub const ALL: [Self; 8] = [
        Self::LossUp,
        Self::LossDown,
        Self::Loss,
        Self::JitterUp,
        Self::JitterDown,
        Self::RoundTrip,
        Self::Tcp,
        Self::Relayed,
    ];

    /// As it is called in the page's attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LossUp => "loss-up",
            Self::LossDown => "loss-down",
            Self::Loss => "loss",
            Self::JitterUp => "jitter-up",
            Self::JitterDown => "jitter-down",
            Self::RoundTrip => "round-trip",
            Self::Tcp => "tcp",
            Self::Relayed => "relayed",
        }
    }

    /// How fit a call is if it is looked at for this reason only.
    fn weigh(self, quality: &Quality) -> Option<Fitness> {
        let loss = |loss| LOSS.weigh(loss);
        let jitter = |jitter| JITTER.weigh(jitter);
        match self {
            Self::LossUp => quality.up.loss.map(loss),
            Self::LossDown => quality.down.loss.map(loss),
            Self::Loss => quality.loss.map(loss),
            Self::JitterUp => quality.up.jitter_ms.map(jitter),
            Self::JitterDown => quality.down.jitter_ms.map(jitter),
            Self::RoundTrip => quality.round_trip_ms.map(|ms| ROUND_TRIP.weigh(ms)),
            Self::Tcp => {
                let path = quality.path?;
                (path.protocol == Protocol::Tcp).then_some(Fitness::Limited)
            }
            Self::Relayed => None,
        }
    }
}

/// Judges what is known. Nothing is said before losses are, of whatever direction.
#[must_use]
pub fn judge(quality: &Quality) -> Verdict {
    let losses = [quality.up.loss, quality.down.loss, quality.loss];
    if losses == [None; 3] {
        return Verdict::default();
    }
    let mut verdict = Verdict {
        fitness: Fitness::Fit,
        reason: None,
    };
    for reason in Reason::ALL {
        // The first of several that are as bad is named.
        if let Some(fitness) = reason.weigh(quality).filter(|one| *one > verdict.fitness) {
            verdict = Verdict {
                fitness,
                reason: Some(reason),
            };
        }
    }
    let is_relayed = |path: super::Path| path.candidate == Candidate::Relay;
    if verdict.reason.is_none() && quality.path.is_some_and(is_relayed) {
        verdict.reason = Some(Reason::Relayed);
    }
    verdict
}

/// What a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Of packets, in one direction.
    Loss,
    Jitter,
    RoundTrip,
}

/// What a limit is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Shown as per cent; 0 to 1.
    Share,
    Milliseconds,
    KilobitsPerSecond,
    /// An opinion, 1 to 4.5.
    Score,
}

/// Two limits as the page shows them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    pub limit: Limit,
    pub unit: Unit,
    pub fit_below: f64,
    pub unfit_from: f64,
    /// Where the limits come from, the same in every language; nothing if they are our own.
    pub source: Option<&'static str>,
}

impl Threshold {
    fn weigh(&self, value: f64) -> Fitness {
        if value >= self.unfit_from {
            Fitness::Unfit
        } else if value >= self.fit_below {
            Fitness::Limited
        } else {
            Fitness::Fit
        }
    }
}

const LOSS: Threshold = Threshold {
    limit: Limit::Loss,
    unit: Unit::Share,
    fit_below: FIT_LOSS,
    unfit_from: UNFIT_LOSS,
    source: Some("ITU-T G.1010: 3 %"),
};

const JITTER: Threshold = Threshold {
    limit: Limit::Jitter,
    unit: Unit::Milliseconds,
    fit_below: FIT_JITTER_MS,
    unfit_from: UNFIT_JITTER_MS,
    source: None,
};

const ROUND_TRIP: Threshold = Threshold {
    limit: Limit::RoundTrip,
    unit: Unit::Milliseconds,
    fit_below: FIT_ROUND_TRIP_MS,
    unfit_from: UNFIT_ROUND_TRIP_MS,
    source: Some("ITU-T G.114: 2 × 150 ms"),
};

/// What a person may want to know of the limits.
#[must_use]
pub fn thresholds() -> [Threshold; 3] {
    [LOSS, JITTER, ROUND_TRIP]
}
