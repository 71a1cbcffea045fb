//! All conversations, as the rest of the server sees them: begin one, end one, count them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use shared::{ConversationId, Status};

use crate::peer::offer::Offer;
pub use crate::seats::CallSecret;
use crate::seats::{Seat, Seats};

#[derive(Clone)]
pub struct Conversations(Seats, Arc<Mutex<HashMap<String, Arc<Seat>>>>);

#[derive(Debug)]
pub struct Started {
    pub id: ConversationId,
    pub secret: CallSecret,
    pub answer: String,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the server is stopping")]
    Stopping,
    #[error("the offer could not be negotiated")]
    Negotiation(#[source] std::io::Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndError {
    #[error("no such call")]
    NotFound,
    #[error("the recording is not final yet")]
    TimedOut,
}

impl Conversations {
    #[expect(clippy::new_without_default, reason = "a stand-in")]
    pub fn new() -> Self {
        Self(Seats::new(None), Arc::default())
    }

    pub async fn start(&self, offer: &Offer) -> Result<Started, StartError> {
        tokio::task::yield_now().await;
        let seat = self.0.take(ConversationId::from_nanoseconds(1));
        let (id, secret) = (seat.id(), seat.secret());
        self.1
            .lock()
            .expect("no panic holds it")
            .insert(secret.to_string(), seat);
        let answer = offer.finish_answer(&offer.sdp);
        Ok(Started { id, secret, answer })
    }

    pub async fn end(&self, secret: &CallSecret) -> Result<(), EndError> {
        let seat = self
            .1
            .lock()
            .expect("no panic holds it")
            .remove(&secret.to_string());
        drop(seat.ok_or(EndError::NotFound)?);
        self.0.wait_until_left(secret).await;
        Ok(())
    }

    pub fn active(&self) -> usize {
        self.0.count()
    }

    pub fn status(&self) -> Status {
        Status::Ok
    }
}
