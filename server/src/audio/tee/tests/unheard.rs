//! A bell that is not heard is rung again with the next packet, and heard at the end.

use super::*;

/// A consumer who hears no bell while he is busy.
#[derive(Default)]
struct Sleeper {
    is_busy: AtomicBool,
    heard: Mutex<Vec<Ring>>,
}

impl Sleeper {
    fn bell(self: &Arc<Self>) -> Bell {
        let sleeper = Arc::clone(self);
        Bell {
            ring: Box::new(move |ring| {
                let is_heard = ring == Ring::Over || !sleeper.is_busy.load(Ordering::SeqCst);
                if is_heard {
                    sleeper.heard.lock().unwrap().push(ring);
                }
                is_heard
            }),
            ..bell(&Arc::default(), &Arc::default())
        }
    }

    fn set_busy(&self, is_busy: bool) {
        self.is_busy.store(is_busy, Ordering::SeqCst);
    }

    fn heard(&self) -> Vec<Ring> {
        self.heard.lock().unwrap().clone()
    }
}

/// Says the packets of these numbers, and what was heard after each.
fn say(
    tee: &mut Tee,
    sleeper: &Sleeper,
    start: Instant,
    numbers: std::ops::Range<u16>,
) -> Vec<usize> {
    numbers
        .map(|number| {
            tee.push(&packet(start, number));
            sleeper.heard().len()
        })
        .collect()
}

#[test]
fn what_nobody_heard_is_rung_with_the_next_packet_and_then_no_more() {
    let start = Instant::now();
    let (sleeper, mut tee) = (Arc::<Sleeper>::default(), Tee::default());
    let mut feed = tee.attach_with_bell("recorder", room(100), sleeper.bell());

    sleeper.set_busy(true);
    let while_busy = say(&mut tee, &sleeper, start, 0..20);
    sleeper.set_busy(false);
    let after = say(&mut tee, &sleeper, start, 20..25);

    assert_eq!((while_busy, after), (vec![0; 20], vec![1; 5]));
    assert_eq!(sleeper.heard(), [Ring::Due]);
    assert_eq!(drain(&mut feed), (0..25).collect::<Vec<_>>());
}

#[test]
fn what_nobody_heard_is_not_rung_once_the_queue_was_found_empty() {
    let start = Instant::now();
    let (sleeper, mut tee) = (Arc::<Sleeper>::default(), Tee::default());
    let mut feed = tee.attach_with_bell("recorder", room(100), sleeper.bell());

    sleeper.set_busy(true);
    say(&mut tee, &sleeper, start, 0..11);
    let drained = drain(&mut feed);
    sleeper.set_busy(false);
    let after = say(&mut tee, &sleeper, start, 11..22);

    assert_eq!(drained, (0..11).collect::<Vec<_>>());
    // When what came since is as old as a batch.
    assert_eq!(after, [vec![0; 10], vec![1]].concat());
}

#[test]
fn that_it_has_become_urgent_is_rung_until_it_is_heard() {
    let start = Instant::now();
    let (sleeper, mut tee) = (Arc::<Sleeper>::default(), Tee::default());
    let _feed = tee.attach_with_bell("recorder", room(40), sleeper.bell());

    say(&mut tee, &sleeper, start, 0..15);
    sleeper.set_busy(true);
    say(&mut tee, &sleeper, start, 15..25);
    sleeper.set_busy(false);
    say(&mut tee, &sleeper, start, 25..30);

    assert_eq!(sleeper.heard(), [Ring::Due, Ring::Urgent]);
}

#[test]
fn the_end_is_heard_when_no_packet_comes_after_a_bell_that_was_not() {
    let start = Instant::now();
    for packets in [0, 1, 11, 60] {
        let (sleeper, mut tee) = (Arc::<Sleeper>::default(), Tee::default());
        let mut feed = tee.attach_with_bell("recorder", room(100), sleeper.bell());

        sleeper.set_busy(true);
        say(&mut tee, &sleeper, start, 0..packets);
        drop(tee);

        assert_eq!(sleeper.heard(), [Ring::Over], "{packets}");
        assert_eq!(drain(&mut feed), (0..packets).collect::<Vec<_>>());
        assert!(feed.is_over());
    }
}

#[test]
fn nobody_rings_for_a_feed_that_is_gone() {
    let start = Instant::now();
    let (sleeper, mut tee) = (Arc::<Sleeper>::default(), Tee::default());
    drop(tee.attach_with_bell("recorder", room(2), sleeper.bell()));

    say(&mut tee, &sleeper, start, 0..5);
    drop(tee);

    assert!(sleeper.heard().is_empty());
}

#[test]
fn what_nobody_heard_is_rung_though_no_packet_comes() {
    let start = Instant::now();
    let (sleeper, mut tee) = (Arc::<Sleeper>::default(), Tee::default());
    let _feed = tee.attach_with_bell("recorder", room(100), sleeper.bell());
    sleeper.set_busy(true);
    say(&mut tee, &sleeper, start, 0..20);
    let later = start + Duration::from_secs(5);

    tee.catch_up(later);
    let while_busy = sleeper.heard();
    sleeper.set_busy(false);
    for _ in 0..3 {
        tee.catch_up(later);
    }

    assert_eq!((while_busy, sleeper.heard()), (vec![], vec![Ring::Due]));
}

#[test]
fn what_was_held_is_handed_over_though_no_packet_comes() {
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut feed = tee.attach("echo", room(100));
    let queue = Arc::clone(&tee.outlets[0].queue);
    let at_the_queue = queue.lock();
    tee.push(&packet(start, 1));
    drop(at_the_queue);

    let before = drain(&mut feed);
    tee.catch_up(start);

    assert_eq!((before, drain(&mut feed)), (vec![], vec![1]));
}
