//! A network between a caller and the server that loses and delays what a test wants it to, and in
//! which somebody sends as if he were the caller: a UDP proxy, each direction apart.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The largest UDP datagram.
const MAX_DATAGRAM: usize = 1 << 16;
/// What is kept of what passed: a call of some seconds.
const MAX_PASSED: usize = 1_000;

/// What becomes of media in one direction; the handshake and the checks pass unless it is cut.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Every so-manieth packet is lost; none with 0.
    pub loses_every: u32,
    /// So many packets are lost one after the other, and then no more.
    pub loses_next: u32,
    pub delay: Duration,
    /// Nothing passes at all.
    pub is_cut: bool,
}

/// Dropping it cuts the network.
pub struct UdpProxy {
    port: u16,
    weathers: Arc<Mutex<[Weather; 2]>>,
    seen: Arc<Mutex<Seen>>,
    _tasks: JoinSet<()>,
}

/// What somebody on the way towards the server knows.
#[derive(Default)]
struct Seen {
    /// The sockets that the server takes for the callers'.
    ways: Vec<Arc<UdpSocket>>,
    passed: VecDeque<Vec<u8>>,
}

/// Towards the server.
const UP: usize = 0;
/// Back to the caller.
const DOWN: usize = 1;

impl UdpProxy {
    /// A good network before the server's media port.
    pub async fn before(server_port: u16) -> Self {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
        let port = socket.local_addr().unwrap().port();
        let weathers = Arc::new(Mutex::new([Weather::default(); 2]));
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server_port));
        let mut tasks = JoinSet::new();
        let seen = Arc::default();
        tasks.spawn(serve(
            socket,
            server,
            Arc::clone(&weathers),
            Arc::clone(&seen),
        ));
        Self {
            port,
            weathers,
            seen,
            _tasks: tasks,
        }
    }

    /// What callers take for the server's media port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The weather from now on, towards the server and back.
    pub fn set(&self, up: Weather, down: Weather) {
        *lock(&self.weathers) = [up, down];
    }

    /// What passed towards the server lately, as it came from the callers.
    #[must_use]
    pub fn passed(&self) -> Vec<Vec<u8>> {
        lock(&self.seen).passed.iter().cloned().collect()
    }

    /// A datagram comes to the server as if each of the callers had sent it.
    pub async fn forge(&self, datagram: &[u8]) {
        let ways = lock(&self.seen).ways.clone();
        for way in ways {
            // What cannot be sent is lost, as in any network.
            let _ = way.send(datagram).await;
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives each caller a socket of his own towards the server.
async fn serve(
    socket: Arc<UdpSocket>,
    server: SocketAddr,
    weathers: Arc<Mutex<[Weather; 2]>>,
    seen: Arc<Mutex<Seen>>,
) {
    let mut ways: HashMap<SocketAddr, Direction> = HashMap::new();
    let mut backs = JoinSet::new();
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let Ok((length, caller)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let up = match ways.entry(caller) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let own = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
                own.connect(server).await.unwrap();
                lock(&seen).ways.push(Arc::clone(&own));
                let out = Out::To(Arc::clone(&socket), caller);
                let back = Direction::new(DOWN, Arc::clone(&weathers), out);
                backs.spawn(give_back(Arc::clone(&own), back));
                let out = Out::Connected(own);
                unknown.insert(Direction::new(UP, Arc::clone(&weathers), out))
            }
        };
        lock(&seen).note(&buffer[..length]);
        up.pass(&buffer[..length]).await;
    }
}

impl Seen {
    fn note(&mut self, datagram: &[u8]) {
        if self.passed.len() == MAX_PASSED {
            self.passed.pop_front();
        }
        self.passed.push_back(datagram.to_vec());
    }
}

async fn give_back(own: Arc<UdpSocket>, mut back: Direction) {
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        // A server that is gone refuses; it may come back.
        if let Ok(length) = own.recv(&mut buffer).await {
            back.pass(&buffer[..length]).await;
        }
    }
}

/// Where a direction leads.
#[derive(Clone)]
enum Out {
    Connected(Arc<UdpSocket>),
    To(Arc<UdpSocket>, SocketAddr),
}

impl Out {
    async fn send(&self, datagram: &[u8]) {
        // What cannot be sent is lost, as in any network.
        let _ = match self {
            Self::Connected(socket) => socket.send(datagram).await,
            Self::To(socket, to) => socket.send_to(datagram, to).await,
        };
    }
}

/// One direction of one caller.
struct Direction {
    which: usize,
    weathers: Arc<Mutex<[Weather; 2]>>,
    out: Out,
    media: u32,
    late: JoinSet<()>,
}

impl Direction {
    fn new(which: usize, weathers: Arc<Mutex<[Weather; 2]>>, out: Out) -> Self {
        Self {
            which,
            weathers,
            out,
            media: 0,
            late: JoinSet::new(),
        }
    }

    async fn pass(&mut self, datagram: &[u8]) {
        // RFC 7983 §7: RTP and RTCP.
        let is_media = matches!(datagram.first(), Some(128..=191));
        let Some(delay) = self.delay(is_media) else {
            return;
        };
        while self.late.try_join_next().is_some() {}
        if delay.is_zero() {
            self.out.send(datagram).await;
            return;
        }
        let (out, datagram) = (self.out.clone(), datagram.to_vec());
        self.late.spawn(async move {
            sleep(delay).await;
            out.send(&datagram).await;
        });
    }

    /// How late the next one comes, unless it is lost.
    fn delay(&mut self, is_media: bool) -> Option<Duration> {
        let mut weathers = lock(&self.weathers);
        let weather = &mut weathers[self.which];
        if weather.is_cut {
            return None;
        }
        if is_media {
            self.media += 1;
            let in_turn = weather.loses_every > 0 && self.media.is_multiple_of(weather.loses_every);
            let in_row = weather.loses_next > 0;
            weather.loses_next = weather.loses_next.saturating_sub(1);
            if in_turn || in_row {
                return None;
            }
        }
        Some(weather.delay)
    }
}
