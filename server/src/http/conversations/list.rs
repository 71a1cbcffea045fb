//! `GET /conversations`: recordings, newest first, page by page.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shared::ConversationId;
use shared::recording::{Metadata, RecordingStatus};
use shared::recordings::{DEFAULT_LIMIT, MAX_LIMIT, RecordingPage};

use super::{NEVER_STORED, recording};
use crate::access::Asker;
use crate::http::AppState;
use crate::http::asker::By;
use crate::http::problem::Failure;
use crate::storage::Storage;

/// Descriptions that are read for one page at most: what is looked for may be rare.
const MAX_LOOKS: usize = 2_000;
/// A slow disk makes shorter pages: half of what a request waits for it.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// What the query may say.
#[derive(Deserialize)]
pub(in crate::http) struct Wanted {
    before: Option<ConversationId>,
    limit: Option<usize>,
    status: Option<RecordingStatus>,
}

/// Lists the recordings that whoever asks may know of.
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    By(asker): By,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Failure> {
    asker.may_list()?;
    let refusal =
        Failure::BadQuery("before is an id, limit 1 to 200, status one of metadata.json's");
    let Ok(Query(wanted)) = wanted else {
        return Err(refusal);
    };
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > MAX_LIMIT {
        return Err(refusal);
    }
    let disk = state.disk.clone();
    let listing = disk.run(move || {
        let (found, next_before) = find(&state.storage, &asker, &wanted, limit)?;
        let recordings = found.into_iter();
        Ok(RecordingPage {
            recordings: recordings
                .map(|metadata| recording(&state, &asker, without_account(metadata)))
                .collect(),
            next_before,
        })
    });
    let page: RecordingPage = listing.await?.map_err(Failure::Disk)?;
    Ok((NEVER_STORED, Json(page)).into_response())
}

/// The account of packets and clocks may be half a megabyte; whoever wants it asks for the one.
fn without_account(metadata: Metadata) -> Metadata {
    Metadata {
        rtp: None,
        filled_ms: None,
        clock: None,
        ..metadata
    }
}

/// So many of what is wanted, and where the rest begins if there may be one.
fn find(
    storage: &Storage,
    asker: &Asker,
    wanted: &Wanted,
    limit: usize,
) -> std::io::Result<(Vec<Metadata>, Option<ConversationId>)> {
    let mut ids = storage.ids()?;
    if let Some(before) = wanted.before {
        ids.truncate(ids.partition_point(|id| *id < before));
    }
    let (mut found, began) = (Vec::new(), Instant::now());
    for (looks, id) in ids.iter().rev().enumerate() {
        let is_late = looks > 0 && began.elapsed() > LONGEST_LOOK;
        if found.len() == limit || looks == MAX_LOOKS || is_late {
            // The last one that was looked at: what follows is older.
            let last = ids.get(ids.len() - looks).copied();
            return Ok((found, last));
        }
        // A folder without a description that we understand is shown to nobody.
        let Ok(metadata) = storage.metadata(*id) else {
            continue;
        };
        let is_wanted = wanted.status.is_none_or(|status| metadata.status == status);
        if is_wanted && asker.sees(*id, metadata.client.owner.as_deref()) {
            found.push(metadata);
        }
    }
    Ok((found, None))
}
