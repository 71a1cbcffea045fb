//! A machine whose network changes: ICE begins anew, and the call goes on.

use rustix::process::Signal;
use serde_json::Value;
use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

#[tokio::test]
async fn a_call_goes_on_in_one_recording_when_the_browser_comes_online_again() {
    let microphone = Microphone::Hears(Sentence::of(4, 14).samples);

    Browser::run("online", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let offered = browser.until_asked("POST", 200).await;
        let location = offered.location.unwrap();
        let id = browser.text("conversation-id").await;
        let before = until_received(&server, &location, 100).await;
        let first_way = way(&browser).await;

        browser.go_offline().await;
        browser.go_online().await;
        let restarted = browser.until_asked("PATCH", 200).await;
        browser.until_phase("live").await;

        let second_way = eventually("another way", async || {
            let way = way(&browser).await;
            (way.is_string() && way != first_way).then_some(way)
        })
        .await;
        until_received(&server, &location, before + 200).await;
        let state = server.call_state(&location).await;
        let session = server.get(&location).await;
        let session = session.headers().get("etag").cloned();
        assert_eq!(restarted.path, location);
        assert_ne!(restarted.tag, offered.tag);
        assert_eq!(session.unwrap().to_str().ok(), restarted.tag.as_deref());
        assert_eq!(state.conversation_id.to_string(), id, "{second_way}");
        browser.until_echo_plays_on().await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.shown("recording-link").await;
        let recorded: Vec<String> = server.recorded().iter().map(ToString::to_string).collect();
        assert_eq!(recorded, [id]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_survives_one_restart_after_the_other() {
    let microphone = Microphone::Hears(Sentence::of(4, 15).samples);

    Browser::run("again-online", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let location = browser.until_asked("POST", 200).await.location.unwrap();
        let mut received = until_received(&server, &location, 50).await;

        for times in 1..=3 {
            browser
                .evaluate("window.dispatchEvent(new Event('online'))")
                .await;
            eventually("the restart", async || {
                (restarts(&browser).await == times).then_some(())
            })
            .await;
            browser.until_phase("live").await;
            received = until_received(&server, &location, received + 100).await;
        }

        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.shown("recording-link").await;
        assert_eq!(server.recorded().len(), 1);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_whose_server_falls_silent_begins_ice_anew_until_it_answers() {
    let microphone = Microphone::Hears(Sentence::of(3, 30).samples);

    Browser::run("silent", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let location = browser.until_asked("POST", 200).await.location.unwrap();
        let id = browser.text("conversation-id").await;

        server.signal(Signal::STOP);
        browser.until_phase("reconnecting").await;
        browser.until_asked("PATCH", 0).await;
        server.signal(Signal::CONT);
        browser.until_phase("live").await;

        let received = until_received(&server, &location, 1).await;
        until_received(&server, &location, received + 100).await;
        let state = server.call_state(&location).await;
        assert_eq!(state.conversation_id.to_string(), id);
        browser.until_echo_plays_on().await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.shown("recording-link").await;
        assert_eq!(server.recorded().len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_over_when_the_network_comes_back_is_told_so() {
    let microphone = Microphone::Hears(Sentence::of(2, 16).samples);

    Browser::run("gone", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        // The page asks for a call that there is not.
        browser
            .evaluate(
                "const ask = window.fetch;
                window.fetch = (path, settings) =>
                    ask(settings.method === 'PATCH' ? path.slice(0, -1) : path, settings);",
            )
            .await;

        browser
            .evaluate("window.dispatchEvent(new Event('online'))")
            .await;

        browser.until_phase("ended").await;
        let problem = browser.attribute("problem", "data-problem").await;
        assert_eq!(problem.as_deref(), Some("call-over"));
        browser.until_all_is_released(1).await;
        server.until_active(0).await;
        server.stop().await;
    })
    .await;
}

/// How often the server began ICE anew.
async fn restarts(browser: &Browser) -> usize {
    let asked = browser.asked().await.into_iter();
    asked
        .filter(|asked| asked.method == "PATCH" && asked.status == 200)
        .count()
}

/// Waits until the server has so many packets of the call. How many it has then.
async fn until_received(server: &TestServer, location: &str, packets: u64) -> u64 {
    eventually("packets of the caller", async || {
        let state = server.call_state(location).await;
        let received = state.traffic?.received.packets;
        (received >= packets).then_some(received)
    })
    .await
}

/// What the browser calls the address that it sends from.
async fn way(browser: &Browser) -> Value {
    let script = "const report = await connectionOfTheTest.getStats();
        const transport = [...report.values()].find(({ type }) => type === 'transport');
        return report.get(transport.selectedCandidatePairId)?.localCandidateId ?? null;";
    browser.evaluate(script).await
}
