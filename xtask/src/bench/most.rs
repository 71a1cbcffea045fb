//! The most calls that are fit for voice: of each server on one core, in turn, and of ours on two.

use std::{collections::BTreeMap, thread};

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};

use super::calls::{APART, Known, Place, ROUNDS, ask, measured, median, number, under_load};
use super::servers::{Programs, Server};
use crate::steps;

/// How the tool is asked for them. More than it is asked for is not found.
const SEARCH: [&str; 7] = [
    "--find-max",
    "--calls",
    "4800",
    "--ramp",
    "200",
    "--seconds",
    "5",
];
/// How a number of calls is tried where callers share the core of a shard.
const TRY: [&str; 4] = ["--ramp", "200", "--seconds", "5"];
/// So many calls of each core are tried first, and then by hundreds up to the last.
const FIRST: [usize; 2] = [200, 400];
const CLIMB: std::ops::RangeInclusive<usize> = 600..=2_400;
const STEP: usize = 100;
/// Less than this of the packets may be lost, as the tool has it for its verdict.
const LOSS_PERCENT: f64 = 0.1;
/// 99 % of the packets are back sooner; the same.
const P99_US: f64 = 20_000.0;
/// Of what is due, callers send at least so much, sooner or later.
const SENT: f64 = 0.99;
/// From each call.
const PACKETS_A_SECOND: f64 = 50.0;
/// Callers give way to the shard beside them, who weighs three times as much: at 19 they starve,
/// and do not send what is due long before the core is full.
const BESIDE: &str = "5";
/// One core with a shard and its callers on it.
const ONE_CORE: [Place; 1] = [Place {
    server: "0",
    callers: "0",
    niceness: BESIDE,
}];
/// Two such cores, by the callers of each.
const TWO_CORES: [Place; 2] = [
    Place {
        server: "0,1",
        callers: "0",
        niceness: BESIDE,
    },
    Place {
        server: "0,1",
        callers: "1",
        niceness: BESIDE,
    },
];

/// What one search found.
struct Found {
    calls: f64,
    /// What there were no more for: `server`, `caller` or `asked`.
    limited_by: String,
}

impl Found {
    /// Searches with a server of its own.
    fn search(programs: &Programs, server: Server, place: &Place) -> Result<Self> {
        let figures = ask(programs, server, place, &SEARCH)?;
        let found = figures.pointer("/search").and_then(Self::read);
        found.context("nothing was found")
    }

    /// Searches with a shard for each place, and in each place callers of their own: those of one process
    /// would need about a core for themselves.
    fn beside(programs: &Programs, places: &[Place]) -> Result<Self> {
        let each = climb(|calls| together(programs, places, calls))?;
        Ok(Self {
            calls: f64::from(u32::try_from(places.len())?) * each.calls,
            ..each
        })
    }

    fn read(search: &Value) -> Option<Self> {
        Some(Self {
            calls: number(search, "/calls")?,
            limited_by: search.pointer("/limited_by")?.as_str()?.to_owned(),
        })
    }

    fn words(&self) -> String {
        let calls = self.calls;
        match self.limited_by.as_str() {
            "server" => format!("{calls}"),
            "caller" => format!("{calls} (the caller could not do more)"),
            _ => format!("{calls} (more were not asked for)"),
        }
    }

    fn json(&self) -> Value {
        json!({"calls": self.calls, "limited_by": self.limited_by})
    }

    /// How many times the calls of the other: nobody knows, unless both had enough. Whether the shard
    /// has no more to give or its callers beside it have not, their core is full.
    fn times(&self, other: &Self) -> Option<f64> {
        let is_known = [self, other]
            .iter()
            .all(|found| found.limited_by != "asked");
        (is_known && other.calls > 0.0).then_some(self.calls / other.calls)
    }
}

/// What a number of calls showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Hold,
    TooMany,
    CallerLate,
}

/// Goes up from few calls as long as they hold, each number at the second try at the latest: of far too
/// many, callers who give way to a shard would not come to an end.
fn climb(mut holds: impl FnMut(usize) -> Result<Verdict>) -> Result<Found> {
    let mut held = 0_u32;
    for calls in FIRST.into_iter().chain(CLIMB.step_by(STEP)) {
        let verdict = match holds(calls)? {
            Verdict::Hold => Verdict::Hold,
            Verdict::TooMany | Verdict::CallerLate => holds(calls)?,
        };
        let limited_by = match verdict {
            Verdict::Hold => {
                held = u32::try_from(calls)?;
                continue;
            }
            Verdict::TooMany => "server",
            Verdict::CallerLate => "caller",
        };
        return Ok(Found {
            calls: f64::from(held),
            limited_by: limited_by.to_owned(),
        });
    }
    Ok(Found {
        calls: f64::from(held),
        limited_by: "asked".to_owned(),
    })
}

