//! All calls at once, on one thread: begins them, has each say a packet every 20 ms, evenly spread,
//! and hears what comes back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use server::engine::bell::Bell;
use server::peer::Identity;

use crate::line::{FRAME, Failure, Line, Stage, Tools};
use crate::options::Options;
use crate::process::Usage;
use crate::report::{Moment, Report};
use crate::signaling::Signaling;
use crate::socket::{Inbox, Socket, local_address};
use crate::stamp::Payloads;

/// Echoes of the last counted packets are waited for so long, beside what the weather keeps them.
const DRAIN: Duration = Duration::from_secs(1);
/// Goodbyes are under way so long, beside that.
const FAREWELL: Duration = Duration::from_millis(500);
/// How often it is looked what the server holds, and told how far we are.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Spreads calls evenly over the 20 ms, however many there are: the golden section.
const SPREAD: f64 = 0.618_033_988_749_895;

/// A measurement that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Target(#[from] crate::options::TargetError),
    #[error(transparent)]
    Payloads(#[from] crate::stamp::PayloadError),
    #[error("no certificate could be made: {0}")]
    Identity(#[from] server::peer::AcceptError),
    #[error("the server's process cannot be seen: {0}")]
    Process(io::Error),
    #[error("the machine gives no more: {0}")]
    Machine(#[from] io::Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Ramp,
    WarmUp,
    Window,
    Drain,
    Farewell,
}

/// The measurement while it runs.
pub struct Load<'a> {
    options: &'a Options,
    calls: usize,
    identity: Identity,
    target: SocketAddr,
    local: SocketAddr,
    signaling: Signaling,
    bell: Bell,
    /// Sockets of calls that are not up; all others are read when they send.
    sockets: OwnedFd,
    lines: Vec<Line>,
    /// Calls that are not settled.
    unsettled: Vec<usize>,
    speakers: BinaryHeap<Reverse<(Instant, usize)>>,
    tools: Tools,
    inbox: Inbox,
    phase: Phase,
    phase_ends: Instant,
    began: Instant,
    look_at: Instant,
    /// Whether no call was up when it was looked last.
    is_deserted: bool,
    report: Report,
}

/// Opens `calls` calls and measures them. `progress` is told how it goes.
///
/// # Errors
/// When it cannot even begin.
pub fn run(
    options: &Options,
    calls: usize,
    mut progress: impl FnMut(&str),
) -> Result<Report, LoadError> {
    let mut load = Load::start(options, calls)?;
    while load.step(&mut progress)? {
        load.wait()?;
    }
    Ok(load.finish())
}

impl<'a> Load<'a> {
    fn start(options: &'a Options, calls: usize) -> Result<Self, LoadError> {
        let target = options.target()?;
        let local = local_address(target)?;
        let bell = Bell::new()?;
        let report = Report::new(options, calls, options.usage().map_err(LoadError::Process)?);
        let now = Instant::now();
        Ok(Self {
            options,
            calls,
            identity: Identity::generate()?,
            target,
            local,
            signaling: Signaling::start(options, calls, bell.clone())?,
            bell,
            sockets: epoll::create(CreateFlags::CLOEXEC).map_err(io::Error::from)?,
            lines: Vec::with_capacity(calls),
            unsettled: Vec::new(),
            speakers: BinaryHeap::new(),
            tools: Tools::new(Payloads::new()?),
            inbox: Inbox::default(),
            phase: Phase::Ramp,
            phase_ends: now,
            began: now,
            look_at: now,
            is_deserted: false,
            report,
        })
    }

    /// Does all that is due. Whether there will be more to do.
    fn step(&mut self, progress: &mut impl FnMut(&str)) -> Result<bool, LoadError> {
        let now = Instant::now();
        self.begin_calls(now)?;
        self.take_answers();
        // What arrives may bring a call up, which is seen below.
        self.weather(now);
        self.advance_unsettled(now);
        self.speak(now)?;
        if now >= self.look_at {
            self.look_at = now + LOOK_EVERY;
            self.look();
            progress(&self.state());
        }
        Ok(self.advance_phase(now))
    }

    fn begin_calls(&mut self, now: Instant) -> Result<(), LoadError> {
        while self.lines.len() < self.calls && now >= self.begins(self.lines.len()) {
            let number = self.lines.len();
            let socket = Socket::bind(self.local)?;
            let data = EventData::new_u64(number as u64);
            epoll::add(&self.sockets, &socket, data, EventFlags::IN).map_err(io::Error::from)?;
            let local = socket.local()?;
            let mut line = Line::new(number, socket, self.options.lossy, Instant::now());
            if self.options.is_bare() {
                line.go_bare(self.target);
            } else {
                self.signaling
                    .ask(number, line.offer(local, &self.identity));
            }
            self.lines.push(line);
            self.unsettled.push(number);
        }
        Ok(())
    }

    fn begins(&self, number: usize) -> Instant {
        self.began + Duration::from_secs_f64(number as f64 / f64::from(self.options.ramp.get()))
    }

    fn take_answers(&mut self) {
        if self.unsettled.is_empty() {
            return;
        }
        self.bell.hush();
        while let Some(answered) = self.signaling.next() {
            if let Some(line) = self.lines.get_mut(answered.call) {
                let may_go = |address: SocketAddr| {
                    self.options.may_go(address) && address.is_ipv4() == self.local.is_ipv4()
                };
                line.take_answer(answered.answer, &self.identity, may_go, &mut self.tools);
            }
        }
    }

    /// Has calls that are not up make progress, or gives them up.
    fn advance_unsettled(&mut self, now: Instant) {
        if self.unsettled.is_empty() {
            return;
        }
        let mut events = Vec::with_capacity(self.unsettled.len());
        let nothing = Timespec::default();
        // Whoever is not told of now is told of in the next turn.
        let _ = epoll::wait(
            &self.sockets,
            rustix::buffer::spare_capacity(&mut events),
            Some(&nothing),
        );
        for event in events {
            let number = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            if let Some(line) = self.lines.get_mut(number) {
                line.turn(now, &mut self.inbox, &mut self.tools);
            }
        }
        for number in std::mem::take(&mut self.unsettled) {
            let Some(line) = self.lines.get_mut(number) else {
                continue;
            };
            if line.poll_timeout().is_some_and(|at| at <= now) {
                line.turn(now, &mut self.inbox, &mut self.tools);
            }
            if matches!(line.stage, Stage::Offering | Stage::Connecting)
                && now >= line.began + self.options.patience
            {
                line.fail(line.lacks());
            }
            match line.stage {
                Stage::Offering | Stage::Connecting => self.unsettled.push(number),
                Stage::Up => {
                    stop_waiting(&self.sockets, line);
                    self.settle(number, now);
                }
                Stage::Over => stop_waiting(&self.sockets, line),
            }
        }
    }

    /// A call is up: from now on it speaks, and is read whenever it does.
    fn settle(&mut self, number: usize, now: Instant) {
        let place = FRAME.mul_f64((number as f64 * SPREAD).fract());
        let since = now.duration_since(self.began).as_nanos() % FRAME.as_nanos();
        let in_frame = Duration::from_nanos(u64::try_from(since).unwrap_or_default());
        let wait = (place + FRAME).saturating_sub(in_frame);
        self.speakers.push(Reverse((now + wait, number)));
    }

    fn speak(&mut self, now: Instant) -> Result<(), LoadError> {
        let may_speak = self.phase != Phase::Farewell;
        while let Some(&Reverse((due, number))) = self.speakers.peek() {
            if due > now {
                break;
            }
            self.speakers.pop();
            let Some(line) = self.lines.get_mut(number) else {
                continue;
            };
            line.turn(now, &mut self.inbox, &mut self.tools);
            if line.stage == Stage::Up && may_speak {
                if line.roams_by(now, self.options.roam) {
                    line.roam(self.local, now, &mut self.tools)?;
                }
                line.speak(due, &mut self.tools);
                self.speakers.push(Reverse((due + FRAME, number)));
            }
        }
        Ok(())
    }

    fn weather(&mut self, now: Instant) {
        while let Some(arrival) = self.tools.under_way.next(now) {
            if let Some(line) = self.lines.get_mut(arrival.call) {
                line.arrive(arrival, &mut self.tools);
            }
        }
    }

    /// Whether there will be more to do.
    fn advance_phase(&mut self, now: Instant) -> bool {
        if self.phase == Phase::Ramp {
            let is_settled = self.lines.len() == self.calls && self.unsettled.is_empty();
            if is_settled {
                self.report.ramp_seconds = self.began.elapsed().as_secs_f64();
                self.look();
                self.enter(Phase::WarmUp, now, self.options.warm_up);
            }
            return true;
        }
        if now < self.phase_ends && !self.is_deserted {
            return true;
        }
        match self.phase {
            Phase::Ramp | Phase::WarmUp => {
                self.report.begins = self.moment();
                self.tools.is_counting = true;
                self.enter(Phase::Window, now, self.options.seconds);
            }
            Phase::Window => {
                self.look();
                self.tools.is_counting = false;
                self.report.ends = self.moment();
                self.enter(Phase::Drain, now, DRAIN + 2 * self.options.longest_way());
            }
            Phase::Drain => {
                if !self.options.vanish {
                    for line in &mut self.lines {
                        line.close(now, &mut self.tools);
                    }
                }
                self.enter(Phase::Farewell, now, FAREWELL + self.options.longest_way());
            }
            Phase::Farewell => return now < self.phase_ends,
        }
        true
    }

    fn look(&mut self) {
        self.is_deserted = !self.lines.iter().any(|line| line.stage == Stage::Up);
        if let Ok(Some(usage)) = self.options.usage() {
            self.report.look(usage, self.phase == Phase::Window);
        }
    }

    fn enter(&mut self, phase: Phase, now: Instant, lasts: Duration) {
        self.phase = phase;
        self.phase_ends = now + lasts;
    }

    fn moment(&self) -> Option<Moment> {
        Some(Moment {
            at: Instant::now(),
            server: self.options.usage().ok().flatten(),
            own: Usage::of(rustix::process::getpid()).ok()?,
        })
    }

    /// Waits until something is due, or comes for a call that is not up.
    fn wait(&self) -> Result<(), LoadError> {
        let now = Instant::now();
        let next_call = (self.lines.len() < self.calls).then(|| self.begins(self.lines.len()));
        let next_speaker = self.speakers.peek().map(|Reverse((due, _))| *due);
        let timers = self
            .unsettled
            .iter()
            .filter_map(|number| self.lines.get(*number)?.poll_timeout());
        let due = [next_call, next_speaker, self.tools.under_way.poll_timeout()]
            .into_iter()
            .flatten()
            .chain(timers)
            .chain([self.look_at])
            .chain((self.phase != Phase::Ramp).then_some(self.phase_ends))
            .min();
        let pause = due.unwrap_or(now).saturating_duration_since(now);
        let pause = Timespec::try_from(pause).unwrap_or_default();
        let mut ends = [
            self.bell.poll_fd(),
            PollFd::new(&self.sockets, PollFlags::IN),
        ];
        // Calls that are up are read when they speak.
        let ends = if self.unsettled.is_empty() {
            &mut []
        } else {
            ends.as_mut_slice()
        };
        match poll(ends, Some(&pause)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    fn state(&self) -> String {
        let up = self.lines.iter().filter(|line| line.stage == Stage::Up);
        let failed = self.lines.iter().filter(|line| line.failure.is_some());
        format!(
            "{:4} s  {:9} {} of {} calls up, {} failed, {} packets back of {}",
            self.began.elapsed().as_secs(),
            match self.phase {
                Phase::Ramp => "ramp",
                Phase::WarmUp => "warm-up",
                Phase::Window => "measuring",
                Phase::Drain | Phase::Farewell => "ending",
            },
            up.count(),
            self.calls,
            failed.count(),
            self.tools.tally.echoed,
            self.tools.tally.sent,
        )
    }

    fn finish(mut self) -> Report {
        for line in &self.lines {
            self.report
                .call(line.set_up, line.failure.as_ref().map(Failure::to_string));
        }
        self.report.tally = self.tools.tally;
        self.report.lateness = self.tools.lateness;
        if !self.options.vanish {
            self.signaling.hang_up();
        }
        self.report
    }
}

fn stop_waiting(sockets: &OwnedFd, line: &Line) {
    // The only error is that it is not waited for.
    let _ = epoll::delete(sockets, &line.socket);
}
