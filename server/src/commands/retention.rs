//! `retention`: deletes what is kept no longer, or says what that would be.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use serde_json::json;

use super::Worst;
use crate::config::retention::RetentionConfig;
use crate::retention::{Expired, expired};
use crate::storage::Storage;
use crate::sweeper::{look, room, sweep};

/// What is to be kept of which folder.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The folder of all recordings
    #[arg(required = true, value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    rules: RetentionConfig,
    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,
    /// One JSON object a recording
    #[arg(long)]
    json: bool,
}

pub(super) fn run(retention: &Retention, out: &mut impl Write) -> io::Result<Worst> {
    let trouble = match go(retention, out) {
        Ok(0) => return Ok(Worst::AllSound),
        Ok(failures) => format!("{failures} recordings could not be deleted"),
        Err(error) => error.to_string(),
    };
    // For a person; a program sees the exit code.
    writeln!(out, "{}: {trouble}", retention.folder.display())?;
    Ok(Worst::NotSeen)
}

/// How many could not be deleted.
fn go(retention: &Retention, out: &mut impl Write) -> io::Result<u64> {
    if !retention.folder.is_dir() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let storage = Storage::new(retention.folder.clone()).map_err(io::Error::other)?;
    let rules = retention.rules.rules();
    let (mut gone, mut failures) = (Vec::new(), 0);
    // A running server holds the files of its calls.
    let is_live = |_| false;
    if retention.dry_run {
        let held = look(&storage, &is_live)?;
        gone = expired(&held, room(&storage, &rules)?, &rules, SystemTime::now());
    } else {
        storage.finish_deletes()?;
        failures = sweep(&storage, &rules, &is_live, &mut |expired| {
            gone.push(*expired);
        })?;
    }
    for expired in &gone {
        tell(retention, out, expired)?;
    }
    if !retention.json {
        let bytes: u64 = gone
            .iter()
            .map(|expired: &Expired| expired.held.bytes)
            .sum();
        let verb = if retention.dry_run {
            "would go"
        } else {
            "gone"
        };
        writeln!(out, "{} recordings of {bytes} bytes {verb}", gone.len())?;
    }
    Ok(failures)
}

fn tell(retention: &Retention, out: &mut impl Write, expired: &Expired) -> io::Result<()> {
    let Expired { held, reason } = expired;
    let age = SystemTime::now().duration_since(held.ended);
    let seconds = age.unwrap_or_default().as_secs();
    if retention.json {
        let line = json!({"conversation_id": held.id, "bytes": held.bytes,
            "age_seconds": seconds, "reason": reason, "deleted": !retention.dry_run});
        return writeln!(out, "{line}");
    }
    let reason = match reason {
        crate::retention::Reason::Age => "too old",
        crate::retention::Reason::TotalSize => "all together take up too much",
        crate::retention::Reason::FreeSpace => "the disk has too little left",
        crate::retention::Reason::Asked => "asked for",
    };
    let (id, bytes) = (held.id, held.bytes);
    writeln!(
        out,
        "{id}: {bytes} bytes, {} h old, {reason}",
        seconds / 3_600
    )
}
