//! The promises of the window, the judge and the pictures.

use shared::call::{QueueDrops, Traffic, Way};

use super::history::{History, POINTS};
use super::judge::{
    FIT_JITTER_MS, FIT_LOSS, FIT_ROUND_TRIP_MS, UNFIT_JITTER_MS, UNFIT_LOSS, UNFIT_ROUND_TRIP_MS,
    thresholds,
};
use super::mos::BEST_MOS;
use super::snapshot::{Inbound, Outbound};
use super::{
    Candidate, Direction, Fitness, Path, Protocol, Quality, Reason, Snapshot, Verdict, Window,
    judge,
};

/// A call of 50 packets a second, fed once a second.
#[derive(Default)]
struct Line {
    window: Window,
    second: u32,
    sent_up: u64,
    lost_up: u64,
    lost_down: u64,
    is_server_silent: bool,
    round_trip_s: f64,
    quality: Quality,
}

impl Line {
    fn new() -> Self {
        Self {
            round_trip_s: 0.04,
            ..Self::default()
        }
    }

    /// So many seconds, with so many packets lost each second.
    fn pass(&mut self, seconds: u32, lost_up: u64, lost_down: u64) -> &Quality {
        for _ in 0..seconds {
            self.second += 1;
            self.sent_up += 50;
            self.lost_up += lost_up;
            self.lost_down += lost_down;
            let (browser, server) = (self.browser(), self.server());
            let now = f64::from(self.second) * 1_000.0;
            let server = (!self.is_server_silent).then_some(server);
            self.quality = self.window.feed(now, browser, server);
        }
        &self.quality
    }

    fn browser(&self) -> Snapshot {
        let sent_back = self.sent_up - self.lost_up;
        let came_back = (sent_back - self.lost_down) as f64;
        Snapshot {
            inbound: Inbound {
                packets_received: Some(came_back),
                // The server keeps the numbers of what it missed.
                packets_lost: Some((self.lost_up + self.lost_down) as f64),
                jitter_s: Some(0.005),
                bytes_received: Some(came_back * 80.0),
                jitter_buffer_delay_s: Some(f64::from(self.second) * 48_000.0 * 0.06),
                jitter_buffer_emitted: Some(f64::from(self.second) * 48_000.0),
                concealed_samples: Some(f64::from(self.second) * 4_800.0),
                silent_concealed_samples: Some(f64::from(self.second) * 2_400.0),
                total_samples_received: Some(f64::from(self.second) * 48_000.0),
            },
            outbound: Outbound {
                packets_sent: Some(self.sent_up as f64),
                bytes_sent: Some(self.sent_up as f64 * 80.0),
            },
            checked_round_trip_s: Some(self.round_trip_s),
            ..Snapshot::default()
        }
    }

    fn server(&self) -> Traffic {
        Traffic {
            received: Way {
                packets: self.sent_up - self.lost_up,
                lost: Some(self.lost_up),
                jitter_ms: Some(7.0),
            },
            sent: Way {
                packets: self.sent_up - self.lost_up,
                lost: None,
                jitter_ms: None,
            },
            round_trip_ms: Some(55.0),
            dropped: QueueDrops::default(),
        }
    }
}

fn assert_near(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-3, "{found} for {expected}");
}

fn quality() -> Quality {
    let direction = Direction {
        loss: Some(0.0),
        jitter_ms: Some(3.0),
        kbps: Some(32.0),
        mos: Some(4.4),
    };
    Quality {
        up: direction,
        down: direction,
        round_trip_ms: Some(40.0),
        ..Quality::default()
    }
}

fn verdict(fitness: Fitness, reason: Reason) -> Verdict {
    let reason = Some(reason);
    Verdict { fitness, reason }
}

