//! The page as it looks: light and dark, on a desk and on a small phone.

use std::fs;

use serde_json::Value;
use tests::browser::{ELSEWHERE, Microphone};
use tests::foreign::tool;
use tests::signal::{Sentence, howl};
use tests::udp_proxy::{UdpProxy, Weather};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::languages::choose;
use crate::networks::detour;

const SCREENS: [(&str, u32, u32); 3] = [
    ("desk", 1280, 900),
    ("tablet", 768, 1024),
    ("phone", 320, 640),
];

/// Holds the microphone and the offer back until the test lets them go.
const HOLD_BACK: &str = "{
    const held = () => new Promise((go) => { window.goOnForTheTest = go; });
    const open = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = async function (wanted) {
        await held();
        return open.call(this, wanted);
    };
    const ask = window.fetch;
    window.fetch = async (path, settings) => {
        if (settings?.method !== 'POST') return ask(path, settings);
        await held();
        // The time that the page gives an answer may be over by then.
        return ask(path, { ...settings, signal: null });
    };
}";

/// Lets go what is held back.
async fn go_on(browser: &Browser) {
    let script = "const go = window.goOnForTheTest;
        window.goOnForTheTest = undefined;
        go?.();
        return go !== undefined;";
    eventually("something is held back", async || {
        (browser.evaluate(script).await == true).then_some(())
    })
    .await;
}

/// Takes a picture on every screen in both themes; the page fits each screen's width.
async fn portray(browser: &Browser, name: &str) -> Vec<Value> {
    let mut backgrounds = Vec::new();
    for theme in ["light", "dark"] {
        browser.prefer(theme).await;
        for (screen, width, height) in SCREENS {
            browser.resize(width, height).await;
            let root = "document.documentElement";
            let fits = format!("return {root}.scrollWidth <= {root}.clientWidth");
            let fits = browser.evaluate(&fits).await;
            assert_eq!(fits, true, "{name} on a {screen}, {theme}");
            let name = format!("{name}-{screen}-{theme}");
            browser.take_picture(&name).await;
            // Colours are the same on every screen.
            if theme == "light" || screen == "desk" {
                assert_accessible(browser, &name).await;
            }
        }
        let color = "return getComputedStyle(document.body).backgroundColor";
        backgrounds.push(browser.evaluate(color).await);
    }
    backgrounds
}

/// Panics with what axe-core finds against WCAG 2.2 AA.
async fn assert_accessible(browser: &Browser, name: &str) {
    let axe = fs::read_to_string(tool("node/node_modules/axe-core/axe.min.js"))
        .expect("axe-core is installed");
    let script = "const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
        const { violations, passes } = await axe.run(document, { runOnly: tags });
        if (passes.length < 10) throw new Error('hardly anything was looked at');
        return violations.map(({ id, nodes }) =>
            [id, ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)]);";
    let found = browser.evaluate(&format!("{axe}\n{script}")).await;
    assert_eq!(found, Value::Array(Vec::new()), "{name}: {found:#}");
}

#[tokio::test]
async fn the_page_fits_every_screen_and_theme_before_during_and_after_a_call() {
    let microphone = Microphone::Hears(Sentence::of(4, 5).samples);

    Browser::run("appearance", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        let backgrounds = portray(&browser, "idle").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.shown("verdict").await;
        portray(&browser, "live").await;
        browser.press("call").await;
        browser.shown("recording-link").await;
        portray(&browser, "ended").await;
        browser.press("library").await;
        browser.press("listed-delete").await;
        portray(&browser, "recordings").await;
        browser.assert_no_complaints().await;

        assert_ne!(backgrounds[0], backgrounds[1], "one theme for both");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_page_fits_every_screen_and_theme_when_it_has_much_to_say() {
    Browser::run("talkative", Microphone::Denied, async move |browser| {
        let flags = ["--host", ELSEWHERE, "--recording", "ask", "--auth", "token"];
        let token = ["--token", "more-than-sixteen-characters"];
        let mut server = TestServer::with(&[&flags[..], &token].concat()).await;
        let url = server.url().replace("127.0.0.1", ELSEWHERE);
        browser.visit(&url).await;

        browser.shown("insecure").await;
        browser.shown("key").await;
        browser.shown("record").await;
        portray(&browser, "talkative").await;

        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_page_fits_every_screen_and_theme_in_german_with_alarms_and_all_it_can_unfold() {
    let voice = Sentence::of(12, 6).samples;
    let clipped = voice.iter().map(|sample| (sample * 8.0).clamp(-1.0, 1.0));
    let microphone = Microphone::Hears(clipped.collect());

    Browser::run("alarmed", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        choose(&browser, "de").await;
        browser.press("preset-raw").await;
        browser.press("echo-delayed").await;
        browser.press("call").await;
        browser.until_phase("live").await;

        browser.shown("verdict").await;
        browser.shown("mic-remedy").await;
        let unfold = "document.querySelectorAll('details').forEach((one) => { one.open = true; });";
        browser.evaluate(unfold).await;
        portray(&browser, "alarmed").await;

        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_page_fits_every_screen_and_theme_while_it_waits_howls_and_has_lost_its_network() {
    let cut = Weather {
        is_cut: true,
        ..Weather::default()
    };

    Browser::run("howling", Microphone::Hears(howl()), async move |browser| {
        let mut server = TestServer::start().await;
        let proxy = UdpProxy::before(server.udp_port().await).await;
        browser.before_the_page(&detour(proxy.port())).await;
        browser.before_the_page(HOLD_BACK).await;
        browser.visit(server.url()).await;
        browser.press("preset-raw").await;
        browser.press("call").await;
        browser.until_phase("asking").await;
        portray(&browser, "asking").await;
        go_on(&browser).await;
        browser.until_phase("connecting").await;
        portray(&browser, "connecting").await;
        browser.until_phase("connecting").await;
        go_on(&browser).await;
        browser.until_phase("live").await;
        browser.shown("howl-hint").await;
        portray(&browser, "howl").await;
        proxy.set(cut, cut);
        browser.until_phase("reconnecting").await;
        browser.press("howl-close").await;
        portray(&browser, "reconnecting").await;
        browser.until_phase("reconnecting").await;

        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_page_fits_every_screen_and_theme_in_ukrainian_when_a_call_fails() {
    Browser::run("failed", Microphone::Denied, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        choose(&browser, "uk").await;

        browser.press("call").await;
        browser.shown("problem").await;
        portray(&browser, "failed").await;

        server.stop().await;
    })
    .await;
}
