//! Proofs that take longer than a test may: each prints what it saw, and fails if a promise is
//! broken.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a proof may panic, and prints what it saw"
)]

mod crash;
mod crowd;
mod disk;
mod flood;
mod hostile;
mod judge;
mod load;
mod memory;
mod overheard;
mod page;
mod recovery;
mod refusals;
mod silence;
mod thousand;
mod trouble;
#[expect(dead_code, reason = "most of them are for tests")]
#[path = "../../server/tests/recording/vectors.rs"]
mod vectors;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Map, Value};
use tokio::runtime::Runtime;

/// In the order in which they are proved.
const NAMES: [&str; 10] = [
    "silence", "load", "crash", "recovery", "disk", "crowd", "memory", "flood", "hostile", "page",
];

/// What a proof saw.
struct Outcome {
    is_kept: bool,
    figures: Value,
}

/// What was asked for.
#[derive(Default)]
struct Wanted {
    names: Vec<String>,
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if(|word| word == thousand::WORD).is_some() {
        let folder = words.next().expect("the folder to record into");
        println!("{}", thousand::measure(folder.as_ref()));
        return ExitCode::SUCCESS;
    }
    let wanted = match wanted(words) {
        Ok(wanted) => wanted,
        Err(fault) => {
            println!("{fault}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = Runtime::new().unwrap();
    let (mut figures, mut broken) = (Map::new(), Vec::new());
    for name in NAMES {
        if !wanted.names.is_empty() && !wanted.names.iter().any(|word| word == name) {
            continue;
        }
        // One that breaks down must not take the figures of the others with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(prove(name))));
        let outcome = outcome.unwrap_or_else(|_| Outcome {
            is_kept: false,
            figures: Value::String("broke down".to_owned()),
        });
        figures.insert(name.to_owned(), outcome.figures);
        if !outcome.is_kept {
            broken.push(name);
        }
    }
    if let Some(file) = wanted.json {
        let json = serde_json::to_string_pretty(&figures).unwrap();
        std::fs::write(file, json + "\n").unwrap();
    }
    if broken.is_empty() {
        println!("\nevery promise was kept");
        ExitCode::SUCCESS
    } else {
        println!("\nBROKEN: {}", broken.join(", "));
        ExitCode::FAILURE
    }
}

fn wanted(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => wanted.json = Some(words.next().ok_or("--json needs a file")?.into()),
            // Cargo says this to every benchmark.
            "--bench" => {}
            name if NAMES.contains(&name) => wanted.names.push(word),
            _ => return Err(format!("there is no proof `{word}`, only {NAMES:?}")),
        }
    }
    Ok(wanted)
}

async fn prove(name: &str) -> Outcome {
    match name {
        "silence" => silence::prove().await,
        "load" => load::prove(),
        "crash" => crash::prove().await,
        "recovery" => recovery::prove().await,
        "crowd" => crowd::prove().await,
        "memory" => memory::prove().await,
        "flood" => flood::prove().await,
        "hostile" => hostile::prove().await,
        "page" => page::prove().await,
        _ => disk::prove().await,
    }
}
