//! What the page asked its server for, what its policy forbade, and the network between them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Browser;
use crate::waiting::eventually;

/// A request of the page and what came back.
#[derive(Clone, Debug, Deserialize)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// 0 without an answer.
    pub status: u16,
    pub location: Option<String>,
    /// `ETag`
    pub tag: Option<String>,
}

impl Browser {
    /// What the browser finds wrong with the page's manifest.
    pub async fn manifest_faults(&self) -> Vec<Value> {
        let cdp = self.driver.cdp();
        let found = cdp
            .send_raw("Page.getAppManifest", json!({}))
            .await
            .unwrap();
        found["errors"].as_array().cloned().unwrap_or_default()
    }

    /// All that was asked so far, since the page was opened.
    pub async fn asked(&self) -> Vec<Asked> {
        let asked = self.evaluate("return askedByThePage").await;
        serde_json::from_value(asked).unwrap()
    }

    /// Waits for the first request by that method with an answer of that status; 0 is none yet.
    pub async fn until_asked(&self, method: &str, status: u16) -> Asked {
        eventually(&format!("{method} with {status}"), async || {
            let mut asked = self.asked().await.into_iter();
            asked.find(|asked| (asked.method.as_str(), asked.status) == (method, status))
        })
        .await
    }

    /// Panics when the page's policy forbade something that the page did.
    pub async fn assert_policy_kept(&self) {
        let violations = self.evaluate("return forbiddenByThePolicy").await;
        assert_eq!(violations, json!([]));
    }

    /// Takes the browser's network away; a call's own packets still flow.
    pub async fn go_offline(&self) {
        self.emulate_network(true).await;
    }

    /// Gives it back, which the page hears as `online`.
    pub async fn go_online(&self) {
        self.emulate_network(false).await;
    }

    async fn emulate_network(&self, is_offline: bool) {
        let cdp = self.driver.cdp();
        let conditions = json!({
            "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        cdp.send_raw("Network.enable", json!({})).await.unwrap();
        cdp.send_raw("Network.emulateNetworkConditions", conditions)
            .await
            .unwrap();
    }

    /// How the browser calls itself from now on.
    pub async fn call_itself(&self, name: &str) {
        let name = json!({ "userAgent": name });
        let cdp = self.driver.cdp();
        cdp.send_raw("Network.setUserAgentOverride", name)
            .await
            .unwrap();
    }

    /// How many elements of that `data-testid` there are, shown or not.
    pub async fn count(&self, testid: &str) -> u64 {
        let script = format!("return document.querySelectorAll('[data-testid={testid}]').length");
        self.evaluate(&script).await.as_u64().unwrap()
    }

    /// Waits until there are so many.
    pub async fn until_count(&self, testid: &str, wanted: u64) {
        eventually(&format!("{wanted} of `{testid}`"), async || {
            (self.count(testid).await == wanted).then_some(())
        })
        .await;
    }

    /// Waits until that element has the focus.
    pub async fn until_focused(&self, testid: &str) {
        eventually(&format!("the focus is on `{testid}`"), async || {
            (self.focused().await.as_deref() == Some(testid)).then_some(())
        })
        .await;
    }

    /// Waits until the player of that `data-testid` plays, and tells how much it has, in seconds.
    pub async fn until_plays(&self, testid: &str) -> f64 {
        let script = format!(
            "const player = document.querySelector('[data-testid={testid}]');
             return player?.currentTime > 0 ? player.duration : null"
        );
        eventually(&format!("`{testid}` plays"), async || {
            self.evaluate(&script).await.as_f64()
        })
        .await
    }
}
