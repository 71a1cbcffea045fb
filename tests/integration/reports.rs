//! RTCP: the server tells what it sends and how it receives.

use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;

/// What it hears stands in it, too.
const SENDER_REPORT: u8 = 200;

#[tokio::test]
async fn the_server_reports_what_it_sends_and_what_it_hears() {
    let mut server = TestServer::start().await;
    let (mut caller, _) = Caller::connect(&server).await;

    caller.say(&all_stamped(1, 75)).await;
    caller.until_reported(&[SENDER_REPORT]).await;

    caller.hang_up().await;
    server.stop().await;
}
