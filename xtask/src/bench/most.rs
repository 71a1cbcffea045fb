//! The most calls that are fit for voice: of each server on one core, in turn, and of ours on two.

use std::{collections::BTreeMap, thread};

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};

use super::calls::{APART, Known, Place, ROUNDS, ask, measured, median, number, under_load};
use super::servers::{Programs, Running, Server};
use crate::search::{self, Verdict};
use crate::steps;

/// More than a caller is asked for is not found.
const MOST: usize = 4_800;
/// How each number of calls is tried.
const TRY: [&str; 4] = ["--ramp", "200", "--seconds", "5"];
/// One core with a shard and its callers on it, who have what the shard leaves them.
const ONE_CORE: Place = Place {
    server: "0",
    callers: "0",
    niceness: "19",
};
/// Two such cores, by the callers of each.
const TWO_CORES: [Place; 2] = [
    Place {
        server: "0,1",
        callers: "0",
        niceness: "19",
    },
    Place {
        server: "0,1",
        callers: "1",
        niceness: "19",
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
        let most = MOST.to_string();
        let options = [&["--find-max", "--calls", most.as_str()], &TRY[..]].concat();
        let figures = ask(programs, server, place, &options)?;
        let found = figures.pointer("/search").and_then(Self::read);
        found.context("nothing was found")
    }

    /// Searches with two shards on two cores, and on each core callers who have half of the calls:
    /// those of one process would need about a core for themselves.
    fn search_two_cores(programs: &Programs) -> Result<Self> {
        let [first, _] = &TWO_CORES;
        let running = programs.start(Server::Ours(2), first.server)?;
        let found = search::greatest(MOST, |half| together(programs, &running, half))?;
        let half = Self::read(&serde_json::to_value(found)?).context("nothing was found")?;
        Ok(Self {
            calls: 2.0 * half.calls,
            ..half
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

    /// How many times the calls of the other: nobody knows, unless both had enough. Whoever of the
    /// shard and its callers beside it is late first, their core is full.
    fn times(&self, other: &Self) -> Option<f64> {
        let is_known = [self, other]
            .iter()
            .all(|found| found.limited_by != "asked" && found.calls > 0.0);
        is_known.then_some(self.calls / other.calls)
    }
}

/// Has the callers of each core open half of the calls, all at the same time.
fn together(programs: &Programs, running: &Running, half: usize) -> Result<Verdict> {
    let half = half.to_string();
    let options = [&["--calls", half.as_str()], &TRY[..]].concat();
    let options = options.as_slice();
    let [one, other] = thread::scope(|scope| {
        let ask = |place| scope.spawn(move || measured(programs, running, place, options));
        TWO_CORES.each_ref().map(ask).map(|caller| {
            let panicked = |_| Err(anyhow!("a thread panicked"));
            caller.join().unwrap_or_else(panicked)
        })
    });
    verdict(&[one?, other?])
}

/// What is said of them all: a caller who did not keep his pace says nothing of the server.
fn verdict(figures: &[Value]) -> Result<Verdict> {
    let verdicts = figures.iter().map(|figures| figures.pointer("/verdict"));
    let verdicts: Option<Vec<&str>> = verdicts.map(|verdict| verdict?.as_str()).collect();
    let verdicts = verdicts.context("no verdict")?;
    Ok(if verdicts.contains(&"caller_late") {
        Verdict::CallerLate
    } else if verdicts.iter().all(|verdict| *verdict == "hold") {
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
        let one = Found::search(programs, Server::Ours(1), &ONE_CORE)?;
        let two = Found::search_two_cores(programs)?;
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
    fn calls_hold_where_they_do_for_all_callers() {
        let said = |words: [&str; 2]| verdict(&words.map(|word| json!({"verdict": word})));

        assert_eq!(said(["hold", "hold"]).unwrap(), Verdict::Hold);
        assert_eq!(said(["hold", "too_many"]).unwrap(), Verdict::TooMany);
        assert_eq!(
            said(["caller_late", "too_many"]).unwrap(),
            Verdict::CallerLate
        );
        assert!(verdict(&[json!({})]).is_err());
    }
}
