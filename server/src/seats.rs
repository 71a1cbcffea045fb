//! Who is here: a line and a seat are taken before an answer is given, and freed by nothing but
//! their own drop: the line when the call is over, the seat when its recording is final, too.
//!
//! Only lines are limited, all of them and those of one client: however long a disk takes over what
//! is said already, others may call.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use shared::ConversationId;
use tokio::sync::watch;

use crate::client::{ClientKey, NoShare, Shares, of_block};
use crate::recording::{Course, Moment, Progress};

const SECRET_BYTES: usize = 16;
/// A caller who has just said goodbye may still delete his call: so many are remembered.
const REMEMBERED: usize = 1_024;

/// What opens a call: 128 random bits, known to the caller alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallSecret([u8; SECRET_BYTES]);

impl CallSecret {
    fn generate() -> Self {
        Self(rand::random())
    }
}

impl fmt::Display for CallSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for CallSecret {
    /// Secrets are in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallSecret(…)")
    }
}

/// The text is no secret of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the secret of a call")]
pub struct ParseCallSecretError;

impl FromStr for CallSecret {
    type Err = ParseCallSecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Longer text is refused before it is decoded.
        if text.len() != SECRET_BYTES.div_ceil(3) * 4 - 2 {
            return Err(ParseCallSecretError);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| ParseCallSecretError)?;
        bytes.try_into().map(Self).map_err(|_| ParseCallSecretError)
    }
}

/// All seats that are taken. A clone is another handle to the same ones.
#[derive(Clone, Debug)]
pub struct Seats {
    register: Arc<Mutex<Register>>,
    /// Wakes those who wait for somebody to leave.
    left: Arc<watch::Sender<u64>>,
    limits: LineLimits,
}

/// How many lines there are, and how many of them one client may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineLimits {
    pub all: NonZeroUsize,
    pub of_client: NonZeroUsize,
}

impl From<NonZeroUsize> for LineLimits {
    /// One client may have all of them.
    fn from(all: NonZeroUsize) -> Self {
        Self {
            all,
            of_client: all,
        }
    }
}

impl LineLimits {
    /// All clients of one block together.
    fn of_block(self) -> usize {
        of_block(self.all.get(), self.of_client.get())
    }

    fn without(self, share: NoShare) -> NoLineError {
        match share {
            NoShare::Client => NoLineError::OfClient(self.of_client),
            NoShare::Block => NoLineError::OfBlock(self.of_block()),
        }
    }
}

/// Who is here, and who was here last.
#[derive(Debug)]
struct Register {
    /// Bounded by the lines, and by what waits for the recorder after its call.
    taken: HashMap<CallSecret, Taken>,
    /// Calls that go on, at most [`LineLimits::all`].
    busy_lines: usize,
    /// Those of them that count for a client.
    shares: Shares,
    last_id: ConversationId,
    /// Bounded by [`REMEMBERED`].
    left: VecDeque<(CallSecret, Left)>,
}

/// One seat that is taken.
#[derive(Clone, Debug)]
struct Taken {
    id: ConversationId,
    times: Times,
    /// Absent where nothing is to be kept.
    recording: Option<Progress>,
}

/// When a call began and when it was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub began: Moment,
    /// Absent while it goes on.
    pub over: Option<Timestamp>,
}

/// A call that is over, and its recording final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    pub id: ConversationId,
    /// When the call was over.
    pub over: Timestamp,
    /// What became of its recording; absent where nothing was to be kept.
    pub recording: Option<Course>,
}

/// There is no line for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLineError {
    #[error("all {0} lines are busy")]
    All(NonZeroUsize),
    #[error("your address has {0} calls here already, and may have no more at once")]
    OfClient(NonZeroUsize),
    #[error("your network has {0} calls here already, and may have no more at once")]
    OfBlock(usize),
}

/// Whom a secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    Here(ConversationId),
    /// The call is over and its recording final, not so long ago.
    Left(Left),
    Unknown,
}

