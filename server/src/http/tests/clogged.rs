//! A media thread that takes no orders holds up nobody for ever.

use super::calls::OFFER;
use super::*;
use crate::conversations::{Caller, EndError, StartError};
use crate::peer::offer::Offer;

#[tokio::test]
async fn an_order_that_finds_no_room_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::new(folder.path().to_owned()).unwrap();
    let (engine, _unread) = Engine::clogged(&engine_config());
    let seats = Seats::new(LIMIT, None);
    let conversations = conversations_on(&storage, seats, engine, IceMode::Full);
    let offer = Offer::parse(OFFER.as_bytes()).unwrap();
    let caller = Caller::default;

    let first = conversations.start(&offer, caller()).await.unwrap();
    let second = conversations.start(&offer, caller()).await;
    let ended = conversations.end_within(Duration::ZERO, &first.secret);

    assert!(matches!(second, Err(StartError::Busy)), "{second:?}");
    assert_eq!(ended.await, Err(EndError::TimedOut));
    assert_eq!(conversations.active(), 1, "who was not taken has no seat");
}
