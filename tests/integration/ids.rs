//! The name of a conversation: when it began, and later than every other.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shared::ConversationId;
use tests::TestServer;
use tests::caller::Caller;

fn now() -> u64 {
    let since_epoch: Duration = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since_epoch.as_nanos()).unwrap()
}

#[tokio::test]
async fn ids_are_the_time_in_nanoseconds_and_strictly_rise() {
    let mut server = TestServer::with(&["--connect-deadline", "1s"]).await;
    let before = now();

    let mut ids: Vec<ConversationId> = Vec::new();
    for _ in 0..10 {
        let caller = Caller::new().await;
        ids.push(caller.dial(&server).await.id);
        caller.vanish().await;
    }

    assert!(
        ids.is_sorted_by(|earlier, later| earlier < later),
        "{ids:?}"
    );
    let around = before..=now();
    assert!(
        ids.iter().all(|id| around.contains(&id.nanoseconds())),
        "{ids:?}"
    );
    server.stop().await;
}