#[test]
fn a_clean_line_has_numbers_for_everything() {
    let mut line = Line::new();

    let quality = line.pass(12, 0, 0);

    assert_near(quality.up.loss, 0.0);
    assert_near(quality.down.loss, 0.0);
    assert_near(quality.up.jitter_ms, 7.0);
    assert_near(quality.down.jitter_ms, 5.0);
    // 50 × 80 bytes a second.
    assert_near(quality.up.kbps, 32.0);
    assert_near(quality.down.kbps, 32.0);
    assert_near(quality.round_trip_ms, 40.0);
    assert_near(quality.buffer_ms, 60.0);
    assert_near(quality.concealed, 0.05);
    // One way 20 + 60 + 26.5 = 106.5 ms; R = 93.2 - 2.556 = 90.644.
    assert_near(quality.down.mos, 4.3547);
    assert_eq!(judge(quality).fitness, Fitness::Fit);
}

#[test]
fn the_directions_are_told_apart() {
    let mut up = Line::new();
    let mut down = Line::new();

    let up = up.pass(15, 5, 0).clone();
    let down = down.pass(15, 0, 5).clone();

    assert_near(up.up.loss, 0.1);
    assert_near(up.down.loss, 0.0);
    assert_eq!(judge(&up), verdict(Fitness::Unfit, Reason::LossUp));
    assert_near(down.up.loss, 0.0);
    assert_near(down.down.loss, 0.1);
    assert_eq!(judge(&down), verdict(Fitness::Unfit, Reason::LossDown));
    assert!(up.up.mos < up.down.mos);
    assert!(down.down.mos < down.up.mos);
}

#[test]
fn both_directions_may_lose_at_once() {
    let quality = Line::new().pass(15, 5, 9).clone();

    assert_near(quality.up.loss, 0.1);
    assert_near(quality.down.loss, 0.2);
}

#[test]
fn a_loss_is_forgotten_after_the_window() {
    let mut line = Line::new();
    line.pass(10, 10, 10);

    assert_near(line.pass(5, 0, 0).up.loss, 0.1);
    let quality = line.pass(6, 0, 0);

    assert_near(quality.up.loss, 0.0);
    assert_near(quality.down.loss, 0.0);
}

#[test]
fn nothing_is_said_of_the_first_seconds() {
    let mut line = Line::new();

    assert_eq!(judge(line.pass(1, 0, 0)), Verdict::default());
    assert_eq!(judge(line.pass(3, 1, 1)), Verdict::default());
    assert_ne!(judge(line.pass(3, 0, 0)), Verdict::default());
}

#[test]
fn counters_that_begin_anew_begin_a_new_window() {
    let mut line = Line::new();
    line.pass(12, 0, 0);
    line.sent_up = 0;

    let quality = line.pass(1, 0, 0).clone();

    assert_eq!(quality.up.loss, None);
    assert_eq!(quality.up.kbps, None);
    assert_near(line.pass(6, 5, 0).up.loss, 0.1);
}

#[test]
fn a_direction_in_which_nothing_comes_is_lost_whole() {
    let mut line = Line::new();
    line.pass(12, 0, 0);

    let quality = line.pass(11, 0, 50).clone();

    assert_near(quality.up.loss, 0.0);
    assert_near(quality.down.loss, 1.0);
    // R = 93.2 - 0.024 × 106.5 - 95 × 100 / 125.1 = 14.7048.
    assert_near(quality.down.mos, 1.117);
}

#[test]
fn what_comes_is_known_at_once_in_a_browser_that_told_nothing_before() {
    let mut line = Line::new();
    let before = Snapshot {
        inbound: Inbound::NOTHING,
        ..line.browser()
    };
    let server = line.server();
    line.window.feed(0.0, before, Some(server));

    let quality = line.pass(5, 0, 0);

    assert_near(quality.down.loss, 0.0);
    assert_near(quality.down.kbps, 32.0);
    assert_near(quality.buffer_ms, 60.0);
    assert_near(quality.concealed, 0.05);
}

