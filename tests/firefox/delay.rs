//! The delay that a person hears, measured by a chirp.

use std::ops::Range;

use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::tone::until_tone_comes_back;

#[tokio::test]
async fn a_chirp_finds_the_delay_that_is_set() {
    Browser::run_in_firefox("firefox-delay", async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        until_tone_comes_back(&browser).await;

        chirp(&browser, 0.0..400.0).await;
        browser.press("echo-delayed").await;
        until_tone_comes_back(&browser).await;
        chirp(&browser, 2_000.0..2_400.0).await;
        browser.take_picture("firefox-delay").await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

/// Presses the chirp, and waits until the page finds a delay of so many milliseconds by it.
async fn chirp(browser: &Browser, wanted: Range<f64>) {
    browser.press("chirp").await;
    eventually(&format!("a delay of {wanted:?} ms"), async || {
        let how = browser.attribute("delay", "data-how").await;
        let ms: f64 = browser.attribute("delay", "data-ms").await?.parse().ok()?;
        (how.as_deref() == Some("chirp") && wanted.contains(&ms)).then_some(())
    })
    .await;
}
