//! Where other people's programs lie that the tests use.

use std::env;
use std::path::{Path, PathBuf};

/// A script of ours for one of them.
#[must_use]
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("foreign")
        .join(name)
}

/// What was installed for the tests, in the folder cargo builds in.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let tool = test.ancestors().nth(3).unwrap().join("tools").join(name);
    assert!(
        tool.exists(),
        "{} is missing: `cargo xtask foreign` installs it",
        tool.display()
    );
    tool
}