/// Has the callers of each place open so many calls, all at the same time, with a server of their own:
/// one that others called before would still have recordings to finish.
fn together(programs: &Programs, places: &[Place], calls: usize) -> Result<Verdict> {
    let cores = places.first().context("no core")?.server;
    let running = &programs.start(Server::Ours(places.len()), cores)?;
    let calls = calls.to_string();
    let options = [&["--calls", calls.as_str()], &TRY[..]].concat();
    let options = options.as_slice();
    let figures = thread::scope(|scope| {
        let ask = |place| scope.spawn(move || measured(programs, running, place, options));
        let callers: Vec<_> = places.iter().map(ask).collect();
        let join = |caller: thread::ScopedJoinHandle<'_, Result<Value>>| {
            let panicked = |_| Err(anyhow!("a thread panicked"));
            caller.join().unwrap_or_else(panicked)
        };
        callers.into_iter().map(join).collect::<Result<Vec<_>>>()
    });
    verdict(&figures?)
}

/// What is said of them all. Callers who give way are late without harm to the server, which has what
/// they send at once then; only where they did not send all does nobody know what it holds.
fn verdict(figures: &[Value]) -> Result<Verdict> {
    let each = figures.iter().map(verdict_of).collect::<Result<Vec<_>>>()?;
    let others = [Verdict::CallerLate, Verdict::TooMany];
    let found = others.into_iter().find(|other| each.contains(other));
    Ok(found.unwrap_or(Verdict::Hold))
}

fn verdict_of(figures: &Value) -> Result<Verdict> {
    let figure = |place| number(figures, place).with_context(|| format!("no {place}"));
    let due = figure("/calls/up")? * PACKETS_A_SECOND * figure("/seconds")?;
    let is_fit =
        figure("/packets/loss_percent")? < LOSS_PERCENT && figure("/round_trip_us/p99")? < P99_US;
    Ok(if figure("/calls/failed")? > 0.0 {
        // Whoever was cut off has sent less for that.
        Verdict::TooMany
    } else if figure("/packets/sent")? < SENT * due {
        Verdict::CallerLate
    } else if is_fit {
        Verdict::Hold
    } else {
        Verdict::TooMany
    })
}

/// Of all servers but those that hold a handful, or are none. They take turns, as under a load.
pub(super) fn on_one_core(programs: &Programs, known: &mut Known<'_>) -> Result<()> {
    let mut servers = programs.servers();
    servers.retain(|server| !matches!(server, Server::Aiortc | Server::Bare));
    let mut all: BTreeMap<Server, Vec<Found>> = BTreeMap::new();
    for round in 1..=ROUNDS {
        for server in &servers {
            let found = Found::search(programs, *server, &APART)?;
            let (name, words) = (server.name(), found.words());
            steps::say(&format!("round {round}: most calls of {name}: {words}"));
            all.entry(*server).or_default().push(found);
            known.note("most", rows(&all))?;
        }
    }
    for (server, runs) in &all {
        let words: Vec<String> = runs.iter().map(Found::words).collect();
        let (name, median, words) = (server.name(), calls(runs), words.join(", "));
        steps::say(&format!(
            "most calls on one core: {name}: {median} of {words}"
        ));
    }
    Ok(())
}

fn rows(all: &BTreeMap<Server, Vec<Found>>) -> Value {
    let rows = all.iter().map(|(server, runs)| {
        let found: Vec<Value> = runs.iter().map(Found::json).collect();
        let row = json!({"calls": calls(runs), "runs": found});
        (server.name().to_owned(), row)
    });
    Value::Object(rows.collect())
}

/// What two shards held and cost beside one, round by round.
#[derive(Default)]
struct Shards {
    ones: Vec<Found>,
    twos: Vec<Found>,
    by_cost: Vec<f64>,
}

impl Shards {
    /// Of the rounds in which it is known.
    fn by_calls(&self) -> Vec<f64> {
        let rounds = self.twos.iter().zip(&self.ones);
        rounds.filter_map(|(two, one)| two.times(one)).collect()
    }

    /// Without a round that tells, `by_calls` is null.
    fn json(&self) -> Value {
        let all = |found: &[Found]| found.iter().map(Found::json).collect::<Vec<_>>();
        json!({
            "by_calls": median(self.by_calls()),
            "by_cost": median(self.by_cost.clone()),
            "one": all(&self.ones),
            "two": all(&self.twos),
        })
    }

    fn words(&self) -> String {
        let (by_calls, by_cost) = (self.by_calls(), &self.by_cost);
        let cost = median(by_cost.clone());
        let cost = format!("{cost:.2} times by cost ({by_cost:.2?})");
        if by_calls.is_empty() {
            return format!(
                "how many times the calls of one shard two hold is not known, as in no round both had enough; {cost}"
            );
        }
        let calls = median(by_calls.clone());
        format!("two shards hold {calls:.2} times the calls of one ({by_calls:.2?}), {cost}")
    }
}