#[test]
fn an_echo_that_is_silent_loses_nothing() {
    let mut window = Window::default();
    let mut quality = Quality::default();
    for second in 0..12_u32 {
        let browser = Snapshot {
            inbound: Inbound {
                packets_received: Some(0.0),
                packets_lost: Some(0.0),
                ..Inbound::default()
            },
            ..Snapshot::default()
        };
        let server = Some(Traffic::default());
        quality = window.feed(f64::from(second) * 1_000.0, browser, server);
    }

    assert_eq!(quality.down, Direction::default());
    assert_eq!(judge(&quality), Verdict::default());
}

#[test]
fn a_round_trip_of_zero_is_none() {
    let mut line = Line::new();
    line.round_trip_s = 0.0;

    // As the server has it.
    assert_near(line.pass(1, 0, 0).round_trip_ms, 55.0);
    line.is_server_silent = true;
    assert_eq!(line.pass(1, 0, 0).round_trip_ms, None);
}

#[test]
fn without_the_servers_count_no_direction_is_blamed() {
    for (lost_up, lost_down) in [(5, 0), (0, 5)] {
        let mut line = Line::new();
        line.is_server_silent = true;

        let quality = line.pass(12, lost_up, lost_down);

        assert_eq!((quality.up.loss, quality.down.loss), (None, None));
        assert_eq!((quality.up.mos, quality.down.mos), (None, None));
        assert_near(quality.loss, 0.1);
        assert_eq!(judge(quality), verdict(Fitness::Unfit, Reason::Loss));
    }
}

#[test]
fn with_the_servers_count_each_direction_is_judged_alone() {
    let mut line = Line::new();

    let quality = line.pass(12, 1, 1).clone();

    // 2 % each way are fit, though 4 % are lost on both ways together.
    assert_eq!(quality.loss, None);
    assert_eq!(judge(&quality).fitness, Fitness::Fit);
}

#[test]
fn a_page_in_the_background_is_fed_seldom_and_knows_all_the_same() {
    let mut line = Line::new();
    line.pass(5, 0, 0);
    let mut quality = Quality::default();
    for _ in 0..3 {
        line.second += 59;
        line.sent_up += 59 * 50;
        quality = line.pass(1, 3, 0).clone();
    }

    assert_near(quality.up.loss, 0.001);
}

#[test]
fn what_a_browser_does_not_count_is_not_known() {
    let mut window = Window::default();
    window.feed(0.0, Snapshot::default(), None);

    let quality = window.feed(10_000.0, Snapshot::default(), None);

    assert_eq!(quality, Quality::default());
}

#[test]
fn numbers_that_cannot_be_true_are_not_told() {
    let mut line = Line::new();
    line.pass(12, 0, 0);
    let mut browser = line.browser();
    browser.inbound.jitter_s = Some(f64::NAN);
    browser.inbound.jitter_buffer_delay_s = Some(f64::INFINITY);
    browser.checked_round_trip_s = Some(-1.0);

    let quality = line.window.feed(13_000.0, browser, None);

    assert_eq!(quality.down.jitter_ms, None);
    assert_eq!(quality.buffer_ms, None);
    assert_eq!(quality.round_trip_ms, None);
}

/// How a value is set, from where it limits, from where it makes unfit, and what is said.
type Case = (fn(&mut Quality, Option<f64>), f64, f64, Reason);

