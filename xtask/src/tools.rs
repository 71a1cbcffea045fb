//! The tools that build the page and drive its tests, each in exactly the version the project names, from source.
//!
//! What fits is taken from PATH; the rest is built once into `target/tools`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{
    command,
    project::{Project, locked_version},
};

const TRUNK: &str = "0.21.14";
const NEXTEST: &str = "0.9.143";
const GECKODRIVER: &str = "0.37.1";
const WASM: &str = "wasm32-unknown-unknown";

/// Where `wasm-bindgen`'s own command line lies in the project.
const WASM_TOOLS: &str = "xtask/wasm-tools";

/// A tool is used for seconds and built for minutes, so it is built quickly.
const QUICK_BUILD: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
];

/// Makes sure that the compiler knows WebAssembly.
pub(crate) fn install_wasm_target(project: &Project) -> Result<()> {
    let library = command::output_of(project.program("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        WASM,
    ]))?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }

    command::run(project.program("rustup").args(["target", "add", WASM]))
        .with_context(|| format!("the page needs the compiler's target {WASM}"))
}

/// Makes sure that there is a trunk and the one wasm-bindgen that fits the lock file.
pub(crate) fn install_page_tools(project: &Project, run: RunInstall) -> Result<()> {
    let tools = Tools::of(project);
    let bindgen = project.locked_version("wasm-bindgen")?;
    ensure!(
        bindgen == wasm_tools_version(project)?,
        "{WASM_TOOLS}/Cargo.lock has another wasm-bindgen-cli than Cargo.lock has wasm-bindgen: \
         they must be equal, {bindgen}"
    );

    if !tools.have("wasm-bindgen", &bindgen) {
        run(tools.cargo_install(project)?.args(["--path", WASM_TOOLS]))?;
    }
    if !tools.have("trunk", TRUNK) {
        // It need not fetch anything, so it need not speak TLS.
        run(tools.cargo_install(project)?.args([
            "trunk",
            "--version",
            TRUNK,
            "--no-default-features",
        ]))?;
    }
    tools.clear_build()
}

/// Makes sure that there is a nextest; any that reads our configuration will do.
pub(crate) fn install_nextest(project: &Project) -> Result<()> {
    let tools = Tools::of(project);
    let has_one =
        command::version_of("cargo-nextest").is_some() || tools.have("cargo-nextest", NEXTEST);
    if has_one {
        return Ok(());
    }

    let mut install = tools.cargo_install(project)?;
    install.args(["cargo-nextest", "--version", NEXTEST]);
    // Without what it would need to update itself.
    install.args(["--no-default-features", "--features", "default-no-update"]);
    command::run(&mut install)?;
    tools.clear_build()
}

/// Makes sure that there is the geckodriver that drives Firefox.
pub(crate) fn install_geckodriver(project: &Project) -> Result<()> {
    let tools = Tools::of(project);
    if tools.have("geckodriver", GECKODRIVER) {
        return Ok(());
    }

    command::run(
        tools
            .cargo_install(project)?
            .args(["geckodriver", "--version", GECKODRIVER]),
    )?;
    tools.clear_build()
}

/// How an installation is run: alone, or beside others with its lines marked.
pub(crate) type RunInstall = fn(&mut Command) -> Result<()>;

/// A program that finds our tools before those of the machine.
pub(crate) fn with_tools(project: &Project, mut command: Command) -> Result<Command> {
    command.env("PATH", command::path_with(&Tools::of(project).programs())?);
    Ok(command)
}

/// The version of the wasm-bindgen that our tools crate builds.
pub(crate) fn wasm_tools_version(project: &Project) -> Result<String> {
    let path = project.root.join(WASM_TOOLS).join("Cargo.lock");
    let lock = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;

    locked_version(&lock, "wasm-bindgen-cli").context("the tools crate has no wasm-bindgen-cli")
}

struct Tools {
    root: PathBuf,
}

impl Tools {
    fn of(project: &Project) -> Self {
        Self {
            root: project.tools(),
        }
    }

    fn programs(&self) -> PathBuf {
        self.root.join("bin")
    }

    fn have(&self, program: &str, version: &str) -> bool {
        // Ours comes first in PATH, so one of ours that does not fit hides one that would.
        let ours = self.programs().join(program);
        let found = if ours.exists() {
            command::version_of(ours)
        } else {
            command::version_of(program)
        };
        found.as_deref() == Some(version)
    }

    fn cargo_install(&self, project: &Project) -> Result<Command> {
        // With our folder in PATH, cargo need not advise to put it there.
        let mut command = with_tools(project, project.cargo())?;
        command
            .args(["install", "--locked", "--root"])
            .arg(&self.root);
        command
            .arg("--target-dir")
            .arg(self.build())
            .envs(QUICK_BUILD);
        Ok(command)
    }

    fn build(&self) -> PathBuf {
        self.root.join("build")
    }

    /// Over a gigabyte that nobody needs once the tools are built.
    fn clear_build(&self) -> Result<()> {
        let build = self.build();
        if build.exists() {
            fs::remove_dir_all(&build)
                .with_context(|| format!("cannot clear {}", build.display()))?;
        }
        Ok(())
    }
}
