//! The page's card of the network: what it shows, and whether that can be true.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::Browser;
use crate::waiting::eventually;

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

/// The pictures, and how many lines each has.
const PLOTS: [(&str, usize); 5] = [
    ("plot-loss", 2),
    ("plot-jitter", 2),
    ("plot-rtt", 1),
    ("plot-bitrate", 2),
    ("plot-mos", 2),
];

/// All that the card shows, in attributes, in words and in lines.
pub struct NetworkCard(Value);

impl Browser {
    /// The card as soon as it shows what is lost on the way up and how long the way is: the way
    /// back is not to be known later.
    pub async fn network_card(&self) -> NetworkCard {
        let script = "const card = document.querySelector('[data-testid=net]');
            const cells = card?.querySelectorAll('tbody td, .net-facts dd') ?? [];
            const lines = card?.querySelectorAll('.plot-up, .plot-down') ?? [];
            const drawn = (line) =>
                [line.closest('.plot').dataset.testid, line.getAttribute('d') ?? ''];
            return {
                ...card?.dataset,
                cells: [...cells].map((cell) => cell.textContent),
                lines: [...lines].map(drawn),
            };";
        eventually("what is lost", async || {
            let card = self.evaluate(script).await;
            let is_told = card["lossUp"].is_string() && card["rtt"].is_string();
            is_told.then_some(NetworkCard(card))
        })
        .await
    }
}

impl NetworkCard {
    /// Panics unless all of it is there and can be true of a good network on this machine.
    pub fn assert_possible(&self) {
        let card = &self.0;
        for (name, range) in NUMBERS {
            let number = card[name].as_str().and_then(|text| text.parse().ok());
            let is_possible = number.is_some_and(|number| range.contains(&number));
            assert!(is_possible, "{name} in {card:#}");
        }
        let candidate = card["candidate"].as_str();
        assert!(matches!(candidate, Some("host" | "prflx")), "{card:#}");
        assert_eq!([&card["protocol"], &card["fitness"]], ["udp", "fit"]);
        self.assert_cells();
        self.assert_drawn();
    }

    fn assert_cells(&self) {
        let cells: Vec<String> = serde_json::from_value(self.0["cells"].clone()).unwrap();
        // Four rows of both directions, and four facts of the whole.
        assert_eq!(cells.len(), 12, "{cells:#?}");
        assert!(
            cells.iter().any(|cell| cell == "opus, 48 kHz"),
            "{cells:#?}"
        );
        let is_blank = |cell: &String| !cell.contains(char::is_alphanumeric);
        assert!(!cells.iter().any(is_blank), "{cells:#?}");
    }

    fn assert_drawn(&self) {
        let lines: Vec<(String, String)> = serde_json::from_value(self.0["lines"].clone()).unwrap();
        let is_drawn = |(_, line): &(String, String)| line.starts_with('M');
        assert!(lines.iter().all(is_drawn), "{lines:#?}");
        for (plot, wanted) in PLOTS {
            let drawn = lines.iter().filter(|(name, _)| name == plot).count();
            assert_eq!(drawn, wanted, "{plot} in {lines:#?}");
        }
    }
}
