//! Chromium: how it is started and watched, and what no other browser lets a test change.

use std::path::Path;
use std::process::Stdio;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, LoggingPrefsLogLevel};
use tokio::process::{Child, Command};

use super::{Browser, Microphone, port_after};
use crate::signal::write_wav;
use crate::waiting::soon;

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

/// What it needs as long as it is open.
pub(super) struct Chromium {
    failure: Option<&'static str>,
    _chromedriver: Child,
    _profile: TempDir,
}

pub(super) async fn open(microphone: Microphone) -> (WebDriver, Chromium) {
    let profile = TempDir::new().unwrap();
    let (chromedriver, port) = start_chromedriver().await;
    let capabilities = capabilities(profile.path(), &microphone);
    let address = format!("http://127.0.0.1:{port}");
    let driver = soon("Chromium", WebDriver::new(address, capabilities)).await;
    let failure = match microphone {
        Microphone::Fails(name) => Some(name),
        Microphone::Hears(_) | Microphone::Denied => None,
    };
    let chromium = Chromium {
        failure,
        _chromedriver: chromedriver,
        _profile: profile,
    };
    (driver.unwrap(), chromium)
}

impl Chromium {
    /// What no flag tells it.
    pub(super) fn script(&self) -> Option<String> {
        let name = self.failure?;
        Some(format!(
            "navigator.mediaDevices.getUserMedia =
                async () => {{ throw new DOMException('', '{name}') }};"
        ))
    }
}

pub(super) async fn before_the_page(driver: &WebDriver, script: &str) {
    let script = json!({ "source": script });
    let cdp = driver.cdp();
    cdp.send_raw("Page.enable", json!({})).await.unwrap();
    cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", script)
        .await
        .unwrap();
}

pub(super) async fn picture(driver: &WebDriver) -> WebDriverResult<Vec<u8>> {
    let script = "const { scrollWidth, scrollHeight } = document.documentElement;
        return { x: 0, y: 0, width: scrollWidth, height: scrollHeight, scale: 1 }";
    let page = driver.execute(script, Vec::new()).await?;
    let parameters = json!({ "captureBeyondViewport": true, "clip": page.json() });
    let cdp = driver.cdp();
    let picture = cdp.send_raw("Page.captureScreenshot", parameters).await?;
    Ok(BASE64_STANDARD
        .decode(picture["data"].as_str().unwrap())
        .unwrap())
}

/// What it logged of its page that is grave.
pub(super) async fn complaints(driver: &WebDriver) -> Vec<String> {
    let log = driver.browser_log().await.unwrap();
    let is_grave = |level: &str| level == "SEVERE" || level == "WARNING";
    log.into_iter()
        .filter(|entry| is_grave(&entry.level))
        .map(|entry| entry.message)
        .collect()
}

impl Browser {
    /// Whether the page shall be `light` or `dark`.
    pub async fn prefer(&self, theme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        let parameters = json!({ "features": features });
        let cdp = self.driver.cdp();
        cdp.send_raw("Emulation.setEmulatedMedia", parameters)
            .await
            .unwrap();
    }

    /// Where what is downloaded comes to lie from now on.
    pub async fn download_to(&self, folder: &Path) {
        let parameters = json!({ "behavior": "allow", "downloadPath": folder });
        let cdp = self.driver.cdp();
        cdp.send_raw("Browser.setDownloadBehavior", parameters)
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
    let output = chromedriver.stdout.take().unwrap();
    // It does not mind that nobody reads the rest.
    let (port, _) = port_after("started successfully on port ", output).await;
    (chromedriver, port)
}
