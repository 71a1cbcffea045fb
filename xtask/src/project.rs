//! Where the project lies and what its lock file says.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::command;

/// The project's folders.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    /// Where cargo builds, `target/` unless the environment says otherwise.
    pub(crate) target: PathBuf,
}

impl Project {
    /// The project that the current folder belongs to.
    ///
    /// Not the one this tool was built from: clones that share a target folder share the tool.
    pub(crate) fn find() -> Result<Self> {
        let arguments = ["metadata", "--no-deps", "--format-version=1"];
        let metadata = command::output_of(Command::new("cargo").args(arguments))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let folder = |name: &str| {
            let folder = metadata.get(name).and_then(serde_json::Value::as_str);
            folder
                .map(PathBuf::from)
                .with_context(|| format!("cargo names no {name}"))
        };

        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// `cargo`, called in the project's root.
    pub(crate) fn cargo(&self) -> Command {
        self.program("cargo")
    }

    /// Any program, called in the project's root.
    pub(crate) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_package(name)) {
            command.env_remove(name);
        }
        command
    }

    /// Where what we install for ourselves lies.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The version of `package` in the project's lock file.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;

        locked_version(&lock, package).with_context(|| format!("Cargo.lock has no {package}"))
    }
}

/// Whether cargo set this variable to tell us about our own package.
///
/// `ring`'s build depends on them: handed on, they would have it and all above it built again
/// whenever `cargo xtask` and plain `cargo` take turns.
fn is_of_package(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// The version of `package` in a lock file, the first if it is there twice.
pub(crate) fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;

    version.strip_suffix('"').map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "wasm-bindgen-macro"
version = "0.2.129"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
"#;

    #[test]
    fn a_locked_version_belongs_to_the_whole_name() {
        assert_eq!(
            locked_version(LOCK, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
    }

    #[test]
    fn a_package_that_is_not_locked_has_no_version() {
        assert_eq!(locked_version(LOCK, "bindgen"), None);
    }
}
