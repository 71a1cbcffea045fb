//! The door: one TCP port for both address families, with a limit to everything a stranger could
//! keep busy: connections, silence, slow headers, and the time to leave.

use std::future::{Ready, ready};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum_server::accept::Accept;
use axum_server::{Handle, from_tcp};
use socket2::{Domain, Socket, Type};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::debug;

use crate::config::Config;

/// Connections that wait to be accepted; what Linux grants is less.
const BACKLOG: i32 = 1024;

/// What a stranger may use up.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Connections at once. A caller needs one for a moment, his page a few more.
    connections: usize,
    /// Until the whole first request is here, and until the header of each later one is.
    request: Duration,
    /// For open requests, once the server stops.
    leave: Duration,
}

const LIMITS: Limits = Limits {
    connections: 1024,
    request: Duration::from_secs(5),
    leave: Duration::from_secs(2),
};

/// The port cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    address: SocketAddr,
    #[source]
    cause: io::Error,
}

/// Takes the port that `config` names: of one address, or of all addresses of both families.
///
/// # Errors
/// When the port is taken, or the address is not this machine's.
pub fn bind(config: &Config) -> Result<TcpListener, ListenError> {
    let listen = |ip: IpAddr| {
        let address = SocketAddr::new(ip, config.port);
        listen(address).map_err(|cause| ListenError { address, cause })
    };
    match config.bind {
        Some(ip) => listen(ip),
        // A machine may have no IPv6 at all. A taken port is taken in both.
        None => listen(Ipv6Addr::UNSPECIFIED.into()).or_else(|error| {
            if error.cause.kind() == io::ErrorKind::AddrInUse {
                return Err(error);
            }
            listen(Ipv4Addr::UNSPECIFIED.into())
        }),
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        // All addresses means those of IPv4 too, whatever the system's default is.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // A restart need not wait for the old connections to be forgotten.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Where a browser on this machine finds the server.
#[must_use]
pub fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// Serves until `stop`, then lets open requests end, but not for long.
///
/// # Errors
/// When the listener cannot be used at all; a failing connection ends nothing but itself.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    serve_within(LIMITS, listener, router, stop).await
}

async fn serve_within(
    limits: Limits,
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    let handle = Handle::new();
    let mut server = from_tcp(listener)?
        .acceptor(Door {
            free: Arc::new(Semaphore::new(limits.connections)),
        })
        .handle(handle.clone())
        .http1_only()
        .first_request_timeout(limits.request)
        .accept_error_handler(|_, error| debug!(%error, "a connection was not taken"));
    server
        .http_builder()
        .http1()
        .header_read_timeout(limits.request);
    let serving = server.serve(router.into_make_service());
    let stopping = async {
        stop.cancelled().await;
        handle.graceful_shutdown(Some(limits.leave));
        std::future::pending().await
    };
    tokio::select! {
        served = serving => served,
        never = stopping => never,
    }
}

/// Lets in as many connections as there is room for, and turns away the others at once.
#[derive(Clone)]
struct Door {
    free: Arc<Semaphore>,
}

impl Accept<TcpStream, Router> for Door {
    type Stream = TcpStream;
    type Service = Guest;
    type Future = Ready<io::Result<(TcpStream, Guest)>>;

    fn accept(&self, stream: TcpStream, router: Router) -> Self::Future {
        let place = Arc::clone(&self.free).try_acquire_owned();
        let guest = place.map(|place| Guest {
            router,
            place: Arc::new(place),
        });
        ready(guest.map_err(io::Error::other).and_then(|guest| {
            // An answer is one small write, and nothing follows that it could wait for.
            stream.set_nodelay(true)?;
            Ok((stream, guest))
        }))
    }
}

/// The router as one connection sees it.
#[derive(Clone)]
struct Guest {
    router: Router,
    #[expect(dead_code, reason = "its drop makes room for the next connection")]
    place: Arc<OwnedSemaphorePermit>,
}

impl<R> Service<R> for Guest
where
    Router: Service<R>,
{
    type Response = <Router as Service<R>>::Response;
    type Error = <Router as Service<R>>::Error;
    type Future = <Router as Service<R>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.router.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.router.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    /// A server on loopback, how to stop it, and its end.
    struct Serving {
        address: SocketAddr,
        stop: CancellationToken,
        tasks: tokio::task::JoinSet<io::Result<()>>,
    }

    impl Serving {
        fn start(limits: Limits) -> Self {
            let listener = bind(&Config::default()).unwrap();
            let address = listener.local_addr().unwrap();
            let stop = CancellationToken::new();
            let router = Router::new().route("/", get(|| async { "here" }));
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(serve_within(limits, listener, router, stop.clone()));
            Self {
                address,
                stop,
                tasks,
            }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }
    }

    fn limits(connections: usize, request: Duration) -> Limits {
        let leave = SHORT;
        Limits {
            connections,
            request,
            leave,
        }
    }

    /// Everything that comes until the server closes; a reset is a close as well.
    async fn read_to_end(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        String::from_utf8(bytes).unwrap()
    }

    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(REQUEST).await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"here") {
            assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "{bytes:?}");
        }
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn whoever_says_nothing_is_sent_away() {
        let server = Serving::start(limits(10, SHORT));

        for words in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\n"] {
            let mut stranger = server.connect().await;
            stranger.write_all(words.as_bytes()).await.unwrap();

            let answer = read_to_end(&mut stranger).await;

            assert!(!answer.contains("200 OK"), "{words:?}: {answer}");
        }
    }

    #[tokio::test]
    async fn whoever_says_nothing_more_is_sent_away_too() {
        let server = Serving::start(limits(10, SHORT));
        let mut stranger = server.connect().await;
        let answer = ask(&mut stranger).await;

        stranger.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
        let more = read_to_end(&mut stranger).await;

        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(!more.contains("200 OK"), "{more}");
    }

    #[tokio::test]
    async fn one_too_many_is_turned_away_and_a_free_place_is_given_again() {
        let server = Serving::start(limits(1, LONG));
        let mut first = server.connect().await;
        ask(&mut first).await;

        let turned_away = read_to_end(&mut server.connect().await).await;
        drop(first);
        // The place is free as soon as the server has seen the first one go.
        let mut second = server.connect().await;
        while second.write_all(REQUEST).await.is_err() || second.read_u8().await.is_err() {
            second = server.connect().await;
        }

        assert_eq!(turned_away, "");
    }

    #[tokio::test]
    async fn a_stopped_server_takes_nobody_and_ends_in_spite_of_idle_guests() {
        let mut server = Serving::start(limits(10, LONG));
        let mut guest = server.connect().await;
        ask(&mut guest).await;
        let _silent = server.connect().await;

        server.stop.cancel();
        let ended = server.tasks.join_next().await;

        assert!(matches!(ended, Some(Ok(Ok(())))), "{ended:?}");
        assert_eq!(read_to_end(&mut guest).await, "");
        assert!(TcpStream::connect(server.address).await.is_err());
    }

    #[test]
    fn all_addresses_are_those_of_both_families() {
        let config = Config {
            bind: None,
            ..Config::default()
        };
        let listener = bind(&config).unwrap();
        let port = listener.local_addr().unwrap().port();

        let v4 = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port));
        let v6 = std::net::TcpStream::connect((Ipv6Addr::LOCALHOST, port));

        assert!(v4.is_ok());
        assert!(v6.is_ok() || listener.local_addr().unwrap().is_ipv4());
    }

    #[test]
    fn a_taken_port_is_named() {
        let other = bind(&Config::default()).unwrap();
        let port = other.local_addr().unwrap().port();

        let error = bind(&Config {
            port,
            ..Config::default()
        })
        .unwrap_err();

        assert_eq!(
            error.to_string(),
            format!("cannot listen on 127.0.0.1:{port}")
        );
        assert_eq!(error.cause.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn the_url_is_one_that_a_browser_here_can_open() {
        let url = |address: &str| url(address.parse().unwrap());

        assert_eq!(url("127.0.0.1:41873"), "http://127.0.0.1:41873");
        assert_eq!(url("[::]:3001"), "http://127.0.0.1:3001");
        assert_eq!(url("0.0.0.0:3001"), "http://127.0.0.1:3001");
        assert_eq!(url("[::1]:3001"), "http://[::1]:3001");
    }
}
