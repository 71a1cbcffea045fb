//! A disk in trouble: a library of ours, built here, stands between a program and the system.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// What becomes of what is written to the recordings' audio, and of every sync. Times count from
/// the first write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    Slow { ms: u32 },
    FailsOnce { at_write: u32 },
    Broken { after_ms: u32 },
    Hung { from_ms: u32, to_ms: u32 },
}

/// The library, as long as this lives.
pub(crate) struct Library {
    home: TempDir,
}

impl Library {
    /// Needs a C compiler, and a system whose programs can be told to load a library first.
    pub(crate) fn built() -> Self {
        let home = TempDir::new().unwrap();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/prove/trouble.c");
        let library = Self { home };
        let built = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"])
            .arg("-o")
            .arg(library.path())
            .arg(source)
            .status()
            .expect("a C compiler is installed");
        assert!(built.success(), "{source} does not compile");
        library
    }

    /// The variables that put a program on such a disk.
    pub(crate) fn variables(&self, trouble: Trouble) -> [(&'static str, String); 3] {
        let words = match trouble {
            Trouble::Slow { ms } => format!("slow {ms} 0"),
            Trouble::FailsOnce { at_write } => format!("fail {at_write} {at_write}"),
            Trouble::Broken { after_ms } => format!("broken {after_ms} 0"),
            Trouble::Hung { from_ms, to_ms } => format!("hung {from_ms} {to_ms}"),
        };
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        [
            ("LD_PRELOAD", text(self.path())),
            ("TROUBLE", words),
            ("TROUBLE_MARK", text(self.mark())),
        ]
    }

    /// Whether a program has felt its trouble since the last question.
    pub(crate) fn was_felt(&self) -> bool {
        std::fs::remove_file(self.mark()).is_ok()
    }

    fn mark(&self) -> PathBuf {
        self.home.path().join("felt")
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("trouble.so")
    }
}
