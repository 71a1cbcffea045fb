//! Who speaks waits for nobody at a writer's desk, and no bell is lost that is not heard there.

use std::sync::Barrier;
use std::thread;

use tracing::Span;

use super::*;
use crate::audio::tee::{Feed, Ring};
use desk::Note;

/// Of every call; its queue holds them all.
const PACKETS: u16 = 1_000;
/// Threads that speak, and calls of each.
const SPEAKERS: u64 = 4;
const CALLS: u64 = 4;

/// Of the only recording at a desk.
const TICKET: u64 = 7;

/// Keeps every writer from his desk, and everybody else, until what is returned is dropped.
fn occupy(recorder: &Recorder) -> Vec<impl Sized> {
    let desks = recorder.inner.desks.iter();
    desks.map(|desk| desk.occupy()).collect()
}

/// A recording at a desk without a writer: where its audio enters, and where it comes out.
fn opened(desk: &Arc<Desk>) -> (Tee, Feed) {
    let ringing_desk = Arc::clone(desk);
    let bell = Bell {
        after: BATCH,
        ring: Box::new(move |ring| ringing_desk.ring(TICKET, ring)),
        waiting_bytes: Arc::default(),
        max_waiting_bytes: MAX_WAITING_BYTES,
    };
    let mut tee = Tee::default();
    let job = Job {
        task: Task::Record,
        origin: sample::origin(id(TICKET)),
        progress: Progress::default(),
        feed: tee.attach_with_bell(Recorder::NAME, NonZeroUsize::new(2000).unwrap(), bell),
        keep: Box::new(()),
        span: Span::none(),
    };
    assert!(desk.open(TICKET, job).is_ok());
    match desk.next(None) {
        Some(Note::Open(TICKET, job)) => (tee, job.feed),
        _ => panic!("it was not opened"),
    }
}

#[test]
fn nobody_who_speaks_waits_for_the_desk() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let (mut tee, freed) = call(&recorder, 7);
    let began = Instant::now();
    let (done, spoken) = mpsc::channel();

    let occupied = occupy(&recorder);
    let speaker = thread::spawn(move || {
        speak(&mut tee, began, 100);
        done.send(tee).unwrap();
    });
    // Who waited for the desk would not come here before it is free.
    let tee = spoken.recv_timeout(DEADLINE).unwrap();
    drop(occupied);
    tee.end(began + Duration::from_secs(2), RecordingEnd::ClientClosed);
    freed.recv_timeout(DEADLINE).unwrap();
    speaker.join().unwrap();

    assert_eq!(read(home.path(), 7), (100, 96_000));
}

#[test]
fn what_was_not_heard_lies_on_the_desk_after_the_next_packet() {
    let desk = Arc::new(Desk::default());
    let (mut tee, mut feed) = opened(&desk);
    let began = Instant::now();

    let occupied = desk.occupy();
    speak(&mut tee, began, 100);
    drop(occupied);
    // Its time is over: nobody waits for a note.
    let before = desk.next(Some(began));
    tee.push(&AudioPacket::in_time(began, 100, &[0xf8, 1, 2, 3]));
    let after = desk.next(Some(began));

    assert!(before.is_none());
    assert!(matches!(after, Some(Note::Drain(TICKET))));
    assert_eq!(std::iter::from_fn(|| feed.try_next()).count(), 101);
}

#[test]
fn a_desk_that_is_full_takes_ends_alone() {
    let desk = Arc::new(Desk::default());
    let (_tee, _feed) = opened(&desk);

    let heard: Vec<bool> = (0..6).map(|_| desk.ring(TICKET, Ring::Due)).collect();
    let is_end_heard = desk.ring(TICKET, Ring::Over);

    assert_eq!(heard, [true, true, true, true, false, false]);
    assert!(is_end_heard);
}

#[test]
fn however_busy_the_desks_are_every_call_is_written_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let began = Instant::now();
    let together = Barrier::new(usize::try_from(SPEAKERS).unwrap() + 1);
    let calls_of = |speaker: u64| {
        let numbers = 1 + speaker * CALLS..=(speaker + 1) * CALLS;
        numbers.map(|number| call(&recorder, number)).collect()
    };
    let calls: Vec<Vec<_>> = (0..SPEAKERS).map(calls_of).collect();

    let ends: Vec<Receiver<()>> = thread::scope(|scope| {
        let speakers: Vec<_> = calls
            .into_iter()
            .map(|calls| {
                scope.spawn(|| {
                    together.wait();
                    speak_and_end(calls, began)
                })
            })
            .collect();
        together.wait();
        for _ in 0..20_000 {
            drop(occupy(&recorder));
            thread::yield_now();
        }
        let speakers = speakers.into_iter();
        speakers.flat_map(|one| one.join().unwrap()).collect()
    });
    for end in ends {
        end.recv_timeout(DEADLINE).unwrap();
    }

    for number in 1..=SPEAKERS * CALLS {
        let all = (u64::from(PACKETS), u64::from(PACKETS) * 960);
        assert_eq!(read(home.path(), number), all, "{number}");
    }
}

/// All packets of all these calls in turn, and their ends.
fn speak_and_end(mut calls: Vec<(Tee, Receiver<()>)>, began: Instant) -> Vec<Receiver<()>> {
    for number in 0..PACKETS {
        for (tee, _) in &mut calls {
            tee.push(&AudioPacket::in_time(began, number, &[0xf8, 1, 2, 3]));
        }
    }
    let ended = began + Duration::from_millis(20) * u32::from(PACKETS);
    let ends = calls.into_iter().map(|(tee, freed)| {
        tee.end(ended, RecordingEnd::ClientClosed);
        freed
    });
    ends.collect()
}
