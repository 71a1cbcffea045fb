//! All conversations, as the rest of the server sees them: begin one, end one, end all, count them.

mod live;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use shared::recording::Client;
use shared::{ConversationId, Status};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::audio::ear::Ear;
use crate::audio::echo::Echo;
use crate::audio::recorder::{Call, Recorder};
use crate::audio::tee::{Overflows, Tee};
use crate::client::ClientKey;
use crate::conversation::{Conversation, Deadlines, EndReason};
use crate::engine::{Engine, Event, ExpectError};
use crate::peer::offer::Offer;
use crate::peer::{AcceptError, Candidate, IceMode, Identity, LocalSide, Peer};
use crate::recording::{Channels, Limits, Moment, Origin};
pub use crate::seats::CallSecret;
use crate::seats::{NoLineError, Seats, Whereabouts};
pub use crate::storage::DeleteError;
use crate::storage::Storage;
pub use live::{CallReport, EchoError, PatchCallError, ReportError};

/// Whoever deletes a call waits no longer for its recording.
const DELETE_DEADLINE: Duration = Duration::from_secs(10);

/// What every conversation is given.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub mode: IceMode,
    /// In packets.
    pub echo_queue: NonZeroUsize,
    /// In packets.
    pub recorder_queue: NonZeroUsize,
    pub deadlines: Deadlines,
    /// Of every recording.
    pub limits: Limits,
}

/// What conversations work with.
pub struct Means {
    pub engine: Engine,
    pub recorder: Recorder,
    pub identity: Identity,
    /// Hears when a caller speaks.
    pub ear: Ear,
}

/// A handle to all conversations. A clone is another handle to the same ones.
#[derive(Clone)]
pub struct Conversations(Arc<Inner>);

struct Inner {
    seats: Seats,
    ear: Ear,
    engine: Engine,
    recorder: Recorder,
    identity: Identity,
    overflows: Overflows,
    terms: Terms,
    /// Cancelled once the server stops: no call begins any more, and nobody waits for callers who
    /// never come.
    stopped: CancellationToken,
    tasks: TaskTracker,
}

/// Who calls, and what was agreed with him.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    pub client: Client,
    /// Among whose calls it counts; absent for whoever may have any number.
    pub counts_for: Option<ClientKey>,
    /// Else not one byte of his audio is written.
    pub is_recorded: bool,
}

/// A conversation that has begun.
#[derive(Debug)]
pub struct Started {
    pub id: ConversationId,
    /// Opens this call, to its caller only.
    pub secret: CallSecret,
    /// SDP.
    pub answer: String,
    /// Names the ICE session, until the caller restarts it.
    pub ice_session: String,
}

/// Why no conversation began.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the server is stopping")]
    Stopping,
    #[error("the call's thread is too busy to take it")]
    Busy,
    #[error(transparent)]
    NoLine(#[from] NoLineError),
    #[error(transparent)]
    Negotiation(#[from] AcceptError),
}

impl From<ExpectError> for StartError {
    fn from(error: ExpectError) -> Self {
        match error {
            ExpectError::Closed(_) => Self::Stopping,
            ExpectError::Busy => Self::Busy,
        }
    }
}

/// Why a conversation was not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndError {
    #[error("no such call")]
    NotFound,
    /// It has ended, but its recording is not final yet.
    #[error("the recording is not final yet")]
    TimedOut,
}

