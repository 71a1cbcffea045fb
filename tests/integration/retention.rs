//! What is kept no longer goes by itself, oldest first, and a call that goes on stays.

use tests::opus_tools::all_stamped;
use tests::waiting::eventually;
use tests::{Caller, TestServer};

#[tokio::test]
async fn finished_recordings_make_room_and_a_call_that_goes_on_does_not() {
    // Smaller than any recording: each goes when it is final.
    let mut server = TestServer::with(&["--keep-at-most", "1kB"]).await;
    let (mut caller, call) = Caller::connect(&server).await;
    let (mut other, other_call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 60)).await;
    other.say(&all_stamped(2, 30)).await;
    other.hang_up().await;

    eventually("the finished one goes", async || {
        let recorded = server.recorded();
        (!recorded.contains(&other_call.id)).then_some(())
    })
    .await;
    let is_kept = server.recorded().contains(&call.id);
    caller.until_heard(60).await;
    caller.hang_up().await;
    server.until_active(0).await;

    assert!(is_kept, "its call went on");
    eventually("the other one goes, too", async || {
        server.recorded().is_empty().then_some(())
    })
    .await;
    server.stop().await;
}
