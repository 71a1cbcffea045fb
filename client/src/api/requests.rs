//! What the page asks its server for, each with a deadline, and with the key where one is kept.

use std::time::Duration;

use shared::ConversationId;
use shared::about::About;
use shared::call::{CallState, EchoMode};
use shared::peaks::{MAX_PEAKS_BYTES, Peaks};
use shared::signaling::{
    ABOUT_PATH, CONVERSATION_ID_HEADER, CONVERSATIONS_PATH, OFFER_PATH, RECORDING_HEADER, SDP,
    TRICKLE_ICE_SDPFRAG,
};

use super::about::read_about;
use super::call_state::{NoCall, read_call_state};
use super::recordings::{read_deletion, read_page, read_recording, read_search, read_where};
use super::{Reply, SOON, read_answer, read_echo, read_farewell, read_restart};
use crate::browser::BrowserError;
use crate::browser::fetch::{Life, Request, Response, fetch};
use crate::browser::storage::{Term, kept};
use crate::call::{Answer, Farewell, Problem, Restarted, Search, Wish};
use crate::echo::NotDone;
use crate::entrance::driver::KEY;
use crate::own_path::OwnPath;
use crate::shelf::{Found, Listed, Trouble};

const JSON: &str = "application/json";

const OFFERING: Duration = Duration::from_secs(10);
/// A try that takes longer has lost its network again.
const RESTARTING: Duration = Duration::from_secs(5);
/// The server itself waits up to 10 s for a recording to be final.
const HANGING_UP: Duration = Duration::from_secs(12);
const LOOKING: Duration = Duration::from_secs(5);
/// What comes later is of before.
const WATCHING: Duration = Duration::from_secs(2);
const LISTING: Duration = Duration::from_secs(15);

/// What the server says of itself.
pub async fn about() -> Option<About> {
    let reply = send(get(ABOUT_PATH, LOOKING)).await.ok()?;
    read_about(reply.status, &reply.body)
}

/// Offers a call.
///
/// # Errors
/// The server is away or refuses.
pub async fn offer(sdp: &str, wish: Wish) -> Result<Answer, Problem> {
    let path = match wish {
        Wish::Unasked => OFFER_PATH.to_owned(),
        Wish::Record => format!("{OFFER_PATH}?record=true"),
        Wish::DontRecord => format!("{OFFER_PATH}?record=false"),
    };
    let request = Request {
        method: "POST",
        path: &path,
        headers: &[],
        body: Some((SDP, sdp)),
        deadline: OFFERING,
        life: Life::OfThePage,
    };
    let reply = send(request).await.map_err(|_| Problem::ServerAway)?;
    read_answer(reply)
}

/// Tells the call at that path our side of a new ICE session.
pub async fn restart(call: &OwnPath, fragment: &str) -> Restarted {
    let request = Request {
        method: "PATCH",
        path: call.as_str(),
        // Whatever session there is: an answer of ours may have been lost (RFC 9725 §4.3.3).
        headers: &[("if-match", "*")],
        body: Some((TRICKLE_ICE_SDPFRAG, fragment)),
        deadline: RESTARTING,
        life: Life::OfThePage,
    };
    match send(request).await {
        Ok(reply) => read_restart(reply),
        Err(_) => Restarted::Failed,
    }
}

/// Has the echo of the call at that path come in another way, and says what is in force.
///
/// # Errors
/// The server did not do it.
pub async fn set_echo(call: &OwnPath, mode: EchoMode) -> Result<EchoMode, NotDone> {
    let body = serde_json::to_string(&mode).map_err(|_| NotDone::Refused)?;
    let request = Request {
        method: "PUT",
        path: &format!("{}/echo", call.as_str()),
        headers: &[],
        body: Some((JSON, &body)),
        deadline: LOOKING,
        life: Life::OfThePage,
    };
    match send(request).await {
        Ok(reply) => read_echo(&reply),
        Err(_) => Err(NotDone::NotNow(SOON)),
    }
}

