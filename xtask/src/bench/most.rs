//! The most calls that are fit for voice: of each server on one core, in turn, and of ours on two.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::calls::{APART, Place, ROUNDS, ask, median, number, under_load};
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
/// One core with a shard and its callers on it, who have what the shard leaves them.
const ONE_CORE: Place = Place {
    server: "0",
    callers: "0",
    niceness: "19",
};
/// Two such cores.
const TWO_CORES: Place = Place {
    server: "0,1",
    callers: "0,1",
    niceness: "19",
};

/// What one search found.
struct Found {
    calls: f64,
    /// What there were no more for: `server`, `caller` or `asked`.
    limited_by: String,
}

impl Found {
    /// Searches with a server of its own.
    fn search(programs: &Programs, server: Server, place: &Place) -> Result<Self> {
        Self::read(&ask(programs, server, place, &SEARCH)?).context("nothing was found")
    }

    fn read(figures: &Value) -> Option<Self> {
        Some(Self {
            calls: number(figures, "/search/calls")?,
            limited_by: figures.pointer("/search/limited_by")?.as_str()?.to_owned(),
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
}

/// Of all servers but those that hold a handful, or are none. They take turns, as under a load.
pub(super) fn on_one_core(programs: &Programs) -> Result<Value> {
    let mut servers = programs.servers();
    servers.retain(|server| !matches!(server, Server::Aiortc | Server::Bare));
    let mut all: BTreeMap<Server, Vec<Found>> = BTreeMap::new();
    for round in 1..=ROUNDS {
        for server in &servers {
            let found = Found::search(programs, *server, &APART)?;
            let (name, words) = (server.name(), found.words());
            steps::say(&format!("round {round}: most calls of {name}: {words}"));
            all.entry(*server).or_default().push(found);
        }
    }
    let mut figures = serde_json::Map::new();
    for (server, runs) in all {
        let median = calls(&runs);
        let words: Vec<String> = runs.iter().map(Found::words).collect();
        let (name, words) = (server.name(), words.join(", "));
        steps::say(&format!(
            "most calls on one core: {name}: {median} of {words}"
        ));
        let runs: Vec<Value> = runs.iter().map(Found::json).collect();
        figures.insert(name.to_owned(), json!({"calls": median, "runs": runs}));
    }
    Ok(figures.into())
}

/// Two shards on two cores against one shard on one, each with the callers beside them: how many
/// times the calls they hold, and, at 200 calls for each shard, how many they would by what a
/// packet costs.
pub(super) fn on_two_cores(programs: &Programs) -> Result<Value> {
    let (mut ones, mut twos, mut by_calls, mut by_cost) = (vec![], vec![], vec![], vec![]);
    for round in 1..=ROUNDS {
        let one = Found::search(programs, Server::Ours(1), &ONE_CORE)?;
        let two = Found::search(programs, Server::Ours(2), &TWO_CORES)?;
        let words = (one.words(), two.words());
        steps::say(&format!(
            "round {round}: callers beside them, one shard holds {}, two {}",
            words.0, words.1
        ));
        by_calls.push(two.calls / one.calls);
        by_cost.push(2.0 * cost(programs, 1)? / cost(programs, 2)?);
        ones.push(one.json());
        twos.push(two.json());
    }
    let (calls, cost) = (median(by_calls.clone()), median(by_cost.clone()));
    steps::say(&format!(
        "two shards hold {calls:.2} times the calls of one ({by_calls:.2?}), {cost:.2} times by cost ({by_cost:.2?})"
    ));
    Ok(json!({"by_calls": calls, "by_cost": cost, "one": ones, "two": twos}))
}

/// Of a packet, with so many shards on as many cores and the callers on both.
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

    #[test]
    fn what_there_were_no_more_for_is_said() {
        let words = |limited_by: &str| {
            let figures = json!({"search": {"calls": 1_400, "limited_by": limited_by}});
            Found::read(&figures).unwrap().words()
        };

        assert_eq!(words("server"), "1400");
        assert_eq!(words("caller"), "1400 (the caller could not do more)");
        assert_eq!(words("asked"), "1400 (more were not asked for)");
    }

    #[test]
    fn figures_without_a_search_are_none_of_one() {
        assert!(Found::read(&json!({"calls": {"up": 9}})).is_none());
    }
}
