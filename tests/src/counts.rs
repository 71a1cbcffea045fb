//! Where an operator's monitoring reads the counts of a server that was started with `--metrics`.

use crate::test_server::TestServer;

const TOLD: &str = "counts are told address=";

/// The start of their addresses, as the server's log names it.
pub async fn url(server: &TestServer) -> String {
    server.until_log(TOLD, |line| line.contains(TOLD)).await;
    let log = server.log();
    let (_, address) = log.split_once(TOLD).unwrap();
    format!("http://{}", address.split_whitespace().next().unwrap())
}
