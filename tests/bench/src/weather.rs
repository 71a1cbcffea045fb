//! A bad network between a caller and the server: what it does to each datagram. Sans-IO.

use std::str::FromStr;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

/// What an overtaken datagram waits beyond all others: more than one packet's 20 ms.
const HELD_BACK: Duration = Duration::from_millis(30);
/// One way. More would not let an echo come within the five seconds that it is waited for.
const LONGEST: Duration = Duration::from_secs(2);

/// What happens on the way, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weather {
    /// Of datagrams, 0 to 1, that are lost.
    pub loss: f64,
    /// Every datagram is under way so long, and up to `jitter` longer.
    pub delay: Duration,
    pub jitter: Duration,
    /// Of datagrams, 0 to 1, that wait until others have overtaken them.
    pub reorder: f64,
    /// Of datagrams, 0 to 1, that come twice.
    pub duplicate: f64,
}

/// A network that cannot be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WeatherError {
    #[error(
        "`{0}`: expected loss=PERCENT, delay=MS, jitter=MS, reorder=PERCENT or duplicate=PERCENT"
    )]
    Unknown(String),
    #[error("`{0}`: expected 0 to 100 percent")]
    NoPercentage(String),
    #[error("`{0}`: expected 0 to 2000 milliseconds")]
    NoDelay(String),
    #[error("`{0}`: expected delay and jitter to be 2000 milliseconds together at most")]
    TooLong(String),
}

impl Weather {
    /// No datagram is longer under way, one way.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.delay + self.jitter + HELD_BACK
    }
}

impl FromStr for Weather {
    type Err = WeatherError;

    fn from_str(text: &str) -> Result<Self, WeatherError> {
        let mut weather = Self::default();
        for part in text.split(',') {
            let unknown = || WeatherError::Unknown(part.to_owned());
            let (name, value) = part.split_once('=').ok_or_else(unknown)?;
            match name.trim() {
                "loss" => weather.loss = percentage(value)?,
                "delay" => weather.delay = milliseconds(value)?,
                "jitter" => weather.jitter = milliseconds(value)?,
                "reorder" => weather.reorder = percentage(value)?,
                "duplicate" => weather.duplicate = percentage(value)?,
                _ => return Err(unknown()),
            }
        }
        if weather.delay + weather.jitter > LONGEST {
            return Err(WeatherError::TooLong(text.to_owned()));
        }
        Ok(weather)
    }
}

fn percentage(text: &str) -> Result<f64, WeatherError> {
    let value: Option<f64> = text.trim().parse().ok();
    value
        .filter(|value| (0.0..=100.0).contains(value))
        .map(|value| value / 100.0)
        .ok_or_else(|| WeatherError::NoPercentage(text.to_owned()))
}

fn milliseconds(text: &str) -> Result<Duration, WeatherError> {
    let value: Option<u64> = text.trim().parse().ok();
    value
        .map(Duration::from_millis)
        .filter(|delay| *delay <= LONGEST)
        .ok_or_else(|| WeatherError::NoDelay(text.to_owned()))
}

/// The weather of one direction, as it comes.
pub struct Sky {
    weather: Weather,
    random: SmallRng,
}

impl Sky {
    /// The same `seed` has the same happen.
    #[must_use]
    pub fn new(weather: Weather, seed: u64) -> Self {
        Self {
            weather,
            random: SmallRng::seed_from_u64(seed),
        }
    }

    /// How long the next datagram is under way: none if it is lost, two if it comes twice.
    pub fn delays(&mut self) -> impl Iterator<Item = Duration> + use<> {
        let weather = self.weather;
        let times = if self.random.random_bool(weather.loss) {
            0
        } else {
            1 + usize::from(self.random.random_bool(weather.duplicate))
        };
        let mut delays = [None; 2];
        for delay in delays.iter_mut().take(times) {
            let jitter = weather.jitter.mul_f64(self.random.random());
            let held_back = if self.random.random_bool(weather.reorder) {
                HELD_BACK
            } else {
                Duration::ZERO
            };
            *delay = Some(weather.delay + jitter + held_back);
        }
        delays.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sky(weather: &str) -> Sky {
        Sky::new(weather.parse().unwrap(), 1)
    }

    #[test]
    fn fair_weather_lets_everything_through_at_once() {
        let mut sky = Sky::new(Weather::default(), 1);

        for _ in 0..1_000 {
            assert_eq!(sky.delays().collect::<Vec<_>>(), [Duration::ZERO]);
        }
    }

    #[test]
    fn the_weather_is_as_it_was_asked_for() {
        let mut sky = sky("loss=10,delay=40,jitter=20,reorder=5,duplicate=2");
        let (mut lost, mut twice, mut held_back) = (0, 0, 0);
        for _ in 0..10_000 {
            let delays: Vec<Duration> = sky.delays().collect();
            lost += usize::from(delays.is_empty());
            twice += usize::from(delays.len() == 2);
            for took in delays {
                assert!(took >= Duration::from_millis(40) && took < sky.weather.longest());
                held_back += usize::from(took >= Duration::from_millis(70));
            }
        }
        assert!((900..1_100).contains(&lost), "{lost}");
        assert!((120..240).contains(&twice), "{twice}");
        assert!((360..560).contains(&held_back), "{held_back}");
    }

    #[test]
    fn what_is_no_weather_is_refused() {
        let error = |text: &str| text.parse::<Weather>().unwrap_err().to_string();

        assert!(error("rain=1").starts_with("`rain=1`: expected loss"));
        assert!(error("loss").starts_with("`loss`: expected loss"));
        assert!(error("loss=101").contains("0 to 100 percent"));
        assert!(error("loss=NaN").contains("0 to 100 percent"));
        assert!(error("delay=2001").contains("0 to 2000 milliseconds"));
        assert!(error("loss=1,delay=-1").contains("0 to 2000 milliseconds"));
        assert!(error("delay=1500,jitter=501").contains("together at most"));
    }
}