impl Conversations {
    /// Nobody is here yet.
    #[must_use]
    pub fn new(means: Means, terms: Terms, seats: Seats) -> Self {
        let Means {
            engine,
            recorder,
            identity,
            ear,
        } = means;
        Self(Arc::new(Inner {
            seats,
            ear,
            engine,
            recorder,
            identity,
            overflows: Overflows::default(),
            terms,
            stopped: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Begins a conversation with the `caller` who made `offer`. His audio is echoed, and recorded
    /// if that was agreed, as soon as it comes.
    ///
    /// # Errors
    /// When the server is stopping or full, the caller has all the calls that he may, or the offer
    /// cannot be negotiated.
    pub async fn start(&self, offer: &Offer, caller: Caller) -> Result<Started, StartError> {
        let Inner {
            seats,
            engine,
            recorder,
            identity,
            overflows,
            terms,
            ..
        } = &*self.0;
        if self.is_stopping() {
            return Err(StartError::Stopping);
        }
        // Before any work or wait: whoever is refused costs nothing.
        let line = seats.take(wall_clock(), caller.counts_for)?;
        let candidates = engine.candidates().await;
        let now = Instant::now();
        let local = local_side(terms.mode, candidates);
        let (peer, answer) = Peer::accept(offer, &local, identity, now)?;

        let (id, secret) = (line.id(), line.secret());
        let mut tee = Tee::new(overflows.clone());
        let echo = Echo::new(tee.attach(Echo::NAME, terms.echo_queue));
        if caller.is_recorded {
            let call = Call {
                progress: line.note_recorded(),
                origin: origin(id, offer, caller.client, terms.limits, now),
                keep: Box::new(line.seat()),
            };
            recorder.record(&mut tee, terms.recorder_queue, call);
        }
        let conversation = Conversation::new(line, peer, (tee, echo), terms.deadlines, now);
        engine.expect(conversation, terms.mode).await?;
        self.expect_until_deadline(id);
        Ok(Started {
            id,
            secret,
            answer,
            ice_session: local.ufrag,
        })
    }

    /// Ends a call, and returns once its recording is final. One that has just ended is ended.
    ///
    /// # Errors
    /// When there is no such call, or its recording takes too long to become final.
    pub async fn end(&self, secret: &CallSecret) -> Result<(), EndError> {
        self.end_within(DELETE_DEADLINE, secret).await
    }

    pub(crate) async fn end_within(
        &self,
        deadline: Duration,
        secret: &CallSecret,
    ) -> Result<(), EndError> {
        let Inner { seats, engine, .. } = &*self.0;
        let id = match seats.find(secret) {
            Whereabouts::Here(id) => id,
            Whereabouts::Left(_) => return Ok(()),
            Whereabouts::Unknown => return Err(EndError::NotFound),
        };
        let ended = async {
            engine.end(id, EndReason::Deleted).await;
            seats.wait_until_left(secret).await;
        };
        tokio::time::timeout(deadline, ended)
            .await
            .map_err(|_| EndError::TimedOut)
    }

    /// Whether a conversation counts: its call goes on, or its recording is not yet final.
    #[must_use]
    pub fn is_active(&self, id: ConversationId) -> bool {
        self.0.seats.has(id)
    }

    /// Deletes a recording, unless it still grows. Blocks.
    ///
    /// # Errors
    /// There is none, or it still grows; or whatever the disk answered.
    pub fn delete_recording(
        &self,
        storage: &Storage,
        id: ConversationId,
    ) -> Result<(), DeleteError> {
        if self.is_active(id) {
            return Err(DeleteError::Live);
        }
        storage.delete(id)?;
        info!(%id, "recording deleted");
        Ok(())
    }

    /// Tells each time that a conversation counts no longer.
    #[must_use]
    pub fn departures(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.seats.departures()
    }

    /// Calls that were answered and whose recording is not yet final.
    #[must_use]
    pub fn active(&self) -> usize {
        self.0.seats.count()
    }

    /// How many packets found no room, by the name of their queue.
    #[must_use]
    pub fn dropped(&self) -> BTreeMap<&'static str, u64> {
        self.0.overflows.totals()
    }

    /// What the media threads counted, by name.
    #[must_use]
    pub fn engine_counts(&self) -> BTreeMap<&'static str, u64> {
        let counts = self.0.engine.counts();
        Event::ALL
            .map(|event| (event.name(), counts.of(event)))
            .into()
    }

    /// How long the tables are in which the media threads remember callers, by name.
    pub async fn engine_tables(&self) -> BTreeMap<&'static str, usize> {
        self.0.engine.tables().await
    }

    /// Whether new calls are taken.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.is_stopping() {
            Status::Draining
        } else {
            Status::Ok
        }
    }

    /// Asks these STUN servers where they see our port.
    pub async fn ask_stun(&self, servers: Vec<std::net::SocketAddr>) {
        self.0.engine.ask_stun(servers).await;
    }

    /// Takes no new calls, ends all others with a goodbye, and waits until their recordings are
    /// final, at most until `deadline`.
    pub async fn stop(&self, deadline: Duration) {
        let Inner {
            seats,
            engine,
            stopped,
            tasks,
            ..
        } = &*self.0;
        stopped.cancel();
        tasks.close();
        info!(active = seats.count(), "ending all conversations");
        let all_final = async {
            engine.end_all().await;
            seats.wait_until_empty().await;
            tasks.wait().await;
        };
        if tokio::time::timeout(deadline, all_final).await.is_err() {
            warn!(
                active = seats.count(),
                "not every recording became final in time"
            );
        }
    }

    fn is_stopping(&self) -> bool {
        self.0.stopped.is_cancelled()
    }

    /// A caller who sends no check at all is no shard's business, so his deadline is kept here.
    fn expect_until_deadline(&self, id: ConversationId) {
        let this = self.clone();
        let deadline = self.0.terms.deadlines.connect;
        let stopped = self.0.stopped.clone();
        self.0.tasks.spawn(async move {
            let expired = stopped
                .run_until_cancelled(tokio::time::sleep(deadline))
                .await;
            if expired.is_some() {
                this.0.engine.give_up_waiting(id);
            }
        });
    }
}

fn origin(
    id: ConversationId,
    offer: &Offer,
    client: Client,
    limits: Limits,
    now: Instant,
) -> Origin {
    Origin {
        id,
        channels: if offer.wants_stereo {
            Channels::Stereo
        } else {
            Channels::Mono
        },
        payload_type: offer.opus_payload_type,
        fmtp: offer.fmtp().to_owned(),
        client,
        began: Moment {
            at: now,
            time: jiff::Timestamp::now(),
        },
        limits,
    }
}

/// Our side of a new ICE session.
fn local_side(mode: IceMode, candidates: Vec<Candidate>) -> LocalSide {
    LocalSide {
        ufrag: format!("{:016x}", rand::random::<u64>()),
        password: format!("{:032x}", rand::random::<u128>()),
        candidates,
        mode,
    }
}

fn wall_clock() -> ConversationId {
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    ConversationId::from_nanoseconds(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
}
