//! A thousand recordings at once, on a sound disk and on a slow one: nothing is dropped, every file
//! is whole, and what that costs.

use std::process::Command;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::Outcome;
use crate::thousand::{RECORDINGS, SECONDS, WORD};
use crate::trouble::{Library, Trouble};

const SLOW: Trouble = Trouble::Slow { ms: 20 };

pub(crate) fn prove() -> Outcome {
    println!(
        "\nload: {RECORDINGS} recordings at 50 packets/s for {SECONDS} s, on two writer threads"
    );
    let library = Library::built();
    let disks = [("sound disk", None), ("20 ms a write", Some(SLOW))];
    let (mut figures, mut is_kept) = (Map::new(), true);
    for (name, trouble) in disks {
        let variables = trouble.map(|trouble| library.variables(trouble));
        let measured = measured(variables.into_iter().flatten());
        print(name, &measured);
        is_kept &= has_all(&measured);
        figures.insert(name.to_owned(), measured);
    }
    Outcome {
        is_kept,
        figures: figures.into(),
    }
}

/// What a process of its own measures, so that its memory and its disk are nobody else's.
fn measured(variables: impl Iterator<Item = (&'static str, String)>) -> Value {
    let folder = TempDir::new().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .arg(WORD)
        .arg(folder.path())
        .envs(variables)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn has_all(measured: &Value) -> bool {
    measured["dropped"] == 0
        && measured["is_final"] == true
        && [&measured["sound"], &measured["complete"]] == [&json!(RECORDINGS); 2]
}

fn print(name: &str, measured: &Value) {
    let cpu = &measured["cpu_cores"];
    let memory = &measured["memory_kib"];
    let mib = |name: &str| memory[name].as_f64().unwrap() / 1024.0;
    let reference = &measured["reference"];
    println!(
        "  {name}: {} sound and whole, {} complete, {} packets dropped",
        measured["sound"], measured["complete"], measured["dropped"]
    );
    for (what, timings) in [("a push", measured), ("the queue alone", reference)] {
        println!("    {what:<16} {}", microseconds(&timings["push_ns"]));
    }
    println!(
        "    CPU              {:.2} cores, {:.2} of them the pushing thread; writers {:.1} s, \
         the same bytes by a loop {:.1} s",
        cpu["process"].as_f64().unwrap(),
        cpu["pushing_thread"].as_f64().unwrap(),
        measured["writers_cpu_s"].as_f64().unwrap(),
        reference["writing_cpu_s"].as_f64().unwrap(),
    );
    println!(
        "    memory           {:.0} MiB before, {:.0} at the end of the calls, {:.0} at most",
        mib("before"),
        mib("at_the_end"),
        mib("peak")
    );
    println!(
        "    all final        {} ms after the last packet",
        measured["until_final_ms"]
    );
}

fn microseconds(nanoseconds: &Value) -> String {
    let at = |name: &str| nanoseconds[name].as_f64().unwrap() / 1000.0;
    format!(
        "p50 {:.2}, p99 {:.2}, p99.9 {:.1}, at most {:.0} µs",
        at("p50"),
        at("p99"),
        at("p99_9"),
        at("max")
    )
}