#[test]
fn each_limit_is_where_the_table_says() {
    let cases: [Case; 5] = [
        (|q, x| q.up.loss = x, FIT_LOSS, UNFIT_LOSS, Reason::LossUp),
        (
            |q, x| q.down.loss = x,
            FIT_LOSS,
            UNFIT_LOSS,
            Reason::LossDown,
        ),
        (
            |q, x| q.up.jitter_ms = x,
            FIT_JITTER_MS,
            UNFIT_JITTER_MS,
            Reason::JitterUp,
        ),
        (
            |q, x| q.down.jitter_ms = x,
            FIT_JITTER_MS,
            UNFIT_JITTER_MS,
            Reason::JitterDown,
        ),
        (
            |q, x| q.round_trip_ms = x,
            FIT_ROUND_TRIP_MS,
            UNFIT_ROUND_TRIP_MS,
            Reason::RoundTrip,
        ),
    ];
    for (set, fit, unfit, reason) in cases {
        let judged = |value: f64| {
            let mut quality = quality();
            set(&mut quality, Some(value));
            judge(&quality)
        };

        assert_eq!(judged(fit * 0.999).fitness, Fitness::Fit, "{reason:?}");
        assert_eq!(judged(fit), verdict(Fitness::Limited, reason));
        assert_eq!(judged(unfit * 0.999), verdict(Fitness::Limited, reason));
        assert_eq!(judged(unfit), verdict(Fitness::Unfit, reason));
    }
    let table = thresholds().map(|row| (row.fit_below, row.unfit_from));
    assert_eq!(table, [(0.03, 0.1), (30.0, 100.0), (300.0, 600.0)]);
}

#[test]
fn the_worst_reason_is_named() {
    let mut quality = quality();
    quality.up.loss = Some(0.05);
    quality.down.jitter_ms = Some(150.0);

    assert_eq!(judge(&quality), verdict(Fitness::Unfit, Reason::JitterDown));
}

#[test]
fn tcp_limits_and_a_relay_is_told() {
    let path = |candidate, protocol| Quality {
        path: Some(Path {
            candidate,
            protocol,
        }),
        ..quality()
    };

    let tcp = judge(&path(Candidate::Host, Protocol::Tcp));
    let relay = judge(&path(Candidate::Relay, Protocol::Udp));
    let direct = judge(&path(Candidate::Host, Protocol::Udp));

    assert_eq!(tcp, verdict(Fitness::Limited, Reason::Tcp));
    assert_eq!(relay, verdict(Fitness::Fit, Reason::Relayed));
    assert_eq!(direct.reason, None);
}

#[test]
fn candidates_and_protocols_are_known_by_their_names() {
    for name in ["host", "srflx", "prflx", "relay"] {
        assert_eq!(Candidate::named(name).unwrap().name(), name);
    }
    assert_eq!(Candidate::named("serverreflexive"), None);
    assert_eq!(Protocol::named("tls"), Some(Protocol::Tcp));
    assert_eq!(Protocol::named("sctp"), None);
}

#[test]
fn a_picture_is_a_minute_long_and_broken_where_nothing_is_known() {
    let mut history = History::default();
    for (second, loss) in [(0, Some(0.5)), (30, None), (45, Some(0.0)), (60, Some(1.0))] {
        let mut quality = quality();
        quality.up.loss = loss;
        history.push(f64::from(second) * 1_000.0, &quality);
    }

    let line = history.line(1.0, |point| point.loss_up);

    assert_eq!(line, "M0.0000 0.500h0M0.7500 1.000h0L1.0000 0.000");
    assert_eq!(History::default().line(1.0, |point| point.loss_up), "");
}

#[test]
fn a_picture_is_as_high_as_its_highest_point_and_no_lower_than_told() {
    let mut history = History::default();
    history.push(0.0, &quality());

    let top = |least| history.top(least, |point| point.round_trip_ms);

    assert_eq!((top(30.0).round(), top(300.0).round()), (40.0, 300.0));
}

#[test]
fn the_opinion_of_both_directions_is_drawn() {
    let mut history = History::default();
    let mut quality = quality();
    quality.down.mos = Some(2.25);
    history.push(0.0, &quality);

    let up = history.line(BEST_MOS, |point| point.mos_up);
    let down = history.line(BEST_MOS, |point| point.mos_down);

    assert_eq!((&*up, &*down), ("M1.0000 0.022h0", "M1.0000 0.500h0"));
}

#[test]
fn no_more_than_a_minute_is_kept() {
    let mut history = History::default();
    for second in 0..200_u32 {
        history.push(f64::from(second) * 1_000.0, &quality());
    }

    assert_eq!(history.points().count(), POINTS);
    assert!(history.points().all(|point| point.at_ms >= 140_000.0));
}
