//! What the page says of a network, by what the network does to each direction.

use std::time::Duration;

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::udp_proxy::{UdpProxy, Weather};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

const GOOD: Weather = Weather {
    loses_every: 0,
    delay: Duration::ZERO,
};
/// A packet in six.
const LOSSY: Weather = Weather {
    loses_every: 6,
    ..GOOD
};
const SLOW: Weather = Weather {
    delay: Duration::from_millis(200),
    ..GOOD
};

/// Has the browser send all media through that port of ours.
fn detour(port: u16) -> String {
    format!(
        "const set = RTCPeerConnection.prototype.setRemoteDescription;
         RTCPeerConnection.prototype.setRemoteDescription = function ({{ type, sdp }}) {{
             const detoured = sdp.replace(/(a=candidate:.* 127\\.0\\.0\\.1) \\d+ typ/g, '$1 {port} typ');
             return set.call(this, {{ type, sdp: detoured }});
         }};"
    )
}

/// Waits until the page judges the network so.
async fn until(browser: &Browser, fitness: &str, reason: &str) {
    eventually(
        &format!("the network is {fitness} by {reason}"),
        async || {
            let told = browser.attribute("net", "data-fitness").await?;
            let why = browser
                .attribute("net", "data-reason")
                .await
                .unwrap_or_default();
            (told == fitness && why == reason).then_some(())
        },
    )
    .await;
}

/// The report as the page gives it to the clipboard.
async fn copied_report(browser: &Browser) -> String {
    let capture = "navigator.clipboard.writeText =
        async (text) => { window.copiedByTheTest = text; };";
    browser.evaluate(capture).await;
    browser.press("report-copy").await;
    eventually("the report on the clipboard", async || {
        let copied = browser.evaluate("return window.copiedByTheTest").await;
        copied.as_str().map(ToOwned::to_owned)
    })
    .await
}

/// What a report says in that line.
fn told<'a>(report: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(": ");
    report.lines().find_map(value)
}

#[tokio::test]
async fn loss_and_delay_change_the_verdict_and_name_the_right_direction() {
    let microphone = Microphone::Hears(Sentence::of(12, 61).samples);

    Browser::run("network", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        let proxy = UdpProxy::before(server.udp_port().await).await;
        browser.before_the_page(&detour(proxy.port())).await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        until(&browser, "fit", "").await;
        proxy.set(LOSSY, GOOD);
        until(&browser, "unfit", "loss-up").await;
        eventually("the verdict names it", async || {
            let network = browser.attribute("verdict", "data-network").await?;
            let reason = browser.attribute("verdict", "data-reason").await?;
            (network == "unfit" && reason == "loss-up").then_some(())
        })
        .await;
        browser.take_picture("net-loss-up").await;
        proxy.set(GOOD, LOSSY);
        until(&browser, "unfit", "loss-down").await;
        proxy.set(SLOW, SLOW);
        until(&browser, "limited", "round-trip").await;
        proxy.set(GOOD, GOOD);
        until(&browser, "fit", "").await;
        let microphone = browser.attribute("verdict", "data-microphone").await;
        let network = browser.attribute("verdict", "data-network").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.shown("verdict").await;
        let open = "document.querySelector('[data-testid=verdict-net-thresholds]').open = true;";
        browser.evaluate(open).await;
        let limits = browser.text("verdict-net-thresholds").await;
        assert!(limits.contains("3 %"), "{limits}");
        browser.take_picture("verdict").await;
        let shown = [
            ("microphone.state", "data-microphone"),
            ("network.fitness", "data-network"),
            ("network.reason", "data-reason"),
        ];
        let mut verdict = Vec::new();
        for (line, attribute) in shown {
            let shown = browser.attribute("verdict", attribute).await;
            verdict.push((line, shown));
        }
        let report = copied_report(&browser).await;
        browser.press("report-download").await;

        assert_eq!(microphone.as_deref(), Some("good"));
        assert_eq!(network.as_deref(), Some("unfit"), "of the whole call");
        for (line, shown) in verdict {
            assert_eq!(told(&report, line), shown.as_deref(), "{line}: {report}");
        }
        assert_eq!(told(&report, "network.at_the_end.fitness"), Some("fit"));
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
