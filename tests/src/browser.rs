//! Chromium without a screen, driven as a person would: what he sees, presses and hears.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::{env, fs};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, LoggingPrefsLogLevel};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::{JoinSet, LocalSet};

use crate::signal::{RATE, write_wav};
use crate::waiting::{eventually, soon};

mod asked;

pub use asked::Asked;

const BEFORE_THE_PAGE: &str = include_str!("browser/before_the_page.js");
const TAKE_WHAT_WAS_HEARD: &str = include_str!("browser/take_what_was_heard.js");

/// Quiet, small, and without a word to the network.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--accept-lang=en-US",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--window-size=1280,900",
    "--host-resolver-rules=MAP elsewhere.test 127.0.0.1",
];

/// This machine under a name for which the browser does not know that it is this machine.
pub const ELSEWHERE: &str = "elsewhere.test";

/// The person's microphone.
pub enum Microphone {
    /// It hears this sound again and again, and the person lets every page use it.
    Hears(Vec<f32>),
    /// The person lets no page use it.
    Denied,
    /// The browser can't open it, and says so by this name of an exception.
    Fails(&'static str),
}

/// The player of the echo, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct EchoPlayer {
    /// Neither paused nor muted.
    pub is_playing: bool,
    /// How much of the echo it has played, in seconds.
    pub played: f64,
    /// From 0 to 1.
    pub volume: f64,
}

/// One browser with one page.
pub struct Browser {
    driver: WebDriver,
    _chromedriver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Opens a browser, runs the test in it and closes it. A test that fails leaves a picture.
    pub async fn run(
        name: &str,
        microphone: Microphone,
        test: impl AsyncFnOnce(Arc<Self>) + 'static,
    ) {
        let browser = Arc::new(Self::open(&microphone).await);
        let mut running = JoinSet::new();
        let visitor = browser.clone();
        let local = LocalSet::new();
        running.spawn_local_on(async move { test(visitor).await }, &local);
        let result = local.run_until(running.join_next()).await.unwrap();
        if result.is_err() {
            browser.take_picture(&format!("failed-{name}")).await;
        }
        let driver = browser.driver.clone();
        soon("the browser closes", driver.quit()).await.unwrap();
        if let Err(failure) = result {
            resume_unwind(failure.into_panic());
        }
    }

    async fn open(microphone: &Microphone) -> Self {
        let profile = TempDir::new().unwrap();
        let (chromedriver, port) = start_chromedriver().await;
        let capabilities = capabilities(profile.path(), microphone);
        let address = format!("http://127.0.0.1:{port}");
        let driver = soon("Chromium", WebDriver::new(address, capabilities)).await;
        let driver = driver.unwrap();
        let cdp = driver.cdp();
        cdp.send_raw("Page.enable", json!({})).await.unwrap();
        let browser = Self {
            driver,
            _chromedriver: chromedriver,
            _profile: profile,
        };
        browser.before_the_page(BEFORE_THE_PAGE).await;
        if let Microphone::Fails(name) = microphone {
            let failure = format!(
                "navigator.mediaDevices.getUserMedia =
                    async () => {{ throw new DOMException('', '{name}') }};"
            );
            browser.before_the_page(&failure).await;
        }
        browser
    }

    /// Runs a script before those of every page to come.
    pub async fn before_the_page(&self, script: &str) {
        let script = json!({ "source": script });
        let cdp = self.driver.cdp();
        cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", script)
            .await
            .unwrap();
    }

    /// Opens the page and waits until it can be used.
    pub async fn visit(&self, url: &str) {
        soon(url, self.driver.goto(url)).await.unwrap();
        self.until_phase("idle").await;
    }

    /// Leaves for an empty page.
    pub async fn leave(&self) {
        self.driver.goto("about:blank").await.unwrap();
    }

    /// The element, if the page shows it now.
    pub async fn seen(&self, testid: &str) -> Option<WebElement> {
        let element = self.driver.find(By::Testid(testid)).await.ok()?;
        element.is_displayed().await.ok()?.then_some(element)
    }