/// Two shards on two cores against one shard on one, each with its callers beside it: how many
/// times the calls they hold, and, at 200 calls for each shard, how many they would by what a
/// packet costs.
pub(super) fn on_two_cores(programs: &Programs, known: &mut Known<'_>) -> Result<()> {
    let mut shards = Shards::default();
    for round in 1..=ROUNDS {
        let one = Found::beside(programs, &ONE_CORE)?;
        let two = Found::beside(programs, &TWO_CORES)?;
        let times = match two.times(&one) {
            Some(times) => format!("{times:.2} times as many"),
            None => "which says nothing of how many times as many they could".to_owned(),
        };
        steps::say(&format!(
            "round {round}: callers beside them, one shard holds {}, two {}, {times}",
            one.words(),
            two.words()
        ));
        shards.ones.push(one);
        shards.twos.push(two);
        known.note("shards", shards.json())?;
        let by_cost = 2.0 * cost(programs, 1)? / cost(programs, 2)?;
        shards.by_cost.push(by_cost);
        known.note("shards", shards.json())?;
    }
    steps::say(&shards.words());
    Ok(())
}

/// Of a packet, with so many shards on as many cores and the callers of one process on both.
fn cost(programs: &Programs, shards: u32) -> Result<f64> {
    let place = Place {
        server: if shards == 1 { "0" } else { "0,1" },
        callers: "0,1",
        niceness: "0",
    };
    let server = Server::Ours(shards as usize);
    let figures = under_load(programs, server, &place, 200 * shards)?;
    number(&figures, "/server/cpu/us_per_echo").context("no cost")
}

fn calls(runs: &[Found]) -> f64 {
    median(runs.iter().map(|found| found.calls).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(calls: u32, limited_by: &str) -> Found {
        Found::read(&json!({"calls": calls, "limited_by": limited_by})).unwrap()
    }

    #[test]
    fn what_there_were_no_more_for_is_said() {
        let words = |limited_by: &str| found(1_400, limited_by).words();

        assert_eq!(words("server"), "1400");
        assert_eq!(words("caller"), "1400 (the caller could not do more)");
        assert_eq!(words("asked"), "1400 (more were not asked for)");
    }

    #[test]
    fn figures_without_a_search_are_none_of_one() {
        assert!(Found::read(&json!({"up": 9})).is_none());
    }

    #[test]
    fn how_many_times_is_known_where_both_had_enough() {
        let times = |one: &str, two: &str| found(2_000, two).times(&found(1_000, one));

        assert_eq!(times("server", "server"), Some(2.0));
        assert_eq!(times("caller", "server"), Some(2.0));
        assert_eq!(times("server", "asked"), None);
        assert_eq!(times("asked", "caller"), None);
        assert_eq!(found(10, "server").times(&found(0, "server")), None);
        assert_eq!(found(0, "server").times(&found(10, "server")), Some(0.0));
    }

    #[test]
    fn without_a_round_that_tells_nothing_is_told() {
        let shards = |limited_by: &str| Shards {
            ones: vec![found(1_000, "server")],
            twos: vec![found(1_900, limited_by)],
            by_cost: vec![2.0],
        };
        let (known, unknown) = (shards("server"), shards("asked"));

        assert_eq!(known.json()["by_calls"], 1.9);
        assert!(known.words().starts_with("two shards hold 1.90 times"));
        assert!(unknown.json()["by_calls"].is_null());
        assert!(unknown.words().contains("is not known"));
    }

    #[test]
    fn a_climb_ends_where_a_number_fails_twice() {
        let mut tried = Vec::new();
        let found = climb(|calls| {
            tried.push(calls);
            let is_second = tried.iter().filter(|one| **one == calls).count() == 2;
            Ok(match calls {
                700 if !is_second => Verdict::TooMany,
                800.. => Verdict::CallerLate,
                _ => Verdict::Hold,
            })
        });
        let found = found.unwrap();
        let all = climb(|_| Ok(Verdict::Hold)).unwrap();
        let none = climb(|_| Ok(Verdict::TooMany)).unwrap();

        assert_eq!(tried, [200, 400, 600, 700, 700, 800, 800]);
        assert_eq!((found.calls, found.limited_by.as_str()), (700.0, "caller"));
        assert_eq!((all.calls, all.limited_by.as_str()), (2_400.0, "asked"));
        assert_eq!((none.calls, none.limited_by.as_str()), (0.0, "server"));
    }

    #[test]
    fn calls_hold_where_they_do_for_all_callers() {
        let figures = |sent: u32, failed: u32, loss: f64, p99: u32| {
            json!({
                "seconds": 5.0,
                "calls": {"up": 100, "failed": failed},
                "packets": {"sent": sent, "loss_percent": loss},
                "round_trip_us": {"p99": p99},
                "caller": {"sent_late_percent": 30.0},
            })
        };
        let said = |other| verdict(&[figures(25_000, 0, 0.0, 900), other]).unwrap();

        assert_eq!(said(figures(24_800, 0, 0.09, 19_000)), Verdict::Hold);
        assert_eq!(said(figures(24_000, 1, 0.0, 900)), Verdict::TooMany);
        assert_eq!(said(figures(25_000, 0, 0.1, 900)), Verdict::TooMany);
        assert_eq!(said(figures(25_000, 0, 0.0, 20_000)), Verdict::TooMany);
        assert_eq!(said(figures(24_700, 0, 0.0, 20_000)), Verdict::CallerLate);
        assert!(verdict(&[json!({})]).is_err());
    }
}
