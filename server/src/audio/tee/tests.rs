mod unheard;

use std::io::Seek;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::task::Wake;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn packet(start: Instant, number: u16) -> AudioPacket {
    AudioPacket::in_time(start, number, &[0x78, 1, 2])
}

fn room(packets: usize) -> NonZeroUsize {
    NonZeroUsize::new(packets).unwrap()
}

fn drain(feed: &mut Feed) -> Vec<u16> {
    std::iter::from_fn(|| feed.try_next())
        .map(|packet| packet.sequence_number)
        .collect()
}

/// Counts how often it is woken or rung.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Counter {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn bell(rings: &Arc<Counter>, waiting_bytes: &Arc<AtomicU64>) -> Bell {
    let rings = Arc::clone(rings);
    Bell {
        after: Duration::from_millis(200),
        ring: Box::new(move |_| {
            Arc::clone(&rings).wake();
            true
        }),
        waiting_bytes: Arc::clone(waiting_bytes),
        max_waiting_bytes: u64::MAX,
    }
}

#[test]
fn a_stuck_consumer_does_not_hold_up_the_others() {
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut stuck = tee.attach("stuck", room(3));
    let mut lively = tee.attach("lively", room(3));

    let mut heard = Vec::new();
    for number in 0..10 {
        tee.push(&packet(start, number));
        heard.extend(drain(&mut lively));
    }

    assert_eq!(heard, (0..10).collect::<Vec<_>>());
    assert_eq!(drain(&mut stuck), [0, 1, 2]);
    assert_eq!((tee.dropped("stuck"), tee.dropped("lively")), (7, 0));
}

#[test]
fn a_consumer_at_the_queue_holds_nobody_up_and_misses_nothing() {
    let start = Instant::now();
    let (rings, bytes): (Arc<Counter>, _) = Default::default();
    let mut tee = Tee::default();
    let mut feed = tee.attach_with_bell("recorder", room(20), bell(&rings, &bytes));
    let queue = Arc::clone(&feed.queue);
    tee.push(&packet(start, 0));

    let at_it = queue.lock();
    (1..12).for_each(|number| tee.push(&packet(start, number)));
    drop(at_it);
    let before = (rings.count(), drain(&mut feed));
    tee.push(&packet(start, 12));

    assert_eq!(before, (0, vec![0]));
    assert_eq!(rings.count(), 1);
    assert_eq!(drain(&mut feed), (1..=12).collect::<Vec<_>>());
    assert_eq!(bytes.load(Ordering::Relaxed), 0);
    assert_eq!(tee.dropped("recorder"), 0);
}

#[test]
fn what_was_held_back_comes_before_the_end() {
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut feed = tee.attach("echo", room(3));
    let queue = Arc::clone(&feed.queue);

    let at_it = queue.lock();
    tee.push(&packet(start, 0));
    drop(at_it);
    drop(tee);

    assert!(!feed.is_over());
    assert_eq!(drain(&mut feed), [0]);
    assert!(feed.is_over());
}

#[test]
fn no_more_is_held_back_than_the_queue_takes_and_the_gap_is_where_it_was() {
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut feed = tee.attach("echo", room(3));
    let queue = Arc::clone(&feed.queue);

    let at_it = queue.lock();
    (0..5).for_each(|number| tee.push(&packet(start, number)));
    drop(at_it);
    tee.push(&packet(start, 5));
    let mut heard = Vec::new();
    while let Some(packet) = feed.try_next() {
        heard.push((packet.sequence_number, feed.is_torn()));
    }
    tee.push(&packet(start, 6));

    assert_eq!(heard, [(0, false), (1, false), (2, true)]);
    assert_eq!(drain(&mut feed), [6]);
    assert_eq!(tee.dropped("echo"), 3);
}

#[test]
fn under_a_consumer_who_takes_all_the_time_every_packet_comes_once_and_in_order() {
    const PACKETS: u16 = 50_000;
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut feed = tee.attach("recorder", room(usize::from(PACKETS)));

    let consumer = std::thread::spawn(move || {
        let mut heard = Vec::new();
        while !feed.is_over() {
            heard.extend(drain(&mut feed));
        }
        heard
    });
    (0..PACKETS).for_each(|number| tee.push(&packet(start, number)));
    drop(tee);

    assert_eq!(consumer.join().unwrap(), (0..PACKETS).collect::<Vec<_>>());
}

#[test]
fn a_clone_shares_the_payload() {
    let original = packet(Instant::now(), 0);
    let mut tee = Tee::default();
    let mut feed = tee.attach("echo", room(1));

    tee.push(&original);

    let heard = feed.try_next().unwrap();
    assert_eq!(heard.payload.as_ptr(), original.payload.as_ptr());
}

#[test]
fn a_feed_yields_what_it_holds_after_the_tee_is_gone() {
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut feed = tee.attach("echo", room(3));
    tee.push(&packet(start, 0));

    let ended = Ended {
        at: start + Duration::from_secs(1),
        why: RecordingEnd::Deleted,
    };
    tee.end(ended.at, ended.why);

    assert!(!feed.is_over());
    assert_eq!(drain(&mut feed), [0]);
    assert!(feed.is_over());
    assert_eq!(feed.ended(), Some(ended));
}

