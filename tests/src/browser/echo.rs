//! What comes back to the person: its player, its meters, its samples, and how the server plays it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::Browser;
use crate::signal::RATE;
use crate::waiting::eventually;

const TAKE_WHAT_WAS_HEARD: &str = include_str!("take_what_was_heard.js");

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

impl Browser {
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

    /// Waits until a meter shows that something is heard.
    pub async fn until_it_moves(&self, meter: &str) {
        let floor = self.level_shown(meter, "aria-valuemin").await;
        eventually(&format!("`{meter}` moves"), async || {
            (self.level_shown(meter, "aria-valuenow").await > floor).then_some(())
        })
        .await;
    }

    async fn level_shown(&self, meter: &str, name: &str) -> i32 {
        let shown = self.attribute(meter, name).await;
        let level = shown.and_then(|shown| shown.parse().ok());
        level.expect("a meter shows whole numbers")
    }

    /// Waits until the server does what was chosen, as the page shows it.
    pub async fn until_in_force(&self, wanted: Value) {
        eventually(&format!("the echo {wanted}"), async || {
            let shown = self.attribute("echo-mode", "data-in-force").await?;
            (serde_json::from_str::<Value>(&shown).ok()? == wanted).then_some(())
        })
        .await;
    }
}
