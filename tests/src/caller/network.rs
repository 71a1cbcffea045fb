//! The caller's network: a runtime for `webrtc` whose sockets can fall silent.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, RecvMeta, Runtime,
    TokioRuntime, Transmit,
};

/// What the caller's network lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Everything.
    Up,
    /// Nothing, in neither direction, and nobody is told.
    Down,
    /// Everything but the DTLS the caller sends: connectivity checks pass, a handshake never does.
    WithoutDtls,
}

/// A switch for one caller's sockets.
#[derive(Clone)]
pub struct Network {
    link: watch::Sender<Link>,
    reports: watch::Sender<BTreeSet<u8>>,
}

impl Network {
    #[must_use]
    pub fn new(link: Link) -> Self {
        Self {
            link: watch::Sender::new(link),
            reports: watch::Sender::new(BTreeSet::new()),
        }
    }

    pub fn set(&self, link: Link) {
        self.link.send_replace(link);
    }

    /// The packet types of the RTCP that came in, as they stand in the clear (RFC 3711 §3.4).
    pub(super) fn reports(&self) -> &watch::Sender<BTreeSet<u8>> {
        &self.reports
    }

    fn note(&self, datagram: &[u8]) {
        // RFC 5761 §4: what tells RTCP from RTP on one port.
        if let [128..=191, packet_type @ 192..=223, ..] = *datagram {
            self.reports
                .send_if_modified(|reports| reports.insert(packet_type));
        }
    }

    fn carries(&self, datagram: &[u8]) -> bool {
        // RFC 7983 §7: the first byte of a DTLS record lies between 20 and 63.
        let is_dtls = datagram
            .first()
            .is_some_and(|first| (20..=63).contains(first));
        match *self.link.borrow() {
            Link::Up => true,
            Link::Down => false,
            Link::WithoutDtls => !is_dtls,
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Network")
            .field(&*self.link.borrow())
            .finish()
    }
}

type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Runtime for Network {
    fn spawn(&self, future: Task<'static, ()>) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn(future)
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        Ok(Arc::new(Socket {
            inner: TokioRuntime.wrap_udp_socket(socket)?,
            network: self.clone(),
        }))
    }

    fn wrap_tcp_listener(&self, listener: TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        TokioRuntime.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(
        &'a self,
        remote: SocketAddr,
    ) -> Task<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        TokioRuntime.connect_tcp(remote)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> Task<'a, io::Result<Vec<SocketAddr>>> {
        TokioRuntime.resolve_host(host)
    }

    fn sleep(&self, duration: Duration) -> Task<'static, ()> {
        TokioRuntime.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        TokioRuntime.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        TokioRuntime.block_on(future);
    }
}

#[derive(Debug)]
struct Socket {
    inner: Arc<dyn AsyncUdpSocket>,
    network: Network,
}

impl AsyncUdpSocket for Socket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        if self.network.carries(transmit.contents) {
            self.inner.poll_send(cx, transmit)
        } else {
            Poll::Ready(Ok(transmit.contents.len()))
        }
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        loop {
            let received = self.inner.poll_recv(cx, bufs, meta);
            let is_down = *self.network.link.borrow() == Link::Down;
            match received {
                Poll::Ready(Ok(_)) if is_down => {}
                Poll::Ready(Ok(count)) => {
                    for (buf, meta) in bufs.iter().zip(&*meta).take(count) {
                        let datagrams = buf[..meta.len].chunks(meta.stride.max(1));
                        datagrams.for_each(|datagram| self.network.note(datagram));
                    }
                    return received;
                }
                _ => return received,
            }
        }
    }

    fn max_gso_segments(&self) -> usize {
        self.inner.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.inner.max_gro_segments()
    }
}
