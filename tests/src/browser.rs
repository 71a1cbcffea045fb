//! A browser without a screen, driven as a person would: what he sees, presses and hears.

use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::ChildStdout;
use tokio::task::{JoinSet, LocalSet};

use crate::waiting::{eventually, soon};
use chromium::Chromium;
use firefox::Firefox;

mod asked;
mod chromium;
mod echo;
mod firefox;
mod network_card;

pub use asked::Asked;
pub use chromium::ELSEWHERE;
pub use echo::EchoPlayer;
pub use network_card::NetworkCard;

const BEFORE_THE_PAGE: &str = include_str!("browser/before_the_page.js");

/// The person's microphone.
pub enum Microphone {
    /// It hears this sound again and again, and the person lets every page use it.
    Hears(Vec<f32>),
    /// The person lets no page use it.
    Denied,
    /// The browser can't open it, and says so by this name of an exception.
    Fails(&'static str),
}

/// One browser with one page.
pub struct Browser {
    driver: WebDriver,
    program: Program,
}

/// Whose browser it is, with all that it needs as long as it is open.
enum Program {
    Chromium(Chromium),
    Firefox(Firefox),
}

impl Browser {
    /// Opens Chromium, runs the test in it and closes it. A test that fails leaves a picture.
    pub async fn run(
        name: &str,
        microphone: Microphone,
        test: impl AsyncFnOnce(Arc<Self>) + 'static,
    ) {
        let (driver, chromium) = chromium::open(microphone).await;
        let program = Program::Chromium(chromium);
        Self { driver, program }.attend(name, test).await;
    }

    /// The same in Firefox, whose microphone hears a tone of 1 kHz.
    pub async fn run_in_firefox(name: &str, test: impl AsyncFnOnce(Arc<Self>) + 'static) {
        let (driver, firefox) = firefox::open().await;
        let program = Program::Firefox(firefox);
        Self { driver, program }.attend(name, test).await;
    }

    async fn attend(self, name: &str, test: impl AsyncFnOnce(Arc<Self>) + 'static) {
        let browser = Arc::new(self);
        let mut running = JoinSet::new();
        let visitor = browser.clone();
        let local = LocalSet::new();
        let visit = async move {
            visitor.prepare().await;
            test(visitor).await;
        };
        running.spawn_local_on(visit, &local);
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

    async fn prepare(&self) {
        self.before_the_page(BEFORE_THE_PAGE).await;
        let own = match &self.program {
            Program::Chromium(chromium) => chromium.script(),
            Program::Firefox(_) => Some(firefox::NOTE_COMPLAINTS.to_owned()),
        };
        if let Some(script) = own {
            self.before_the_page(&script).await;
        }
    }

    /// Runs a script before those of every page to come.
    pub async fn before_the_page(&self, script: &str) {
        match &self.program {
            Program::Chromium(_) => chromium::before_the_page(&self.driver, script).await,
            Program::Firefox(firefox) => firefox.before_the_page(&self.driver, script).await,
        }
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
        let script = "return connectionOfTheTest.getStats()
            .then((report) => [...report.values()]);";
        let all = self.evaluate(script).await;
        let all = all.as_array().unwrap().iter();
        all.filter(|entry| entry["type"] == wanted)
            .cloned()
            .collect()
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
        match &self.program {
            Program::Chromium(_) => chromium::picture(&self.driver).await,
            Program::Firefox(_) => firefox::picture(&self.driver).await,
        }
    }

    /// Panics when the browser found fault with the page: an error, a blocked resource.
    pub async fn assert_no_complaints(&self) {
        let complaints = match &self.program {
            Program::Chromium(_) => chromium::complaints(&self.driver).await,
            Program::Firefox(_) => firefox::complaints(&self.driver).await,
        };
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

/// The port that a driver of ours listens on, by what it says after these words; the rest of it.
async fn port_after(words: &str, output: ChildStdout) -> (u16, Lines<BufReader<ChildStdout>>) {
    let mut lines = BufReader::new(output).lines();
    let port = soon("the browser's driver", async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, port)) = line.split_once(words) {
                return port.trim_end_matches('.').parse().unwrap();
            }
        }
        panic!("the browser's driver ended at once");
    })
    .await;
    (port, lines)
}

/// `target/e2e-shots`, beside the profile's folder the test was built into.
fn pictures() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("e2e-shots")
}
