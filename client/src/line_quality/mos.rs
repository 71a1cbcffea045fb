//! What people would think of a direction of the call, by the E-model (ITU-T G.107), simplified.
//!
//! `R = 93.2 - Idd - Ie,eff`: G.107 with its default values for all that is not the network, so that
//! only the delay and the losses remain (R. G. Cole, J. H. Rosenbluth: Voice over IP performance
//! monitoring, ACM CCR 31(2), 2001). It is an estimate: nobody listened.

/// R of a call without delay and losses, by the default values of G.107.
const BEST_R: f64 = 93.2;

/// Up to here a delay hardly matters, one way, in milliseconds (Cole & Rosenbluth).
const FREE_DELAY_MS: f64 = 177.3;

/// What the codec itself costs. Opus at its rates for speech is no worse than G.711, which has 0.
const CODEC_IMPAIRMENT: f64 = 0.0;

/// How well the codec hides losses, `Bpl`. G.113 has no value for Opus, so this is the one it has for
/// G.711 with packet loss concealment (Appendix I: 25.1, losses at random). Opus conceals at least as
/// well, and may send again within a packet what was in the one before.
const LOSS_ROBUSTNESS: f64 = 25.1;

/// From here on people are satisfied (G.107 Annex B: R = 80). With a usual delay it is where 3 % are
/// lost.
pub const GOOD_MOS: f64 = 4.03;
/// No opinion is higher (G.107 Annex B).
pub const BEST_MOS: f64 = 4.5;

/// What packing costs, in milliseconds: a packet of 20 ms, and the 6.5 ms by which Opus looks ahead
/// (RFC 6716 §2).
pub const PACKING_MS: f64 = 26.5;

/// Where no buffer is known, one that is as long as so many times the jitter: hardly a packet is late
/// by more.
pub const BUFFER_JITTERS: f64 = 2.0;

/// The mean opinion score, 1 to 4.5, of a mouth-to-ear delay in milliseconds one way and a loss of 0
/// to 1.
#[must_use]
pub fn mos(one_way_ms: f64, loss: f64) -> f64 {
    score(rating(one_way_ms, loss))
}

/// The rating R.
fn rating(one_way_ms: f64, loss: f64) -> f64 {
    BEST_R - delay_impairment(one_way_ms.max(0.0)) - loss_impairment(loss.clamp(0.0, 1.0))
}

/// `Idd`, as Cole & Rosenbluth fitted it to G.107.
fn delay_impairment(one_way_ms: f64) -> f64 {
    0.024 * one_way_ms + 0.11 * (one_way_ms - FREE_DELAY_MS).max(0.0)
}

/// `Ie,eff` (G.107 §3.5), for losses at random.
fn loss_impairment(loss: f64) -> f64 {
    let percent = loss * 100.0;
    CODEC_IMPAIRMENT + (95.0 - CODEC_IMPAIRMENT) * percent / (percent + LOSS_ROBUSTNESS)
}

/// The opinion that belongs to a rating (G.107 Annex B).
fn score(r: f64) -> f64 {
    let r = r.clamp(0.0, 100.0);
    let score = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
    // Below R = 6.5 the cubic dips under the worst opinion there is.
    score.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-4, "{found} for {expected}");
    }

    #[test]
    fn ratings_are_those_computed_by_hand() {
        // 93.2
        assert_near(rating(0.0, 0.0), 93.2);
        // 93.2 - 0.024 × 100
        assert_near(rating(100.0, 0.0), 90.8);
        // 93.2 - 0.024 × 277.3 - 0.11 × 100
        assert_near(rating(277.3, 0.0), 75.5448);
        // 93.2 - 95 × 1 / 26.1
        assert_near(rating(0.0, 0.01), 89.5602);
        // 93.2 - 2.4 - 95 × 10 / 35.1
        assert_near(rating(100.0, 0.1), 63.7344);
    }

    #[test]
    fn scores_are_those_computed_by_hand() {
        // 1 + 0.035 × 93.2 + 93.2 × 33.2 × 6.8 × 7e-6
        assert_near(mos(0.0, 0.0), 4.4093);
        // 1 + 0.035 × 60 + 0
        assert_near(score(60.0), 3.1);
        // 1 + 0.035 × 80 + 80 × 20 × 20 × 7e-6; the table of G.107 rounds it up.
        assert_near(score(80.0), 4.024);
        assert!((score(80.0) - GOOD_MOS).abs() < 0.01);
        // 1 + 0.035 × 50 - 50 × 10 × 50 × 7e-6
        assert_near(score(50.0), 2.575);
        // 1 + 0.035 × 63.7344 + 63.7344 × 3.7344 × 36.2656 × 7e-6
        assert_near(mos(100.0, 0.1), 3.2911);
        assert_near(score(0.0), 1.0);
        assert_near(score(-20.0), 1.0);
        assert_near(score(120.0), 4.5);
    }

    #[test]
    fn more_delay_or_more_loss_never_sounds_better() {
        for step in 0..400 {
            let (delay, loss) = (f64::from(step) * 5.0, f64::from(step) / 400.0);
            for other in [0.0, 0.02, 0.2] {
                assert!(mos(delay + 5.0, other) <= mos(delay, other), "{delay} ms");
            }
            for other in [0.0, 150.0, 600.0] {
                assert!(mos(other, loss + 0.0025) <= mos(other, loss), "{loss}");
            }
        }
    }

    #[test]
    fn a_score_stays_within_its_scale() {
        for (delay, loss) in [(-5.0, -1.0), (0.0, 0.0), (1e9, 0.0), (0.0, 7.0), (1e9, 1.0)] {
            let score = mos(delay, loss);

            assert!((1.0..=4.5).contains(&score), "{score}");
        }
    }
}
