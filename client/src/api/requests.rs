//! What the page asks its server for, each with a deadline.

use std::time::Duration;

use shared::ConversationId;
use shared::signaling::{CONVERSATION_ID_HEADER, OFFER_PATH, SDP, recording_path};

use super::{Reply, read_answer, read_farewell, read_search};
use crate::browser::BrowserError;
use crate::browser::fetch::{Life, Request, fetch};
use crate::call::{Answer, Farewell, HangUpPath, Problem, Search};

const OFFERING: Duration = Duration::from_secs(10);
/// The server itself waits up to 10 s for a recording to be final.
const HANGING_UP: Duration = Duration::from_secs(12);
const LOOKING: Duration = Duration::from_secs(5);

/// Offers a call.
///
/// # Errors
/// The server is away or refuses.
pub async fn offer(sdp: &str) -> Result<Answer, Problem> {
    let request = Request {
        method: "POST",
        path: OFFER_PATH,
        body: Some((SDP, sdp)),
        deadline: OFFERING,
        life: Life::OfThePage,
    };
    let reply = send(request).await.map_err(|_| Problem::ServerAway)?;
    read_answer(reply)
}

/// Hangs up, even while the page is closing.
pub async fn hang_up(path: &HangUpPath) -> Farewell {
    let request = Request {
        method: "DELETE",
        path: path.as_str(),
        body: None,
        deadline: HANGING_UP,
        life: Life::BeyondThePage,
    };
    match fetch(request).await {
        Ok(response) => read_farewell(response.status()),
        Err(_) => Farewell::Unsure,
    }
}

/// Looks for a recording.
pub async fn find(conversation: ConversationId) -> Search {
    let path = recording_path(conversation);
    let request = Request {
        method: "HEAD",
        path: &path,
        body: None,
        deadline: LOOKING,
        life: Life::OfThePage,
    };
    match fetch(request).await {
        Ok(response) => read_search(response.status()),
        Err(_) => Search::NoReply,
    }
}

async fn send(request: Request<'_>) -> Result<Reply, BrowserError> {
    let response = fetch(request).await?;
    Ok(Reply {
        status: response.status(),
        conversation: response.header(CONVERSATION_ID_HEADER),
        location: response.header("location"),
        retry_after: response.header("retry-after"),
        body: response.text().await?,
    })
}
