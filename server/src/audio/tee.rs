//! Hands every packet to every consumer, through one bounded queue each, without ever waiting.
//!
//! Not for room, nor for a consumer who is at the queue: what comes meanwhile enters with the next
//! packet, and a bell that was not heard is rung with it. It knows no clock: times are those of the
//! packets.

mod bell;
mod held;
mod overflows;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

pub use bell::{Bell, Ring};
use held::Held;
use overflows::Kind;
pub use overflows::Overflows;
use shared::recording::RecordingEnd;
use tracing::Span;

use crate::packet::AudioPacket;

/// Room made at once: 320 ms of packets. A consumer that keeps up never makes it grow.
const ROOM_AT_FIRST: usize = 16;

/// Where packets enter. Dropping it ends every feed; a feed still yields what it holds.
#[derive(Debug, Default)]
pub struct Tee {
    outlets: Vec<Outlet>,
    overflows: Overflows,
    span: Option<Span>,
}

impl Tee {
    /// A tee without consumers, whose overflows are logged together with those of all other tees
    /// that share `overflows`.
    #[must_use]
    pub fn new(overflows: Overflows) -> Self {
        Self {
            outlets: Vec::new(),
            overflows,
            span: None,
        }
    }

    /// Says in whose name its overflows are logged. Entered by them alone: a span costs more than
    /// a packet's way through.
    pub fn log_within(&mut self, span: Span) {
        self.span = Some(span);
    }

    /// Adds a consumer: its queue holds up to `capacity` packets from now on.
    pub fn attach(&mut self, name: &'static str, capacity: NonZeroUsize) -> Feed {
        self.add(name, capacity, None)
    }

    /// Adds a consumer that sleeps until its bell rings.
    pub fn attach_with_bell(
        &mut self,
        name: &'static str,
        capacity: NonZeroUsize,
        bell: Bell,
    ) -> Feed {
        self.add(name, capacity, Some(bell))
    }

    fn add(&mut self, name: &'static str, capacity: NonZeroUsize, bell: Option<Bell>) -> Feed {
        // A caller who changes his mind again and again leaves nothing behind.
        self.outlets
            .retain(|outlet| !outlet.queue.lock().is_abandoned);
        let capacity = capacity.get();
        let queue = Arc::new(Queue {
            capacity,
            state: Mutex::new(Waiting {
                packets: VecDeque::with_capacity(capacity.min(ROOM_AT_FIRST)),
                ..Waiting::default()
            }),
            bell,
        });
        self.outlets.push(Outlet {
            kind: self.overflows.kind(name),
            queue: Arc::clone(&queue),
            held: Held::default(),
            is_unheard: false,
            dropped: 0,
        });
        Feed { queue }
    }

    /// Gives the packet to every consumer; one whose queue is full does not get it.
    pub fn push(&mut self, packet: &AudioPacket) {
        let span = self.span.as_ref();
        self.outlets
            .retain_mut(|outlet| outlet.push(Some(packet), packet.arrived, span));
    }

    /// Tells consumers what they could not be told yet, for no next packet may come. Never waits.
    pub fn catch_up(&mut self, now: Instant) {
        let span = self.span.as_ref();
        self.outlets
            .retain_mut(|outlet| outlet.is_told() || outlet.push(None, now, span));
    }

    /// How many packets the consumer of that name did not get.
    #[must_use]
    pub fn dropped(&self, name: &str) -> u64 {
        let named = self
            .outlets
            .iter()
            .filter(|outlet| outlet.kind.name == name);
        named.map(|outlet| outlet.dropped).sum()
    }

    /// Ends every feed and tells it when and why; dropping the tee leaves both open.
    pub fn end(self, now: Instant, why: RecordingEnd) {
        let ended = Ended { at: now, why };
        for outlet in &self.outlets {
            outlet.queue.lock().ended = Some(ended);
        }
    }
}

