use std::collections::VecDeque;
use std::num::NonZeroUsize;

use proptest::prelude::*;

use super::*;
use crate::audio::tee::Tee;

const FRAME: Duration = Duration::from_millis(20);
const STEP: Duration = Duration::from_millis(5);

/// A caller who sends a packet every 20 ms, and what he hears.
struct Caller {
    tee: Tee,
    echo: Echo,
    /// Gone with the ear.
    voice: Option<Voice>,
    ear: LateEar,
    start: Instant,
    now: Instant,
    sent: u16,
    /// When, which packet, in which row.
    heard: Vec<(Duration, u16, u32)>,
}

/// Hears late, or now and then.
struct LateEar {
    late: Duration,
    looks_every: Duration,
    /// When they came, and whether they are a voice.
    waiting: VecDeque<(Instant, bool)>,
}

impl Caller {
    fn new() -> Self {
        let mut tee = Tee::default();
        let echo = Echo::new(tee.attach(Echo::NAME, NonZeroUsize::new(100).unwrap()));
        let start = Instant::now();
        Self {
            tee,
            echo,
            voice: Some(Voice::new(start)),
            ear: LateEar {
                late: Duration::ZERO,
                looks_every: STEP,
                waiting: VecDeque::new(),
            },
            start,
            now: start,
            sent: 0,
            heard: Vec::new(),
        }
    }

    fn set(&mut self, mode: EchoMode) {
        let voice = self.voice.clone().unwrap();
        self.echo.set(mode, voice, self.now);
    }

    /// Speaks, or only breathes, for so many packets; time goes on by 5 ms.
    fn send(&mut self, packets: u16, is_speech: bool) {
        for _ in 0..packets {
            let number = self.sent;
            self.sent += 1;
            let packet = AudioPacket::in_time(self.start, number, b"sound");
            assert_eq!(packet.arrived, self.now);
            self.tee.push(&packet);
            self.ear.waiting.push_back((self.now, is_speech));
            self.pass(FRAME);
        }
    }

    /// Sends nothing at all.
    fn pause(&mut self, packets: u16) {
        self.sent += packets;
        self.pass(FRAME * u32::from(packets));
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.be_heard();
            self.listen();
            self.now += STEP;
        }
    }

    fn be_heard(&mut self) {
        let passed = (self.now - self.start).as_millis();
        let Some(voice) = self.voice.as_ref() else {
            return;
        };
        if passed.is_multiple_of(self.ear.looks_every.as_millis()) {
            let (now, late) = (self.now, self.ear.late);
            let is_due = |(at, _): &mut (Instant, bool)| *at + late <= now;
            while let Some((at, is_voice)) = self.ear.waiting.pop_front_if(is_due) {
                voice.note(at, is_voice);
            }
        }
    }

    fn listen(&mut self) {
        while let Some(Spoken { packet, row }) = self.echo.next_packet(self.now) {
            assert_eq!(packet.payload, b"sound".as_slice());
            let at = self.now - self.start;
            self.heard.push((at, packet.sequence_number, row));
        }
        let next = self.echo.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "nobody spins");
    }

    fn heard(&mut self) -> Vec<u16> {
        self.heard.drain(..).map(|(_, number, _)| number).collect()
    }
}

fn delayed(delay_ms: u32) -> EchoMode {
    EchoMode::Delayed { delay_ms }
}

#[test]
fn an_echo_comes_at_once_by_itself() {
    let mut caller = Caller::new();

    caller.send(3, true);

    assert_eq!(caller.heard(), [0, 1, 2]);
    assert_eq!(caller.echo.mode(), EchoMode::AtOnce);
    assert_eq!(caller.echo.poll_timeout(), None);
}

#[test]
fn a_delayed_echo_comes_so_much_later_and_each_packet_once() {
    for delay_ms in [20, 500, 2_000, 10_000] {
        let mut caller = Caller::new();
        caller.set(delayed(delay_ms));

        caller.send(700, true);

        let delay = Duration::from_millis(delay_ms.into());
        assert_eq!(
            caller.heard.len(),
            700 - usize::try_from(delay_ms / 20).unwrap()
        );
        for (place, (at, number, _)) in caller.heard.iter().enumerate() {
            assert_eq!(usize::from(*number), place);
            assert_eq!(*at, FRAME * u32::from(*number) + delay);
        }
        let next = caller.echo.poll_timeout().unwrap();
        assert!(next <= caller.now + FRAME, "its time is told");
    }
}