    /// Waits until the page shows this element.
    pub async fn shown(&self, testid: &str) -> WebElement {
        let what = format!("`{testid}` is shown");
        eventually(&what, async || self.seen(testid).await).await
    }

    pub async fn press(&self, testid: &str) {
        self.shown(testid).await.click().await.unwrap();
    }

    pub async fn text(&self, testid: &str) -> String {
        self.shown(testid).await.text().await.unwrap()
    }

    pub async fn attribute(&self, testid: &str, name: &str) -> Option<String> {
        self.shown(testid).await.attr(name).await.unwrap()
    }

    /// Waits for a phase of the call, as the page shows it.
    pub async fn until_phase(&self, wanted: &str) {
        eventually(&format!("phase `{wanted}`"), async || {
            let element = self.driver.find(By::Testid("phase")).await.ok()?;
            let phase = element.attr("data-phase").await.ok()??;
            (phase == wanted).then_some(())
        })
        .await;
    }

    /// Presses a key where the focus is.
    pub async fn press_key(&self, key: Key) {
        let keys = self.driver.action_chain().send_keys(key);
        keys.perform().await.unwrap();
    }

    /// The `data-testid` of what has the focus.
    pub async fn focused(&self) -> Option<String> {
        let element = self.driver.active_element().await.ok()?;
        // What had the focus may be gone by now.
        element.attr("data-testid").await.ok()?
    }

    /// What a script of the test returns.
    pub async fn evaluate(&self, script: &str) -> Value {
        let result = self.driver.execute(script, Vec::new()).await.unwrap();
        result.json().clone()
    }

    /// The statistics of the page's connection that are of this type.
    pub async fn statistics(&self, wanted: &str) -> Vec<Value> {
        let script = "const report = await connectionOfTheTest.getStats();
            return [...report.values()];";
        let all = self.evaluate(script).await;
        let all = all.as_array().unwrap().iter();
        all.filter(|entry| entry["type"] == wanted)
            .cloned()
            .collect()
    }

    /// What the page's player of the echo says about itself.
    pub async fn echo_player(&self) -> EchoPlayer {
        let script = "const { paused, muted, currentTime, volume } =
                document.querySelector('[data-testid=echo]');
            return { paused, muted, currentTime, volume };";
        let player = self.evaluate(script).await;
        EchoPlayer {
            is_playing: player["paused"] == false && player["muted"] == false,
            played: player["currentTime"].as_f64().unwrap(),
            volume: player["volume"].as_f64().unwrap(),
        }
    }

    /// Waits until the echo's player has gone on playing.
    pub async fn until_echo_plays_on(&self) {
        let before = self.echo_player().await.played;
        eventually("the echo plays", async || {
            let player = self.echo_player().await;
            (player.is_playing && player.played > before).then_some(())
        })
        .await;
    }

    /// Waits until that many calls have let go of their microphone, sound system and connection.
    pub async fn until_all_is_released(&self, calls: usize) {
        let script = "const { tracks, contexts, connections } = openedByThePage;
            return [
                tracks.map((track) => track.readyState),
                contexts.map((context) => context.state),
                connections.map((connection) => connection.connectionState),
            ];";
        let of_each = |state| vec![state; calls];
        let released = json!([of_each("ended"), of_each("closed"), of_each("closed")]);
        eventually(&format!("{released}"), async || {
            (self.evaluate(script).await == released).then_some(())
        })
        .await;
    }

    /// How many samples of the echo have come in so far.
    pub async fn heard_so_far(&self) -> usize {
        let length = self.evaluate("return heardByTheTest.length").await;
        usize::try_from(length.as_u64().unwrap()).unwrap()
    }

    /// Waits until that many samples more of the echo have come in.
    pub async fn listen(&self, samples: usize) {
        let target = self.heard_so_far().await + samples;
        eventually("the echo", async || {
            (self.heard_so_far().await >= target).then_some(())
        })
        .await;
    }

    /// All of the echo that came in, at 48 kHz, as its player gets it.
    pub async fn heard(&self) -> Vec<f32> {
        let heard = self.evaluate(TAKE_WHAT_WAS_HEARD).await;
        assert_eq!(heard[0], RATE);
        let bytes = BASE64_STANDARD.decode(heard[1].as_str().unwrap()).unwrap();
        bytes
            .chunks_exact(2)
            .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
            .collect()
    }