/// The end of a caller's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub at: Instant,
    pub why: RecordingEnd,
}

/// The tee's end of one queue.
#[derive(Debug)]
struct Outlet {
    kind: Arc<Kind>,
    queue: Arc<Queue>,
    held: Held,
    /// The bell was rung last while its consumer could not hear it.
    is_unheard: bool,
    dropped: u64,
}

impl Outlet {
    /// Says whether anybody still listens. Without a packet, what was held or not heard is all.
    fn push(&mut self, packet: Option<&AudioPacket>, now: Instant, span: Option<&Span>) -> bool {
        let before = self.dropped;
        let has_listener = self.offer(packet, now);
        let dropped = self.dropped - before;
        if dropped > 0 {
            self.kind.note(dropped, self.queue.capacity, now, span);
        }
        has_listener
    }

    fn is_told(&self) -> bool {
        self.held.is_empty() && !self.is_unheard
    }

    fn offer(&mut self, packet: Option<&AudioPacket>, now: Instant) -> bool {
        let Some(mut waiting) = self.queue.try_lock() else {
            let held = packet.map(|packet| self.held.hold(packet, self.queue.capacity));
            self.dropped += held.unwrap_or_default();
            return true;
        };
        if waiting.is_abandoned {
            return false;
        }
        self.dropped += self.held.enter(&self.queue, &mut waiting);
        if let Some(packet) = packet {
            self.dropped += self.queue.enter(&mut waiting, packet.clone());
        }
        let waker = waiting.waker.take();
        if std::mem::take(&mut self.is_unheard) {
            waiting.rung = None;
        }
        let ring = self.queue.must_ring(&mut waiting, now);
        drop(waiting);

        self.is_unheard = !self.queue.tell(waker, ring);
        true
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        // Once in a call this waits, until the consumer has a packet or has left, and until the bell
        // is heard. What finds no room now tears the queue; nobody is left to ask for the count.
        let mut waiting = self.queue.lock();
        if waiting.is_abandoned {
            return;
        }
        self.held.enter(&self.queue, &mut waiting);
        waiting.is_over = true;
        let waker = waiting.waker.take();
        let ring = waiting.ring(Ring::Over);
        drop(waiting);

        self.queue.tell(waker, ring);
    }
}

#[derive(Debug)]
struct Queue {
    /// Packets that may wait.
    capacity: usize,
    state: Mutex<Waiting>,
    bell: Option<Bell>,
}

/// What waits in one queue.
#[derive(Debug, Default)]
struct Waiting {
    packets: VecDeque<AudioPacket>,
    /// Packets that ever entered the queue.
    accepted: u64,
    /// How many of them before the first one that did not.
    torn_after: Option<u64>,
    /// The tee is gone: nothing more enters.
    is_over: bool,
    ended: Option<Ended>,
    /// The feed is gone: nobody takes anything out.
    is_abandoned: bool,
    /// How the bell was rung since the queue was found empty, or since nobody heard it.
    rung: Option<Ring>,
    waker: Option<Waker>,
}

impl Waiting {
    /// Whether this ring tells more than the one before.
    fn ring(&mut self, ring: Ring) -> Option<Ring> {
        let is_news = Some(ring) > self.rung;
        self.rung = self.rung.max(Some(ring));
        is_news.then_some(ring)
    }

