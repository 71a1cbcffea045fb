//! An echo on str0m: one thread, one UDP socket, no recording. Its callers are on this machine.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::OwnedFd;
use str0m::change::SdpOffer;
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use tokio::sync::oneshot;

/// The timers of all calls are looked at so often.
const TICK: Duration = Duration::from_millis(5);
/// Offers that wait; more are refused.
const MAX_WAITING: usize = 1_024;
/// An answer asks for itself to be sent; it never takes more turns.
const MAX_TURNS: usize = 3;

/// An offer, and where its answer goes.
struct Offered {
    offer: SdpOffer,
    answer: oneshot::Sender<String>,
}

#[derive(Clone)]
struct Door {
    offers: SyncSender<Offered>,
    /// Wakes the thread that echoes.
    bell: Arc<OwnedFd>,
}

fn main() -> Result<()> {
    str0m::crypto::from_feature_flags().install_process_default();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    let (offers, waiting) = sync_channel(MAX_WAITING);
    let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let door = Door {
        offers,
        bell: bell.clone(),
    };
    std::thread::Builder::new()
        .name("http".to_owned())
        .spawn(move || serve(door))?;
    Echo {
        local: socket.local_addr()?,
        socket,
        bell,
        waiting,
        calls: Vec::new(),
        by_address: HashMap::new(),
        tick_at: Instant::now(),
    }
    .work()
}

fn serve(door: Door) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        writeln!(io::stdout(), "http://{address}/webrtc")?;
        let router = Router::new()
            .route("/webrtc", post(answer))
            .with_state(door);
        Ok(axum::serve(listener, router).await?)
    })
}

async fn answer(State(door): State<Door>, body: String) -> Result<String, StatusCode> {
    let offer = SdpOffer::from_sdp_string(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let (answer, answered) = oneshot::channel();
    door.offers
        .try_send(Offered { offer, answer })
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    // The only error is that it was rung 2⁶⁴ - 1 times.
    let _ = rustix::io::write(&door.bell, &1_u64.to_ne_bytes());
    answered.await.map_err(|_| StatusCode::BAD_REQUEST)
}

struct Call {
    rtc: Rtc,
    due: Instant,
    /// What str0m's count of the stream began with.
    first: Option<u64>,
}

struct Echo {
    socket: UdpSocket,
    local: SocketAddr,
    bell: Arc<OwnedFd>,
    waiting: Receiver<Offered>,
    /// Those that are over leave their place empty.
    calls: Vec<Option<Call>>,
    by_address: HashMap<SocketAddr, usize>,
    tick_at: Instant,
}

impl Echo {
    fn work(mut self) -> Result<()> {
        let mut datagram = [0; 2_048];
        loop {
            let now = Instant::now();
            while let Ok(offered) = self.waiting.try_recv() {
                self.accept(offered, now).context("an offer")?;
            }
            if now >= self.tick_at {
                self.tick_at = now + TICK;
                self.tick(now);
            }
            let pause = self.tick_at.saturating_duration_since(Instant::now());
            let pause = Timespec::try_from(pause)?;
            let mut ends = [
                PollFd::new(&self.socket, PollFlags::IN),
                PollFd::new(&self.bell, PollFlags::IN),
            ];
            poll(&mut ends, Some(&pause))?;
            let [socket, bell] = ends.map(|end| !end.revents().is_empty());
            if bell {
                rustix::io::read(&self.bell, &mut [0; 8])?;
            }
            if socket {
                while let Ok((length, from)) = self.socket.recv_from(&mut datagram) {
                    self.take(from, datagram.get(..length).unwrap_or_default());
                }
            }
        }
    }

    fn accept(&mut self, Offered { offer, answer }: Offered, now: Instant) -> Result<()> {
        let mut rtc = RtcConfig::new()
            .clear_codecs()
            .enable_opus(true, false)
            .set_rtp_mode(true)
            .set_ice_lite(true)
            .build(now);
        rtc.add_local_candidate(Candidate::host(self.local, "udp")?);
        // Whoever is not answered reads that in the status.
        let Ok(accepted) = rtc.sdp_api().accept_offer(offer) else {
            return Ok(());
        };
        let mut call = Call {
            rtc,
            due: now,
            first: None,
        };
        call.drain(&self.socket, now);
        self.calls.push(Some(call));
        // He who does not wait any more will not call either.
        let _ = answer.send(accepted.to_sdp_string());
        Ok(())
    }

    fn tick(&mut self, now: Instant) {
        for place in &mut self.calls {
            let Some(call) = place else {
                continue;
            };
            if call.due <= now {
                call.advance(&self.socket, now);
            }
            if !call.rtc.is_alive() {
                *place = None;
            }
        }
        self.by_address
            .retain(|_, place| self.calls.get(*place).is_some_and(Option::is_some));
    }

    fn take(&mut self, from: SocketAddr, datagram: &[u8]) {
        let Ok(contents) = datagram.try_into() else {
            return;
        };
        let now = Instant::now();
        let received = Receive {
            proto: Protocol::Udp,
            source: from,
            destination: self.local,
            contents,
        };
        let input = Input::Receive(now, received);
        let known = self.by_address.get(&from).copied();
        let accepts =
            |call: &Option<Call>| call.as_ref().is_some_and(|call| call.rtc.accepts(&input));
        let Some(place) = known.or_else(|| self.calls.iter().position(accepts)) else {
            return;
        };
        if known.is_none() {
            self.by_address.insert(from, place);
        }
        if let Some(Some(call)) = self.calls.get_mut(place)
            && call.rtc.handle_input(input).is_ok()
        {
            call.drain(&self.socket, now);
        }
    }
}

impl Call {
    fn advance(&mut self, socket: &UdpSocket, now: Instant) {
        if self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(socket, now);
        }
    }

    fn drain(&mut self, socket: &UdpSocket, now: Instant) {
        let mut turns = 0;
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(due)) => {
                    self.due = due;
                    // What was written leaves only when it is told the time.
                    let is_asked = due <= now && turns < MAX_TURNS;
                    if !is_asked || self.rtc.handle_input(Input::Timeout(now)).is_err() {
                        return;
                    }
                    turns += 1;
                }
                Ok(Output::Transmit(transmit)) => {
                    // Whatever the kernel has no room for is lost.
                    let _ = socket.send_to(&transmit.contents, transmit.destination);
                }
                Ok(Output::Event(event)) => self.react(event),
                Err(_) => {
                    self.rtc.disconnect();
                    return;
                }
            }
        }
    }

    fn react(&mut self, event: Event) {
        match event {
            Event::RtpPacket(packet) => {
                let number = *packet.seq_no;
                let first = *self.first.get_or_insert(number & !0xffff);
                let mut api = self.rtc.direct_api();
                let mid = api
                    .stream_rx(&packet.header.ssrc)
                    .map(|stream| stream.mid());
                let Some(stream) = mid.and_then(|mid| api.stream_tx_by_mid(mid, None)) else {
                    return;
                };
                let echo = RtpWrite::new(
                    packet.header.payload_type,
                    (number - first).into(),
                    packet.header.timestamp,
                    packet.timestamp,
                    packet.payload,
                );
                stream.write_rtp(echo.marker(packet.header.marker));
            }
            Event::IceConnectionStateChange(str0m::IceConnectionState::Disconnected) => {
                self.rtc.disconnect();
            }
            _ => {}
        }
    }
}
