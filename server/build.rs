//! Builds the server anew when the page was built anew: its files have other names then, and
//! nothing else would notice.

use std::fs;
use std::path::Path;

#[expect(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]
fn main() {
    let dist = Path::new("../dist");
    // A folder that is missing counts as changed, in every build. Where it cannot be made, that
    // is the only harm.
    drop(fs::create_dir_all(dist));
    println!("cargo::rerun-if-changed={}", dist.display());
}