    /// Whether the page shall be `light` or `dark`.
    pub async fn prefer(&self, theme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        let parameters = json!({ "features": features });
        let cdp = self.driver.cdp();
        cdp.send_raw("Emulation.setEmulatedMedia", parameters)
            .await
            .unwrap();
    }

    /// How wide and high the screen is.
    pub async fn resize(&self, width: u32, height: u32) {
        let parameters = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        let cdp = self.driver.cdp();
        cdp.send_raw("Emulation.setDeviceMetricsOverride", parameters)
            .await
            .unwrap();
    }

    /// Leaves a picture of the whole page in `target/e2e-shots`.
    pub async fn take_picture(&self, name: &str) {
        // A page that is broken enough has no picture, and that is not what failed.
        if let Ok(picture) = soon("a picture", self.picture()).await {
            let folder = pictures();
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{name}.png")), picture).unwrap();
        }
    }

    async fn picture(&self) -> WebDriverResult<Vec<u8>> {
        let script = "const { scrollWidth, scrollHeight } = document.documentElement;
            return { x: 0, y: 0, width: scrollWidth, height: scrollHeight, scale: 1 }";
        let page = self.driver.execute(script, Vec::new()).await?;
        let parameters = json!({ "captureBeyondViewport": true, "clip": page.json() });
        let cdp = self.driver.cdp();
        let picture = cdp.send_raw("Page.captureScreenshot", parameters).await?;
        Ok(BASE64_STANDARD
            .decode(picture["data"].as_str().unwrap())
            .unwrap())
    }

    /// Panics when the browser found fault with the page: an error, a blocked resource.
    pub async fn assert_no_complaints(&self) {
        let log = self.driver.browser_log().await.unwrap();
        let is_grave = |level: &str| level == "SEVERE" || level == "WARNING";
        let complaints: Vec<&str> = log
            .iter()
            .filter(|entry| is_grave(&entry.level))
            .map(|entry| entry.message.as_str())
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

fn capabilities(profile: &Path, microphone: &Microphone) -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    // A server's certificate of its own is one that no authority signed.
    capabilities.accept_insecure_certs(true).unwrap();
    for flag in FLAGS {
        capabilities.add_arg(flag).unwrap();
    }
    let folder = format!("--user-data-dir={}", profile.join("profile").display());
    capabilities.add_arg(&folder).unwrap();
    let level = LoggingPrefsLogLevel::All;
    capabilities.set_browser_log_level(level).unwrap();
    let mut flags = Vec::new();
    match microphone {
        Microphone::Hears(sound) => {
            let wav = profile.join("microphone.wav");
            write_wav(&wav, sound);
            flags.push("--use-fake-ui-for-media-stream".to_owned());
            flags.push("--use-fake-device-for-media-stream".to_owned());
            flags.push(format!(
                "--use-file-for-fake-audio-capture={}",
                wav.display()
            ));
        }
        Microphone::Denied => {
            flags.push("--use-fake-device-for-media-stream".to_owned());
            let denied = json!({ "profile.default_content_setting_values.media_stream_mic": 2 });
            capabilities
                .add_experimental_option("prefs", denied)
                .unwrap();
        }
        Microphone::Fails(_) => flags.push("--use-fake-device-for-media-stream".to_owned()),
    }
    for flag in flags {
        capabilities.add_arg(&flag).unwrap();
    }
    capabilities
}

async fn start_chromedriver() -> (Child, u16) {
    let mut chromedriver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver is installed");
    let mut lines = BufReader::new(chromedriver.stdout.take().unwrap()).lines();
    let port = soon("chromedriver", async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return port.trim_end_matches('.').parse().unwrap();
            }
        }
        panic!("chromedriver ended at once");
    })
    .await;
    (chromedriver, port)
}

/// `target/e2e-shots`, beside the profile's folder the test was built into.
fn pictures() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("e2e-shots")
}
