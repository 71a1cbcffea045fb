//! What a browser has to load before the page is there, and how much that may be.

#![expect(
    clippy::print_stdout,
    reason = "a chore tells who runs it what it found"
)]

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// WebAssembly, scripts and styles in all, compressed, in bytes.
const BUDGET_BYTES: u64 = 350_000;

/// What counts.
const KINDS: [&str; 3] = ["wasm", "js", "css"];

/// Prints what each kind takes, and fails when all of it takes too much.
pub(crate) fn check(dist: &Path) -> Result<()> {
    let mut sum = 0;
    for kind in KINDS {
        let bytes = compressed(dist, kind).context("cannot weigh dist/")?;
        println!("  {kind:>4} {:>7.1} kB", kilobytes(bytes));
        sum += bytes;
    }
    println!(
        "   all {:>7.1} kB of {:.0} in brotli",
        kilobytes(sum),
        kilobytes(BUDGET_BYTES)
    );
    if sum > BUDGET_BYTES {
        bail!("the first load has grown too large");
    }
    Ok(())
}

fn kilobytes(bytes: u64) -> f64 {
    // Files are far smaller than 4 GiB.
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1_000.0
}

/// The bytes of all files of a kind, of their copies in brotli where there are any.
fn compressed(dist: &Path, kind: &str) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == kind) {
            let mut copy = path.clone().into_os_string();
            copy.push(".br");
            let copy = PathBuf::from(copy);
            let shipped = if copy.is_file() { &copy } else { &path };
            sum += fs::metadata(shipped)?.len();
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compressed_copies_count_and_only_of_what_is_loaded_first() {
        let dist = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes| fs::write(dist.path().join(name), vec![0; bytes]).unwrap();
        put("a.wasm", 900_000);
        put("a.wasm.br", 300_000);
        put("a.js", 40_000);
        put("picture.png", 900_000);

        assert_eq!(compressed(dist.path(), "wasm").unwrap(), 300_000);
        assert_eq!(compressed(dist.path(), "js").unwrap(), 40_000);
        assert!(check(dist.path()).is_ok());
        put("b.css.br", 20_000);
        put("b.css", 30_000);
        assert!(check(dist.path()).is_err());
    }
}