/// One call that goes on. It has a seat.
#[derive(Debug)]
pub struct Line {
    seat: Arc<Seat>,
    /// Whom it counts for.
    client: Option<ClientKey>,
}

/// One conversation that counts.
#[derive(Debug)]
pub struct Seat {
    id: ConversationId,
    secret: CallSecret,
    seats: Seats,
}

impl Seats {
    /// So many lines, and none is busy yet. Ids go on after `newest`, whatever the clock says.
    #[must_use]
    pub fn new(limits: impl Into<LineLimits>, newest: Option<ConversationId>) -> Self {
        let limits = limits.into();
        let register = Register {
            taken: HashMap::new(),
            busy_lines: 0,
            shares: Shares::new(limits.of_client.get(), limits.of_block()),
            last_id: newest.unwrap_or_else(|| ConversationId::from_nanoseconds(0)),
            left: VecDeque::new(),
        };
        Self {
            register: Arc::new(Mutex::new(register)),
            left: Arc::new(watch::Sender::new(0)),
            limits,
        }
    }

    /// Takes a line and a seat for a conversation that begins `now`, and that counts for `client`;
    /// for nobody, if he may have any number.
    ///
    /// # Errors
    /// When every line is busy, or he has all that he may.
    pub fn take(
        &self,
        now: ConversationId,
        client: Option<ClientKey>,
    ) -> Result<Line, NoLineError> {
        let secret = CallSecret::generate();
        let mut register = self.register();
        if register.busy_lines >= self.limits.all.get() {
            return Err(NoLineError::All(self.limits.all));
        }
        if let Some(client) = client {
            let share = register.shares.take(client);
            share.map_err(|none| self.limits.without(none))?;
        }
        let id = register.last_id.next(now);
        register.last_id = id;
        let began = Moment {
            at: Instant::now(),
            time: Timestamp::now(),
        };
        let times = Times { began, over: None };
        let taken = Taken {
            id,
            times,
            recording: None,
        };
        register.taken.insert(secret, taken);
        register.busy_lines += 1;
        let seat = Arc::new(Seat {
            id,
            secret,
            seats: self.clone(),
        });
        Ok(Line { seat, client })
    }

    /// How many are here.
    #[must_use]
    pub fn count(&self) -> usize {
        self.register().taken.len()
    }

    /// Whether that conversation is here.
    #[must_use]
    pub fn has(&self, id: ConversationId) -> bool {
        let register = self.register();
        register.taken.values().any(|taken| taken.id == id)
    }

    /// Whose call `secret` opens.
    #[must_use]
    pub fn find(&self, secret: &CallSecret) -> Whereabouts {
        let register = self.register();
        if let Some(taken) = register.taken.get(secret) {
            return Whereabouts::Here(taken.id);
        }
        let mut left = register.left.iter();
        left.find(|(known, _)| known == secret)
            .map_or(Whereabouts::Unknown, |(_, left)| Whereabouts::Left(*left))
    }

    /// When the call began that `secret` opens, when it was over, and what becomes of its recording,
    /// where there is to be one; `None` once that is final.
    #[must_use]
    pub fn times(&self, secret: &CallSecret) -> Option<(Times, Option<Course>)> {
        let register = self.register();
        let taken = register.taken.get(secret)?;
        let recording = taken.recording.as_ref().map(Progress::course);
        Some((taken.times, recording))
    }

    /// Tells each time that somebody has left.
    #[must_use]
    pub fn departures(&self) -> watch::Receiver<u64> {
        self.left.subscribe()
    }

    /// Returns once that conversation is over and its recording final.
    pub async fn wait_until_left(&self, secret: &CallSecret) {
        self.wait_until(|taken| !taken.contains_key(secret)).await;
    }

    /// Returns once nobody is here.
    pub async fn wait_until_empty(&self) {
        self.wait_until(HashMap::is_empty).await;
    }

