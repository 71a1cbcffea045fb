//! What the page says of a network, by what the network does to each direction.

use std::time::Duration;

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::udp_proxy::{UdpProxy, Weather};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

const GOOD: Weather = Weather {
    loses_every: 0,
    loses_next: 0,
    delay: Duration::ZERO,
    is_cut: false,
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
/// Half a second of sound in one piece: it holds more than a pause between two words.
const SLOW_WITH_A_GAP: Weather = Weather {
    loses_next: 25,
    ..SLOW
};

/// Has the browser send all media through that port of ours.
pub(crate) fn detour(port: u16) -> String {
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

/// What is missing in what came back, in milliseconds, and how many marks show it, once the page
/// has compared it with what was said.
async fn missing(browser: &Browser) -> Option<(f64, usize)> {
    let script = "const pair = document.querySelector('[data-testid=pair]');
        const { similarity, lostMs } = pair?.dataset ?? {};
        const marks = pair?.querySelector('path.lost').getAttribute('d') ?? '';
        return similarity === undefined ? null : [lostMs, marks];";
    let missing = browser.evaluate(script).await;
    let [ms, marks] = missing.as_array()?.as_slice() else {
        return None;
    };
    Some((
        ms.as_str()?.parse().ok()?,
        marks.as_str()?.matches('M').count(),
    ))
}

/// Loses a stretch of the echo of a call in which nothing is missing, and waits until it is marked.
async fn lose_a_stretch(browser: &Browser, proxy: &UdpProxy) {
    eventually("nothing is missing", async || {
        (missing(browser).await? == (0.0, 0)).then_some(())
    })
    .await;
    proxy.set(SLOW, SLOW_WITH_A_GAP);
    eventually("the stretch is marked", async || {
        let (ms, marks) = missing(browser).await?;
        (ms > 0.0 && marks > 0).then_some(())
    })
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

/// Panics unless the report says of the call what the page shows.
async fn assert_report_says_as_shown(browser: &Browser) {
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
    let report = copied_report(browser).await;

    for (line, shown) in verdict {
        assert_eq!(told(&report, line), shown.as_deref(), "{line}: {report}");
    }
    assert_eq!(told(&report, "network.at_the_end.fitness"), Some("fit"));
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
        browser.network_card().await.assert_possible();
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
        lose_a_stretch(&browser, &proxy).await;
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
        assert_report_says_as_shown(&browser).await;
        browser.press("report-download").await;

        assert_eq!(microphone.as_deref(), Some("good"));
        assert_eq!(network.as_deref(), Some("unfit"), "of the whole call");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
