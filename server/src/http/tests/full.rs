//! A server that has no line any more, for anybody or for one client.

use std::task::Poll;

use shared::ConversationId;

use super::calls::{OFFER, POST};
use super::*;
use crate::conversations::{Caller, StartError};
use crate::http::doors::client::Peer;
use crate::peer::offer::Offer;
use crate::seats::LineLimits;

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
    let seat = seats
        .take(ConversationId::from_nanoseconds(1), None)
        .unwrap();
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
        matches!(at_once, Poll::Ready(Err(StartError::NoLine(_)))),
        "{at_once:?}"
    );
    drop(seat);
}

/// An offer of a client with that address.
fn offer_from(ip: &str, path: &str) -> Request<Body> {
    let head = format!("POST {path}\ncontent-type: application/sdp");
    let mut offer = request(&head, OFFER);
    let peer = Peer(ip.parse().unwrap());
    offer.extensions_mut().insert(peer);
    offer
}

#[tokio::test]
async fn one_client_cannot_take_every_line() {
    let limits = LineLimits {
        all: NonZeroUsize::new(6).unwrap(),
        of_client: NonZeroUsize::new(2).unwrap(),
    };
    let server = Server::with(
        Seats::new(limits, None),
        &engine_config(),
        &[AllowedOrigin::Any],
    );
    let ask = async |ip, path| server.ask(offer_from(ip, path)).await;
    let first = ask("192.0.2.1", "/webrtc").await;
    let second = ask("192.0.2.1", "/whip").await;

    let refused = [
        ask("192.0.2.1", "/webrtc").await,
        ask("192.0.2.1", "/whip").await,
        ask("::ffff:192.0.2.1", "/webrtc").await,
    ];
    let another = ask("192.0.2.2", "/webrtc").await;
    let local = [
        ask("127.0.0.1", "/webrtc").await,
        ask("127.0.0.1", "/webrtc").await,
        ask("127.0.0.1", "/webrtc").await,
    ];
    let goodbye = format!("DELETE {}", first.header("location"));
    server.ask(request(&goodbye, "")).await;
    let after = ask("192.0.2.1", "/webrtc").await;

    assert_eq!([first.status, second.status], [200, 201]);
    for answer in &refused {
        let (status, kind, detail) = answer.problem();
        assert_eq!((status, kind.as_str()), (429, "too-many-calls"));
        assert_eq!(
            detail,
            "your address has 2 calls here already, and may have no more at once"
        );
        assert_eq!(answer.header("retry-after"), "5");
    }
    assert_eq!(another.status, 200);
    let local = local.each_ref().map(|answer| answer.status);
    assert_eq!(local, [200; 3], "loopback is not limited");
    assert_eq!(after.status, 200, "his line is free again");
}