    async fn wait_until(&self, is_reached: impl Fn(&HashMap<CallSecret, Taken>) -> bool) {
        let mut left = self.left.subscribe();
        // An error would mean that the sender is gone, and `self` holds it.
        while !is_reached(&self.register().taken) && left.changed().await.is_ok() {}
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    #[must_use]
    pub fn id(&self) -> ConversationId {
        self.seat.id
    }

    #[must_use]
    pub fn secret(&self) -> CallSecret {
        self.seat.secret
    }

    /// Something of the call is to be kept; whoever keeps it tells there what becomes of it.
    #[must_use]
    pub fn note_recorded(&self) -> Progress {
        let progress = Progress::default();
        let mut register = self.seat.seats.register();
        if let Some(taken) = register.taken.get_mut(&self.seat.secret) {
            taken.recording = Some(progress.clone());
        }
        progress
    }

    /// For whoever works on after the call is over.
    #[must_use]
    pub fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.seat)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut register = self.seat.seats.register();
        register.busy_lines = register.busy_lines.saturating_sub(1);
        if let Some(client) = self.client {
            register.shares.give_back(client);
        }
        if let Some(taken) = register.taken.get_mut(&self.seat.secret) {
            taken.times.over = Some(Timestamp::now());
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut register = self.seats.register();
        let taken = register.taken.remove(&self.secret);
        if register.left.len() == REMEMBERED {
            register.left.pop_front();
        }
        let over = taken.as_ref().and_then(|taken| taken.times.over);
        let recording = taken.and_then(|taken| taken.recording);
        let left = Left {
            id: self.id,
            // The line went first, as it holds the seat.
            over: over.unwrap_or_else(Timestamp::now),
            recording: recording.map(|recording| recording.course()),
        };
        register.left.push_back((self.secret, left));
        drop(register);
        self.seats
            .left
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: NonZeroUsize = NonZeroUsize::new(3).unwrap();

    fn seats() -> Seats {
        Seats::new(LIMIT, None)
    }

    fn now(nanoseconds: u64) -> ConversationId {
        ConversationId::from_nanoseconds(nanoseconds)
    }

    #[tokio::test]
    async fn a_seat_counts_until_its_last_holder_is_gone() {
        let seats = seats();
        let conversation = seats.take(now(5), None).unwrap();
        let recording = conversation.seat();
        let secret = conversation.secret();

        drop(conversation);
        let while_recording = seats.count();
        drop(recording);

        assert_eq!((while_recording, seats.count()), (1, 0));
        assert!(matches!(seats.find(&secret), Whereabouts::Left(left) if left.id == now(5)));
        seats.wait_until_left(&secret).await;
        seats.wait_until_empty().await;
    }

    #[test]
    fn a_full_server_has_no_line_until_a_call_is_over() {
        let seats = seats();
        let calls = [1, 2, 3].map(|at| seats.take(now(at), None).unwrap());
        let [recording, _, _] = calls.each_ref().map(Line::seat);

        let refused = seats.take(now(4), None).unwrap_err();
        drop(calls);
        let others = [5, 6, 7].map(|at| seats.take(now(at), None).map(|line| (line.id(), line)));
        let refused_again = seats.take(now(8), None).unwrap_err();

        let full = NoLineError::All(LIMIT);
        assert_eq!((refused, refused_again), (full, full));
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(seats.count(), 4, "a recording counts until it is final");
        drop(recording);
        assert_eq!(seats.count(), 3);
    }

    #[test]
    fn one_client_has_his_lines_and_others_have_theirs() {
        let limits = LineLimits {
            all: LIMIT,
            of_client: NonZeroUsize::MIN,
        };
        let seats = Seats::new(limits, None);
        let client = |ip: &str| Some(ClientKey::of(ip.parse().unwrap()));
        let (one, another) = (client("192.0.2.1"), client("192.0.2.2"));
        let first = seats.take(now(1), one).unwrap();
        let recording = first.seat();

        let refused = seats.take(now(2), one).unwrap_err();
        let others = [another, None].map(|client| seats.take(now(3), client).unwrap());
        drop(first);
        let again = seats.take(now(4), one);
        let full = seats.take(now(5), client("192.0.2.3")).unwrap_err();

        assert_eq!(refused, NoLineError::OfClient(NonZeroUsize::MIN));
        assert!(again.is_ok(), "a line is free when its call is over");
        assert_eq!(full, NoLineError::All(LIMIT));
        drop((others, again));
        assert!(seats.take(now(6), client("192.0.2.3")).is_ok());
        drop(recording);
    }

    #[test]
    fn all_networks_of_a_block_have_a_quarter_of_the_lines() {
        let limits = LineLimits {
            all: NonZeroUsize::new(8).unwrap(),
            of_client: NonZeroUsize::MIN,
        };
        let seats = Seats::new(limits, None);
        let take = |ip: &str| seats.take(now(1), Some(ClientKey::of(ip.parse().unwrap())));
        let _taken = [take("2001:db8:0:1::1"), take("2001:db8:0:2::1")].map(Result::unwrap);

        let refused = take("2001:db8:0:3::1").unwrap_err();

        assert_eq!(refused, NoLineError::OfBlock(2));
        assert!(take("2001:db8:1::1").is_ok());
    }

    #[test]
    fn those_who_left_long_ago_are_forgotten() {
        let seats = seats();
        let first = seats.take(now(1), None).unwrap().secret();

        for _ in 1..REMEMBERED {
            drop(seats.take(now(1), None).unwrap());
        }
        let is_known = matches!(seats.find(&first), Whereabouts::Left(_));
        drop(seats.take(now(1), None).unwrap());

        assert_eq!((is_known, seats.find(&first)), (true, Whereabouts::Unknown));
    }

    #[test]
    fn when_a_call_was_over_is_known_while_its_recording_is_finished_and_after() {
        let seats = seats();
        let line = seats.take(now(5), None).unwrap();
        let (secret, recording) = (line.secret(), line.seat());
        let (during, _) = seats.times(&secret).unwrap();

        drop(line);
        let (after, _) = seats.times(&secret).unwrap();
        drop(recording);

        assert_eq!((during.over, after.began), (None, during.began));
        let over = after.over.unwrap();
        assert!(over >= during.began.time);
        let left = Left {
            id: now(5),
            over,
            recording: None,
        };
        assert_eq!(seats.find(&secret), Whereabouts::Left(left));
        assert_eq!(seats.times(&secret), None);
    }

    #[tokio::test]
    async fn whoever_waits_for_an_end_is_woken_by_it() {
        let seats = seats();
        let line = seats.take(now(5), None).unwrap();
        let secret = line.secret();
        let waiting = seats.wait_until_left(&secret);
        tokio::pin!(waiting);
        assert!(futures_are_pending(&mut waiting).await);

        drop(line);

        waiting.await;
        assert_eq!(seats.count(), 0);
    }

    async fn futures_are_pending(future: &mut (impl Future<Output = ()> + Unpin)) -> bool {
        tokio::select! { biased; () = future => false, () = std::future::ready(()) => true }
    }

    #[test]
    fn ids_go_on_after_those_of_an_earlier_run() {
        let seats = Seats::new(LIMIT, Some(now(1_000)));

        let ids = [
            seats.take(now(7), None).unwrap().id(),
            seats.take(now(2_000), None).unwrap().id(),
            seats.take(now(2_000), None).unwrap().id(),
        ];

        assert_eq!(ids, [now(1_001), now(2_000), now(2_001)]);
    }

    #[test]
    fn a_secret_is_found_by_its_text_and_by_no_other() {
        let seats = seats();
        let line = seats.take(now(1), None).unwrap();

        let found = line
            .secret()
            .to_string()
            .parse()
            .map(|secret| seats.find(&secret));

        assert_eq!(found, Ok(Whereabouts::Here(line.id())));
        for text in [
            "",
            "..",
            "AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAA/AAAAAAAAAA",
        ] {
            assert_eq!(
                text.parse::<CallSecret>(),
                Err(ParseCallSecretError),
                "{text}"
            );
        }
        assert!(!format!("{line:?}").contains(&line.secret().to_string()));
    }
}
