//! Firefox: how it is started and watched. It hears a tone of its own and plays into nothing.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::FirefoxCapabilities;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::extensions::addons::firefox::FirefoxTools;
use thirtyfour::prelude::*;
use tokio::io::{self, copy, sink};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::port_after;
use crate::signal::RATE;
use crate::waiting::{eventually, soon};

pub(super) const NOTE_COMPLAINTS: &str = include_str!("note_complaints.js");

/// The microphone is a tone, and everybody may have it.
const PERMISSIVE: [&str; 2] = [
    "media.navigator.streams.fake",
    "media.navigator.permission.disabled",
];

/// What it needs as long as it is open.
pub(super) struct Firefox {
    process: Option<Pid>,
    geckodriver: Child,
    _sound: Child,
    /// Nobody waits for what the driver says, but it must not talk into a closed pipe.
    _listener: JoinSet<io::Result<u64>>,
    home: TempDir,
}

pub(super) async fn open() -> (WebDriver, Firefox) {
    let home = TempDir::new().unwrap();
    let sound = start_sound(home.path()).await;
    let mut geckodriver = Command::new("geckodriver")
        .args(["--host", "127.0.0.1", "--port", "0"])
        .envs(["HOME", "TMPDIR", "XDG_RUNTIME_DIR"].map(|name| (name, home.path())))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("geckodriver is installed");
    let output = geckodriver.stdout.take().unwrap();
    let (port, lines) = port_after("Listening on 127.0.0.1:", output).await;
    let mut listener = JoinSet::new();
    listener.spawn(async move { copy(&mut lines.into_inner(), &mut sink()).await });
    let address = format!("http://127.0.0.1:{port}");
    let driver = soon("Firefox", WebDriver::new(address, capabilities())).await;
    let driver = driver.unwrap();
    let process = driver.handle().capabilities().get("moz:processID");
    let process = process
        .and_then(Value::as_i64)
        .and_then(|id| id.try_into().ok());
    let firefox = Firefox {
        process: process.and_then(Pid::from_raw),
        geckodriver,
        _sound: sound,
        _listener: listener,
        home,
    };
    (driver, firefox)
}

/// A sound system of its own that plays into nothing: without one, Firefox has no clock for sound.
async fn start_sound(home: &Path) -> Child {
    let sound = Command::new("pulseaudio")
        .args(["--daemonize=no", "--use-pid-file=no", "-n"])
        .args(["--exit-idle-time=-1", "--disallow-exit"])
        .arg(format!("--load=module-null-sink rate={RATE}"))
        .arg("--load=module-native-protocol-unix auth-anonymous=1")
        .envs(["HOME", "XDG_RUNTIME_DIR"].map(|name| (name, home)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("pulseaudio is installed");
    let socket = home.join("pulse/native");
    eventually("the sound system", async || socket.exists().then_some(())).await;
    sound
}

fn capabilities() -> FirefoxCapabilities {
    let mut preferences = FirefoxPreferences::new();
    for name in PERMISSIVE {
        preferences.set(name, true).unwrap();
    }
    preferences.set("intl.accept_languages", "en-US").unwrap();
    let mut capabilities = DesiredCapabilities::firefox();
    capabilities.accept_insecure_certs(true).unwrap();
    capabilities.set_headless().unwrap();
    capabilities.set_preferences(preferences).unwrap();
    capabilities
}

impl Drop for Firefox {
    /// Its driver is killed, and would leave it behind if it hangs.
    fn drop(&mut self) {
        let ours = self.process.filter(|process| {
            let parent = parent(*process);
            parent.is_some() && parent == self.geckodriver.id()
        });
        if let Some(process) = ours {
            // It may end by itself meanwhile.
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

/// Who started that process (proc(5)), if it still runs.
fn parent(process: Pid) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

impl Firefox {
    /// By an add-on: its driver knows scripts only for a page that is there already, and the page's
    /// policy would forbid an element.
    pub(super) async fn before_the_page(&self, driver: &WebDriver, script: &str) {
        let addon = TempDir::new_in(&self.home).unwrap().keep();
        let manifest = json!({
            "manifest_version": 2,
            "name": "a script of the test",
            "version": "1",
            "content_scripts": [{
                "matches": ["<all_urls>"],
                "js": ["script.js"],
                "run_at": "document_start",
                "world": "MAIN",
            }],
        });
        fs::write(addon.join("manifest.json"), manifest.to_string()).unwrap();
        fs::write(addon.join("script.js"), script).unwrap();
        let tools = FirefoxTools::new(driver.handle().clone());
        let installed = tools.install_addon(addon.to_str().unwrap(), Some(true));
        soon("the script is known", installed).await.unwrap();
    }
}

pub(super) async fn picture(driver: &WebDriver) -> WebDriverResult<Vec<u8>> {
    let tools = FirefoxTools::new(driver.handle().clone());
    tools.full_screenshot_as_png().await
}

/// What the page complained of since it was opened.
pub(super) async fn complaints(driver: &WebDriver) -> Vec<String> {
    let script = "return complaintsOfThePage";
    let complaints = driver.execute(script, Vec::new()).await.unwrap();
    complaints.convert().unwrap()
}
