//! The page's card of the network: numbers that can be true, though Firefox counts less.

use std::ops::RangeInclusive;

use serde_json::Value;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

/// What is shown, and between what it lies on this machine: per cent, milliseconds, kbit/s, MOS.
const NUMBERS: [(&str, RangeInclusive<f64>); 10] = [
    ("lossUp", 0.0..=2.9),
    ("lossDown", 0.0..=2.9),
    ("jitterUp", 0.0..=30.0),
    ("jitterDown", 0.0..=30.0),
    ("kbpsUp", 5.0..=200.0),
    ("kbpsDown", 5.0..=200.0),
    ("mosUp", 3.5..=4.5),
    ("mosDown", 3.5..=4.5),
    ("rtt", 0.1..=200.0),
    ("buffer", 1.0..=500.0),
];

#[tokio::test]
async fn the_network_is_shown_in_numbers_and_nothing_is_blank() {
    Browser::run_in_firefox("firefox-network", async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        let card = card_with_losses(&browser).await;
        browser.take_picture("firefox-network").await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        for (name, range) in NUMBERS {
            let number = card[name].as_str().and_then(|text| text.parse().ok());
            let is_possible = number.is_some_and(|number| range.contains(&number));
            assert!(is_possible, "{name} in {card:#}");
        }
        let candidate = card["candidate"].as_str();
        assert!(matches!(candidate, Some("host" | "prflx")), "{card:#}");
        assert_eq!([&card["protocol"], &card["fitness"]], ["udp", "fit"]);
        let cells: Vec<&str> = card["cells"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(Value::as_str)
            .collect();
        // Four rows of both directions, and four facts of the whole.
        assert_eq!(cells.len(), 12, "{cells:#?}");
        assert!(cells.contains(&"opus, 48 kHz"), "{cells:#?}");
        let is_blank = |cell: &&str| !cell.contains(char::is_alphanumeric);
        assert!(!cells.iter().any(is_blank), "{cells:#?}");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

/// All that the card shows, in attributes and in words, as soon as it shows what is lost on the way
/// up and how long the way is: the way back is not to be known later.
async fn card_with_losses(browser: &Browser) -> Value {
    let script = "const card = document.querySelector('[data-testid=net]');
        const cells = card?.querySelectorAll('tbody td, .net-facts dd') ?? [];
        return { ...card?.dataset, cells: [...cells].map((cell) => cell.textContent) };";
    eventually("what is lost", async || {
        let card = browser.evaluate(script).await;
        (card["lossUp"].is_string() && card["rtt"].is_string()).then_some(card)
    })
    .await
}
