//! A server with all its seats taken.

use std::task::Poll;

use shared::ConversationId;

use super::calls::{OFFER, POST};
use super::*;
use crate::conversations::{Caller, StartError};
use crate::peer::offer::Offer;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

#[tokio::test]
async fn a_full_server_refuses_until_somebody_left() {
    let server = Server::with(
        Seats::new(ONE, None),
        &engine_config(),
        &[AllowedOrigin::Any],
    );
    let first = server.ask(request(POST, OFFER)).await;

    let refused = server.ask(request(POST, OFFER)).await;
    let goodbye = format!("DELETE {}", first.header("location"));
    server.ask(request(&goodbye, "")).await;
    let after = server.ask(request(POST, OFFER)).await;

    let (status, kind, detail) = refused.problem();
    assert_eq!((status, kind.as_str()), (503, "full"));
    assert_eq!(detail, "all 1 lines are busy");
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!([first.status, after.status], [200, 200]);
}

#[tokio::test]
async fn a_full_server_refuses_without_waiting_for_anything() {
    let seats = Seats::new(ONE, None);
    let seat = seats.take(ConversationId::from_nanoseconds(1)).unwrap();
    // The first answer would wait for a STUN server that nobody names.
    let engine = EngineConfig {
        asks_stun: true,
        ..engine_config()
    };
    let server = Server::with(seats, &engine, &[AllowedOrigin::Any]);
    let offer = Offer::parse(OFFER.as_bytes()).unwrap();
    let mut starting = Box::pin(server.conversations.start(&offer, Caller::default()));

    let at_once = std::future::poll_fn(|cx| Poll::Ready(starting.as_mut().poll(cx))).await;

    assert!(
        matches!(at_once, Poll::Ready(Err(StartError::Full(_)))),
        "{at_once:?}"
    );
    drop(seat);
}
