//! What the server's replies mean for recordings.

use shared::Problem as Refusal;
use shared::call::{CallRecordingState, CallState};
use shared::recordings::{Summary, SummaryPage};
use shared::signaling::conversation_path;

use super::Reply;
use crate::call::Search;
use crate::own_path::OwnPath;
use crate::shelf::{Facts, Found, Listed, Trouble};

/// Where the recording of a call is described, by the reply to `GET` of the call's own path; none
/// when the server does not know the call any more.
///
/// # Errors
/// The search is over: it is not for the caller to hear, or the server does not say.
pub fn read_where(reply: &Reply) -> Result<Option<OwnPath>, Search> {
    match reply.status {
        200 => {
            let state: CallState =
                serde_json::from_str(&reply.body).map_err(|_| Search::NoReply)?;
            match (state.recording.state, state.recording.url) {
                (CallRecordingState::Off, _) => Err(Search::Missing),
                (CallRecordingState::Refused, _) => Err(Search::Refused),
                (_, None) => Err(Search::Closed),
                (_, Some(url)) => OwnPath::parse(&url).map(Some).ok_or(Search::NoReply),
            }
        }
        404 | 405 => Ok(None),
        _ => Err(Search::NoReply),
    }
}

/// Whether the recording that is described at `path` is there.
#[must_use]
pub fn read_search(status: u16, path: OwnPath) -> Search {
    match status {
        200 => Search::Found(path),
        404 | 410 => Search::Missing,
        401 | 403 => Search::Closed,
        _ => Search::NoReply,
    }
}

/// The description of the recording at `path`.
///
/// # Errors
/// There is none, or the server does not tell it.
pub fn read_recording(reply: &Reply, path: OwnPath) -> Result<Found, Trouble> {
    let recording: Summary = read(reply)?;
    let facts = Facts::of(recording);
    Ok(Found { path, facts })
}

/// One page of the list.
///
/// # Errors
/// The server does not tell it.
pub fn read_page(reply: &Reply) -> Result<Listed, Trouble> {
    let page: SummaryPage = read(reply)?;
    let found = page.recordings.into_iter().filter_map(|recording| {
        let path = conversation_path(recording.conversation_id);
        let path = OwnPath::parse(&path)?;
        let facts = Facts::of(recording);
        Some(Found { path, facts })
    });
    Ok(Listed {
        found: found.collect(),
        older: page.next_before,
    })
}

/// What became of a recording that was to be deleted. One that is not there is gone.
///
/// # Errors
/// It is still there, or the server did not say.
pub fn read_deletion(reply: &Reply) -> Result<(), Trouble> {
    match reply.status {
        204 | 404 | 410 => Ok(()),
        _ => Err(read_trouble(reply)),
    }
}

fn read<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T, Trouble> {
    if reply.status != 200 {
        return Err(read_trouble(reply));
    }
    serde_json::from_str(&reply.body).map_err(|_| Trouble::Refused {
        reason: "Its reply cannot be read".to_owned(),
    })
}

fn read_trouble(reply: &Reply) -> Trouble {
    match reply.status {
        401 => return Trouble::KeyRefused,
        404 | 410 => return Trouble::Gone,
        409 => return Trouble::Live,
        500 | 502..=504 => return Trouble::Away,
        _ => {}
    }
    let reason = match serde_json::from_str::<Refusal>(&reply.body) {
        Ok(refusal) => refusal.detail.unwrap_or(refusal.title),
        Err(_) => format!("It replied with status {}", reply.status),
    };
    Trouble::Refused { reason }
}

#[cfg(test)]
mod tests;