    /// What comes next is not there.
    fn tear(&mut self) {
        self.torn_after.get_or_insert(self.accepted);
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Every change under the lock is a single step: a panic elsewhere leaves no half state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` while the other end is at it.
    fn try_lock(&self) -> Option<MutexGuard<'_, Waiting>> {
        match self.state.try_lock() {
            Ok(waiting) => Some(waiting),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Lets the packet in, or says that one was dropped.
    fn enter(&self, waiting: &mut Waiting, packet: AudioPacket) -> u64 {
        if waiting.packets.len() >= self.capacity || self.is_out_of_memory() {
            waiting.tear();
            return 1;
        }
        self.weigh(&packet);
        waiting.packets.push_back(packet);
        waiting.accepted += 1;
        0
    }

    fn must_ring(&self, waiting: &mut Waiting, now: Instant) -> Option<Ring> {
        let bell = self.bell.as_ref()?;
        let is_due = waiting
            .packets
            .front()
            .is_some_and(|oldest| now.saturating_duration_since(oldest.arrived) >= bell.after);
        // A small queue or a fast sender fills up before the time is over.
        let ring = if waiting.packets.len() * 2 >= self.capacity {
            Ring::Urgent
        } else if is_due {
            Ring::Due
        } else {
            return None;
        };
        waiting.ring(ring)
    }

    /// To be called without the lock. Whether a bell that was rung was heard.
    fn tell(&self, waker: Option<Waker>, ring: Option<Ring>) -> bool {
        waker.into_iter().for_each(Waker::wake);
        let rung = self.bell.as_ref().zip(ring);
        rung.is_none_or(|(bell, ring)| (bell.ring)(ring))
    }

    /// All queues that share the bell's count hold more than they may.
    fn is_out_of_memory(&self) -> bool {
        self.bell
            .as_ref()
            .is_some_and(|bell| bell.waiting_bytes.load(Ordering::Relaxed) > bell.max_waiting_bytes)
    }

    fn weigh(&self, packet: &AudioPacket) {
        if let Some(bell) = &self.bell {
            bell.waiting_bytes
                .fetch_add(weight(packet), Ordering::Relaxed);
        }
    }

    fn unweigh(&self, packet: &AudioPacket) {
        if let Some(bell) = &self.bell {
            bell.waiting_bytes
                .fetch_sub(weight(packet), Ordering::Relaxed);
        }
    }
}

fn weight(packet: &AudioPacket) -> u64 {
    u64::try_from(size_of::<AudioPacket>() + packet.payload.len()).unwrap_or(u64::MAX)
}

/// A consumer's end of its queue: the packets in the order they came. Dropping it detaches it.
#[derive(Debug)]
pub struct Feed {
    queue: Arc<Queue>,
}

impl Feed {
    /// The oldest packet that waits.
    pub fn try_next(&mut self) -> Option<AudioPacket> {
        let mut waiting = self.queue.lock();
        let packet = waiting.packets.pop_front();
        match &packet {
            Some(packet) => self.queue.unweigh(packet),
            None => waiting.rung = None,
        }
        packet
    }

    /// Waits for the next packet; `None` once the tee is gone and the queue is empty.
    pub async fn next(&mut self) -> Option<AudioPacket> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &Context<'_>) -> Poll<Option<AudioPacket>> {
        if let Some(packet) = self.try_next() {
            return Poll::Ready(Some(packet));
        }
        let mut waiting = self.queue.lock();
        // A packet may have come in between the two looks.
        if waiting.is_over || !waiting.packets.is_empty() {
            let packet = waiting.packets.pop_front();
            packet.iter().for_each(|packet| self.queue.unweigh(packet));
            return Poll::Ready(packet);
        }
        waiting.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Nothing waits and nothing will come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let waiting = self.queue.lock();
        waiting.is_over && waiting.packets.is_empty()
    }

    /// At least one packet was dropped before the one that comes next.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        let waiting = self.queue.lock();
        let taken = waiting.accepted - waiting.packets.len() as u64;
        waiting.torn_after.is_some_and(|packets| taken >= packets)
    }

    /// When and why the caller's audio ended, if the tee was told.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.queue.lock().ended
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let mut waiting = self.queue.lock();
        waiting.is_abandoned = true;
        let packets = std::mem::take(&mut waiting.packets);
        drop(waiting);
        for packet in packets {
            self.queue.unweigh(&packet);
        }
    }
}

#[cfg(test)]
mod tests;
