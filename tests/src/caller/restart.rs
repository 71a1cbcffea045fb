//! ICE that begins anew in the middle of a call, and candidates that come after the offer.

use reqwest::Response;

use super::{Call, Caller, until};
use crate::test_server::TestServer;

/// What a fragment may hold of an offer (RFC 8840 §9).
const KINDS: [&str; 6] = [
    "m=",
    "a=mid:",
    "a=ice-ufrag:",
    "a=ice-pwd:",
    "a=candidate:",
    "a=end-of-candidates",
];

impl Caller {
    /// Begins ICE anew from another socket, and takes the server's answer. The call is the same,
    /// under another tag.
    pub async fn restart(&self, server: &TestServer, call: &mut Call) {
        let before = self.offer_now().await;
        self.connection.restart_ice().await.unwrap();
        self.hearing.is_gathered.send_replace(false);
        let offer = self.offer().await;
        assert_ne!(candidates(&before), candidates(&offer), "the same socket");
        let response = server.patch(&call.location, "*", fragment(&offer)).await;
        let status = response.status();
        let tag = response.headers().get("etag").cloned();
        let answer = response.text().await.unwrap();
        assert_eq!(status, 200, "{answer}");
        call.tag = tag.unwrap().to_str().unwrap().to_owned();
        for name in ["a=ice-ufrag:", "a=ice-pwd:"] {
            let line = |text: &str| -> String {
                let mut lines = text.lines();
                lines
                    .find(|line| line.starts_with(name))
                    .unwrap()
                    .to_owned()
            };
            call.answer = call.answer.replace(&line(&call.answer), &line(&answer));
        }
        self.accept(&call.answer).await;
    }

    /// Tells the server the candidates of an offer, and of others.
    pub async fn trickle(&self, server: &TestServer, call: &Call, others: &[String]) -> Response {
        let offer = self.offer_now().await;
        let end = "a=end-of-candidates";
        let others = others.join("\r\n");
        let fragment = fragment(&offer).replace(end, &format!("{others}\r\n{end}"));
        server.patch(&call.location, &call.tag, fragment).await
    }

    /// The offer that is in force.
    pub async fn offer_now(&self) -> String {
        until(&self.hearing.is_gathered, "gathering", |is_done| *is_done).await;
        self.connection.local_description().await.unwrap().sdp
    }
}

/// An offer as it is before any candidate is known.
#[must_use]
pub fn without_candidates(offer: &str) -> String {
    let is_candidate = |line: &&str| line.starts_with("a=candidate:") || line.starts_with("a=end-");
    let kept: Vec<&str> = offer.lines().filter(|line| !is_candidate(line)).collect();
    kept.join("\r\n") + "\r\n"
}

fn fragment(offer: &str) -> String {
    let is_of_ice = |line: &&str| KINDS.iter().any(|kind| line.starts_with(kind));
    let lines: Vec<&str> = offer.lines().filter(is_of_ice).collect();
    lines.join("\r\n") + "\r\n"
}

fn candidates(offer: &str) -> Vec<&str> {
    let lines = offer.lines();
    lines
        .filter(|line| line.starts_with("a=candidate:"))
        .collect()
}
