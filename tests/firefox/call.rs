//! Press the button, hear the tone, hang up, and the recording is there.

use rustix::process::Signal;
use shared::ConversationId;
use tests::signal::RATE;
use tests::{Browser, TestServer, opus_tools};

use crate::tone::{seconds_of_tone, until_tone_comes_back};

#[tokio::test]
async fn a_person_hears_himself_and_finds_the_recording() {
    Browser::run_in_firefox("firefox-call", async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        browser.visit(server.url()).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        assert_eq!(server.health().await.active_conversations, 1);
        let id: ConversationId = browser.text("conversation-id").await.parse().unwrap();
        until_tone_comes_back(&browser).await;
        browser.until_echo_plays_on().await;
        browser.until_it_moves("level-out").await;
        browser.until_it_moves("level-in").await;
        browser.take_picture("firefox-live").await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        server.until_active(0).await;
        browser.until_all_is_released(1).await;
        browser.shown("recording-play").await;
        let samples = server.final_recording(id).samples;
        let recorded = opus_tools::decode(&server.recording(id));
        let tone = seconds_of_tone(&recorded);
        let seconds = samples as f32 / RATE as f32;
        assert!(tone > 0.9 * seconds - 0.5, "{tone} of {seconds} seconds");
        browser.assert_policy_kept().await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_can_call_again_and_leaving_the_page_hangs_up() {
    Browser::run_in_firefox("firefox-again", async move |browser| {
        // Nothing but the page's own word may end the call.
        let mut server = TestServer::on_all_addresses(&["--media-deadline", "10m"]).await;
        browser.visit(server.url()).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        until_tone_comes_back(&browser).await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.until_all_is_released(1).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        until_tone_comes_back(&browser).await;
        browser.assert_no_complaints().await;
        browser.leave().await;

        server.until_active(0).await;
        assert_eq!(server.recorded().len(), 2);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_over_https_is_the_same() {
    Browser::run_in_firefox("firefox-https", async move |browser| {
        let mut server = TestServer::on_all_addresses(&["--tls", "auto"]).await;
        browser.visit(server.url()).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        until_tone_comes_back(&browser).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        browser.shown("recording-play").await;
        browser.assert_policy_kept().await;
        browser.assert_no_complaints().await;
        server.signal(Signal::TERM);
        assert!(server.ended().await.success());
        server.assert_quiet_log();
    })
    .await;
}