/// How the call at that path goes, as the server sees it.
///
/// # Errors
/// The server does not tell.
pub async fn call_state(call: &OwnPath) -> Result<CallState, NoCall> {
    let reply = send(get(call.as_str(), WATCHING)).await;
    let reply = reply.map_err(|_| NoCall::Away)?;
    read_call_state(reply.status, &reply.body)
}

/// Hangs up, even while the page is closing.
pub async fn hang_up(path: &OwnPath) -> Farewell {
    let request = Request {
        method: "DELETE",
        path: path.as_str(),
        headers: &[],
        body: None,
        deadline: HANGING_UP,
        life: Life::BeyondThePage,
    };
    match ask(request).await {
        Ok(response) => read_farewell(response.status()),
        Err(_) => Farewell::Unsure,
    }
}

/// Where the recording of a call is described; none when the server does not know the call any
/// more.
///
/// # Errors
/// The search is over.
pub async fn whereabouts(call: &OwnPath) -> Result<Option<OwnPath>, Search> {
    let reply = send(get(call.as_str(), LOOKING)).await;
    read_where(&reply.map_err(|_| Search::NoReply)?)
}

/// Looks for a recording.
pub async fn find(path: OwnPath) -> Search {
    match ask(get(path.as_str(), LOOKING)).await {
        Ok(response) => read_search(response.status(), path),
        Err(_) => Search::NoReply,
    }
}

/// Describes a recording, with links that are good from now on.
///
/// # Errors
/// There is none, or the server is away or refuses.
pub async fn describe(path: OwnPath) -> Result<Found, Trouble> {
    let reply = send(get(path.as_str(), LOOKING)).await;
    read_recording(&reply.map_err(|_| Trouble::Away)?, path)
}

/// The waveform there, if it can be had.
pub async fn peaks(path: &OwnPath) -> Option<Peaks> {
    let response = ask(get(path.as_str(), LOOKING)).await.ok()?;
    if response.status() != 200 {
        return None;
    }
    let bytes = response.bytes(MAX_PEAKS_BYTES).await.ok()?;
    Peaks::from_bytes(&bytes).ok()
}

/// The server's list before that recording.
///
/// # Errors
/// The server is away or refuses.
pub async fn list(before: Option<ConversationId>) -> Result<Listed, Trouble> {
    let path = match before {
        Some(before) => format!("{CONVERSATIONS_PATH}?before={before}"),
        None => CONVERSATIONS_PATH.to_owned(),
    };
    let reply = send(get(&path, LISTING)).await;
    read_page(&reply.map_err(|_| Trouble::Away)?)
}

/// Deletes a recording.
///
/// # Errors
/// The server is away or refuses.
pub async fn delete(path: &OwnPath) -> Result<(), Trouble> {
    let request = Request {
        method: "DELETE",
        ..get(path.as_str(), LISTING)
    };
    read_deletion(&send(request).await.map_err(|_| Trouble::Away)?)
}

fn get(path: &str, deadline: Duration) -> Request<'_> {
    Request {
        method: "GET",
        path,
        headers: &[],
        body: None,
        deadline,
        life: Life::OfThePage,
    }
}

async fn send(request: Request<'_>) -> Result<Reply, BrowserError> {
    let response = ask(request).await?;
    Ok(Reply {
        status: response.status(),
        conversation: response.header(CONVERSATION_ID_HEADER),
        location: response.header("location"),
        recording: response.header(RECORDING_HEADER),
        tag: response.header("etag"),
        retry_after: response.header("retry-after"),
        body: response.text().await?,
    })
}

/// Shows the key with the request, if one is kept.
async fn ask(request: Request<'_>) -> Result<Response, BrowserError> {
    let Some(key) = kept(Term::Tab, KEY) else {
        return fetch(request).await;
    };
    let shown = format!("Bearer {key}");
    let mut headers = request.headers.to_vec();
    headers.push(("authorization", &shown));
    let headers = &headers;
    fetch(Request { headers, ..request }).await
}