#[test]
fn another_delay_begins_a_row_of_its_own_and_drops_what_waited() {
    let mut caller = Caller::new();
    caller.set(delayed(200));
    caller.send(20, true);
    let before = caller.heard.last().copied();
    caller.set(delayed(0));
    caller.send(5, true);
    let after: Vec<_> = caller.heard.iter().filter(|heard| heard.1 >= 20).collect();

    assert_eq!(before.map(|heard| heard.1), Some(9));
    assert_eq!(after.len(), 5);
    assert!(
        after
            .iter()
            .all(|heard| Some(heard.2) > before.map(|heard| heard.2))
    );
    assert_eq!(caller.echo.mode(), EchoMode::AtOnce);
    assert!(
        caller
            .heard
            .iter()
            .all(|heard| !(10..20).contains(&heard.1))
    );
}

#[test]
fn the_parrot_says_what_was_said_once_and_not_what_it_hears_meanwhile() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);
    caller.send(50, false);
    caller.send(100, true);
    caller.send(60, false);

    // Its own voice comes back by the loudspeaker while it says all that, and a little longer.
    caller.send(100 + 30, true);
    let said = caller.heard();
    caller.send(200, false);

    // With a lead of 400 ms and a tail of 300.
    let (first, last) = (said[0], *said.last().unwrap());
    assert!((29..=31).contains(&first), "{first}");
    assert!((163..=165).contains(&last), "{last}");
    assert_eq!(said, (first..=last).collect::<Vec<_>>());
    assert_eq!(caller.heard(), [0_u16; 0]);
}

#[test]
fn the_parrot_waits_for_a_pause_and_speaks_as_evenly_as_the_caller() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);
    caller.send(100, true);
    // Shorter than a pause.
    caller.send(30, false);
    caller.send(50, true);
    let early = caller.heard.len();
    caller.send(250, false);

    assert_eq!(early, 0);
    let times: Vec<Duration> = caller.heard.iter().map(|heard| heard.0).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == FRAME));
    assert!((180..=200).contains(&times.len()), "{}", times.len());
    // The last word, a pause, and not much more.
    let began = times[0] - FRAME * 180;
    assert!(began >= Duration::from_millis(780), "{began:?}");
    assert!(began <= Duration::from_millis(840), "{began:?}");
}

#[test]
fn the_parrot_answers_each_time() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);
    let mut rows = Vec::new();
    for _ in 0..3 {
        caller.send(50, true);
        // A pause, its answer and the silence after it.
        caller.send(40 + 90 + 40, false);
        rows.extend(caller.heard.first().map(|heard| heard.2));
        let count = caller.heard().len();
        assert!((50..=90).contains(&count), "{count}");
    }

    assert_eq!(rows.len(), 3);
    assert!(rows.is_sorted_by(|one, next| one < next), "{rows:?}");
}

#[test]
fn whoever_never_stops_hears_half_a_minute_of_it() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);

    caller.send(3_010, true);

    let count = caller.heard.len();
    assert!((1_400..=1_510).contains(&count), "{count}");
}

#[test]
fn nobody_is_answered_who_says_nothing() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);

    caller.send(500, false);

    assert_eq!(caller.heard(), [0_u16; 0]);
    assert_eq!(caller.echo.poll_timeout(), None);
}

#[test]
fn a_flood_of_large_packets_is_bounded() {
    let mut line = DelayLine::default();
    let now = Instant::now();
    let mut kept = 0_usize;
    for number in 0..5_000 {
        let packet = AudioPacket::in_time(now, number, &[0; 1_200]);
        kept += usize::from(line.has_room_for(&packet));
        line.push(now, packet);
    }

    assert!(kept * 1_200 < 800_000, "{kept}");
    assert_eq!(std::iter::from_fn(|| line.pop(now)).count(), kept);
    assert!(line.has_room_for(&AudioPacket::in_time(now, 0, &[0; 1_200])));
}