#[test]
fn a_dropped_feed_is_forgotten_and_holds_no_bytes() {
    let start = Instant::now();
    let (rings, bytes) = Default::default();
    let mut tee = Tee::default();
    let feed = tee.attach_with_bell("recorder", room(3), bell(&rings, &bytes));
    tee.push(&packet(start, 0));
    assert!(bytes.load(Ordering::Relaxed) > 0);

    drop(feed);
    (1..10).for_each(|number| tee.push(&packet(start, number)));

    assert_eq!(tee.dropped("recorder"), 0);
    assert_eq!(bytes.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_task_hears_every_packet_and_then_the_end() {
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut feed = tee.attach("tap", room(3));

    let listener = async {
        let mut heard = Vec::new();
        while let Some(packet) = feed.next().await {
            heard.push(packet.sequence_number);
        }
        heard
    };
    let speaker = async move {
        for number in 0..20 {
            tee.push(&packet(start, number));
            tokio::task::yield_now().await;
        }
    };

    let (heard, ()) = tokio::join!(listener, speaker);
    assert_eq!(heard, (0..20).collect::<Vec<_>>());
}

#[test]
fn a_waiting_task_is_woken_once_for_many_packets() {
    let start = Instant::now();
    let wakes = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut tee = Tee::default();
    let mut feed = tee.attach("tap", room(100));
    assert!(feed.poll_next(&Context::from_waker(&waker)).is_pending());

    for number in 0..50 {
        tee.push(&packet(start, number));
    }

    assert_eq!(wakes.count(), 1);
}

#[test]
fn the_bell_rings_when_200_ms_wait_and_not_again_until_the_queue_was_emptied() {
    let start = Instant::now();
    let (rings, bytes) = Default::default();
    let mut tee = Tee::default();
    let mut feed = tee.attach_with_bell("recorder", room(100), bell(&rings, &bytes));

    let after_each: Vec<usize> = (0..30)
        .map(|number| {
            tee.push(&packet(start, number));
            rings.count()
        })
        .collect();
    let before_drain = rings.count();
    drain(&mut feed);
    for number in 30..41 {
        tee.push(&packet(start, number));
    }

    assert_eq!(after_each[9..12], [0, 1, 1]);
    assert_eq!((before_drain, rings.count()), (1, 2));
}

#[test]
fn the_bell_rings_at_the_end() {
    let (rings, bytes) = Default::default();
    let mut tee = Tee::default();
    let mut feed = tee.attach_with_bell("recorder", room(100), bell(&rings, &bytes));
    tee.push(&packet(Instant::now(), 0));

    drop(tee);

    assert_eq!(rings.count(), 1);
    assert_eq!(drain(&mut feed), [0]);
    assert!(feed.is_over());
}

#[test]
fn a_small_queue_rings_before_it_overflows() {
    let start = Instant::now();
    let (rings, bytes) = Default::default();
    let mut tee = Tee::default();
    let _feed = tee.attach_with_bell("recorder", room(4), bell(&rings, &bytes));

    tee.push(&packet(start, 0));
    tee.push(&packet(start, 1));

    assert_eq!(rings.count(), 1);
}

#[test]
fn a_feed_is_torn_where_packets_were_dropped() {
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut feed = tee.attach("recorder", room(2));
    for number in 0..3 {
        tee.push(&packet(start, number));
    }

    let mut torn_before = vec![feed.is_torn()];
    while feed.try_next().is_some() {
        torn_before.push(feed.is_torn());
    }

    assert_eq!(torn_before, [false, false, true]);
}

proptest! {
    /// Whatever is pushed and taken when, a feed keeps the order, and nothing is uncounted.
    #[test]
    fn every_packet_is_heard_or_counted(
        capacity in 1_usize..20,
        pushes_then_takes in prop::collection::vec((0_u16..30, 0_usize..30), 0..20),
    ) {
        let start = Instant::now();
        let (rings, bytes) = Default::default();
        let mut tee = Tee::default();
        let mut feed = tee.attach_with_bell("tap", room(capacity), bell(&rings, &bytes));

        let (mut pushed, mut heard) = (0, Vec::new());
        for (pushes, takes) in pushes_then_takes {
            for _ in 0..pushes {
                tee.push(&packet(start, pushed));
                pushed += 1;
            }
            heard.extend((0..takes).map_while(|_| feed.try_next()));
        }
        heard.extend(std::iter::from_fn(|| feed.try_next()));

        prop_assert_eq!(heard.len() as u64 + tee.dropped("tap"), u64::from(pushed));
        prop_assert!(heard.is_sorted_by_key(|packet| packet.sequence_number));
        prop_assert_eq!(bytes.load(Ordering::Relaxed), 0);
    }
}

/// What was logged while `act` ran.
fn logged(act: impl FnOnce()) -> String {
    let mut log = tempfile::tempfile().unwrap();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(Arc::new(log.try_clone().unwrap()))
        .finish();
    tracing::subscriber::with_default(subscriber, act);
    log.rewind().unwrap();
    std::io::read_to_string(log).unwrap()
}

#[test]
fn an_overflow_is_logged_once_in_ten_seconds_for_each_kind_of_queue_however_many_calls() {
    let overflows = Overflows::default();
    let mut calls: Vec<(Tee, [Feed; 2])> = (0..100)
        .map(|_| {
            let mut tee = Tee::new(overflows.clone());
            let feeds = [tee.attach("echo", room(1)), tee.attach("recorder", room(2))];
            (tee, feeds)
        })
        .collect();
    let start = Instant::now();

    // 25 s of packets.
    let log = logged(|| {
        for number in 0..1250 {
            for (tee, _) in &mut calls {
                tee.push(&packet(start, number));
            }
        }
    });

    let lines = |queue: &str| log.lines().filter(|line| line.contains(queue)).count();
    assert_eq!((lines("\"echo\""), lines("\"recorder\"")), (3, 3), "{log}");
    assert_eq!(log.matches("queue overflowed").count(), 6);
    assert!(log.contains("dropped_by_all=1\n"), "{log}");
    // 500 packets of a hundred calls, and the one that set the line off.
    assert!(log.contains("dropped_by_all=50001\n"), "{log}");
}
