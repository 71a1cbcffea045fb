//! What an operator's monitoring reads of a server that was started with `--metrics`, and where.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::test_server::{TestServer, http_client};
use crate::waiting::{soon, within};

/// How long the tables are in which the media threads remember callers.
const TABLES: &str = "voice_engine_entries{table=\"";
/// What the media threads could not use, send, or do in time.
const EVENTS: &str = "voice_engine_total{event=\"";
const TOLD: &str = "counts are told address=";

/// The start of their addresses, as the server's log names it.
pub async fn url(server: &TestServer) -> String {
    server.until_log(TOLD, |line| line.contains(TOLD)).await;
    let log = server.log();
    let (_, address) = log.split_once(TOLD).unwrap();
    format!("http://{}", address.split_whitespace().next().unwrap())
}

/// How many entries the engine's tables have, by the tables' names.
pub async fn tables(url: &str) -> BTreeMap<String, u64> {
    counted(url, TABLES).await
}

/// How often each of the engine's events was, by their names.
pub async fn events(url: &str) -> BTreeMap<String, u64> {
    counted(url, EVENTS).await
}

/// The numbers of the series whose names begin like this, by what follows.
async fn counted(url: &str, series: &str) -> BTreeMap<String, u64> {
    let told = http_client().get(format!("{url}/metrics")).send();
    let told = soon("the counts", told).await.unwrap();
    let told = told.text().await.unwrap();
    let count = |line: &str| {
        let (name, count) = line.strip_prefix(series)?.split_once("\"} ")?;
        Some((name.to_owned(), count.parse().unwrap()))
    };
    told.lines().filter_map(count).collect()
}

/// Waits until nobody stands in any of the engine's tables.
pub async fn until_nobody_is_remembered(url: &str, deadline: Duration) {
    within(deadline, "the engine's tables are empty", async || {
        let tables = tables(url).await;
        // While a shard is too busy to tell, its tables are left out.
        let is_whole = ["conversations", "directory_calls"]
            .iter()
            .all(|name| tables.contains_key(*name));
        (is_whole && tables.values().all(|entries| *entries == 0)).then_some(())
    })
    .await;
}