#[test]
fn an_ear_that_is_late_never_has_the_parrot_cut_in() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);
    caller.ear.late = Duration::from_secs(2);
    caller.send(50, false);
    caller.send(100, true);
    // He pauses, and has gone on before that is heard.
    caller.send(45, false);
    caller.send(150, true);
    let early = caller.heard.len();
    let silent = caller.now;
    caller.ear.late = Duration::ZERO;
    caller.send(400, false);

    assert_eq!(early, 0);
    let began = caller.start + caller.heard[0].0 - silent;
    assert!(began >= Duration::from_millis(760), "{began:?}");
    assert!(began <= Duration::from_millis(840), "{began:?}");
    // All of it, with a lead and a tail.
    let said = caller.heard();
    let (first, last) = (said[0], *said.last().unwrap());
    assert!((29..=31).contains(&first), "{first}");
    assert!((358..=360).contains(&last), "{last}");
    assert_eq!(said, (first..=last).collect::<Vec<_>>());
}

#[test]
fn an_ear_that_comes_by_now_and_then_is_waited_for() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);
    caller.ear.looks_every = Duration::from_secs(2);
    caller.send(20, false);
    caller.send(330, true);
    let early = caller.heard.len();
    let silent = caller.now;
    caller.send(200, false);

    assert_eq!(early, 0);
    let began = caller.start + caller.heard[0].0 - silent;
    assert!(began >= Duration::from_millis(760), "{began:?}");
    assert!(began <= Duration::from_millis(3_000), "{began:?}");
}

#[test]
fn whoever_sends_nothing_more_is_answered_once_all_is_heard() {
    for (late, least) in [(0, 760), (2_000, 1_860)] {
        let mut caller = Caller::new();
        caller.set(EchoMode::Parrot);
        caller.ear.late = Duration::from_millis(late);
        caller.send(100, true);
        let silent = caller.now;
        caller.pause(200);

        let began = (caller.start + caller.heard[0].0 - silent).as_millis();
        assert!((least..=least + 160).contains(&began), "{began}");
        assert_eq!(caller.heard(), (0..100).collect::<Vec<_>>());
    }
}

#[test]
fn an_ear_that_is_gone_is_not_waited_for() {
    let mut caller = Caller::new();
    caller.set(EchoMode::Parrot);
    caller.send(100, true);
    caller.voice = None;
    caller.send(60, false);
    let began = caller.heard[0].0;
    caller.send(1_000, true);

    assert!(
        began <= FRAME * 100 + Duration::from_millis(800),
        "{began:?}"
    );
    // What nobody heard is said, and after it nothing any more: nobody knows when he speaks.
    let said = caller.heard();
    assert!((138..=141).contains(&said.len()), "{}", said.len());
    assert_eq!(caller.echo.poll_timeout(), None);
}

#[test]
fn an_ear_that_hangs_is_waited_for_five_seconds() {
    for is_sending in [true, false] {
        let mut caller = Caller::new();
        caller.set(EchoMode::Parrot);
        caller.send(100, true);
        caller.ear.late = Duration::from_secs(1_000);
        caller.send(20, true);
        if is_sending {
            caller.send(300, false);
        } else {
            caller.pause(300);
        }

        let waited = caller.heard[0].0 - FRAME * 100;
        assert!(waited >= Duration::from_millis(4_900), "{waited:?}");
        assert!(waited <= Duration::from_millis(5_100), "{waited:?}");
    }
}

proptest! {
    /// Whatever the modes and the pauses, no packet is spoken twice or earlier than it came, and
    /// the times that are told are those at which there is something.
    #[test]
    fn every_packet_is_spoken_at_most_once(
        steps in prop::collection::vec((0_u8..4, 1_u16..120, any::<bool>(), 0_u32..3_000), 1..12)
    ) {
        let mut caller = Caller::new();
        for (mode, packets, is_speech, delay_ms) in steps {
            match mode {
                0 => caller.set(EchoMode::AtOnce),
                1 => caller.set(delayed(delay_ms)),
                2 => caller.set(EchoMode::Parrot),
                _ => {}
            }
            caller.send(packets, is_speech);
        }

        let mut spoken: Vec<u16> = caller.heard.iter().map(|heard| heard.1).collect();
        for (at, number, _) in &caller.heard {
            prop_assert!(*at >= FRAME * u32::from(*number));
        }
        let count = spoken.len();
        spoken.sort_unstable();
        spoken.dedup();
        prop_assert_eq!(spoken.len(), count);
    }
}
