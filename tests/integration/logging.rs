//! Whoever reads the log may hang; calls do not wait for him.

use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;

#[tokio::test]
async fn calls_go_on_while_nobody_reads_the_log() {
    let mut server = TestServer::with(&["--log", "debug,server=trace"]).await;
    let (before, _) = Caller::connect(&server).await;
    server.read_log(false);
    // Some 200 bytes each, where a pipe holds 64 KiB.
    for _ in 0..1000 {
        server.health().await;
    }

    let (after, _) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 50);
    for mut caller in [before, after] {
        caller.say(&spoken).await;
        caller.until_heard(spoken.len()).await;
        caller.hang_up().await;
    }
    server.until_active(0).await;

    server.read_log(true);
    server.stop().await;
    let requests = server.log().matches("/health").count();
    assert!(requests >= 1000, "{requests} of 1000 requests are logged");
    assert!(server.log().contains("conversation ended"));
}
