//! The door: one TCP port for both address families, with a limit to everything a stranger could
//! keep busy: connections, silence, slow headers, answers nobody reads, and the time to leave.

mod door;
mod impatient;
mod secure;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::accept::Accept;
use axum_server::{Handle, from_tcp};
use ipnet::IpNet;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::Doors;
use crate::config::Config;
use crate::tls::Tls;
use door::{Door, Guest, Places};
use secure::{IsOurs, SecureDoor};

/// Connections that wait to be accepted; what Linux grants is less.
const BACKLOG: i32 = 1024;

/// What a stranger may use up.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Connections at once. A caller needs one for a moment, his page a few more.
    connections: usize,
    /// Connections at once of one client. Many people may share an address.
    connections_of_client: usize,
    /// Until the header of a request is here, from the first moment or the request before.
    request: Duration,
    /// For a client who reads nothing of his answer.
    unread: Duration,
    /// For open requests, once the server stops.
    leave: Duration,
}

const LIMITS: Limits = Limits {
    connections: 1024,
    connections_of_client: 64,
    request: Duration::from_secs(5),
    unread: Duration::from_secs(30),
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
/// Tells the address that was taken.
///
/// # Errors
/// When the port is taken, or the address is not this machine's.
pub fn bind(config: &Config) -> Result<(TcpListener, SocketAddr), ListenError> {
    let listen = |ip: IpAddr| bind_to(SocketAddr::new(ip, config.port));
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

/// Takes exactly that address.
///
/// # Errors
/// When the port is taken, or the address is not this machine's.
pub fn bind_to(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ListenError> {
    listen(address).map_err(|cause| ListenError { address, cause })
}

fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        // All addresses means those of IPv4 too, whatever the system's default is.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // A restart need not wait for the old connections to be forgotten.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from(socket);
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Where a browser on this machine finds the server.
#[must_use]
pub fn url(address: SocketAddr, is_secure: bool) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    let scheme = if is_secure { "https" } else { "http" };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// Serves until `stop`, then lets open requests end, but not for long. With `tls` it serves https
/// alone.
///
/// # Errors
/// When the listener cannot be used at all; a failing connection ends nothing but itself.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    doors: Doors,
    tls: Option<Arc<Tls>>,
) -> io::Result<()> {
    let door = door(LIMITS, doors.unlimited_connections());
    match tls {
        None => serve_behind(door, LIMITS, listener, router, stop).await,
        Some(tls) => {
            let is_ours: IsOurs = Arc::new(move |host| doors.knows(host));
            let door = secure_door(door, LIMITS, tls, is_ours);
            serve_behind(door, LIMITS, listener, router, stop).await
        }
    }
}

fn door(limits: Limits, unlimited: Arc<[IpNet]>) -> Door {
    Door {
        places: Places::new(limits.connections, limits.connections_of_client, unlimited),
        patience: limits.unread,
    }
}

fn secure_door(door: Door, limits: Limits, tls: Arc<Tls>, is_ours: IsOurs) -> SecureDoor {
    SecureDoor {
        door,
        tls,
        deadline: limits.request,
        is_ours,
    }
}

async fn serve_behind<A>(
    acceptor: A,
    limits: Limits,
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()>
where
    A: Accept<TcpStream, Router, Service = Guest> + Clone + Send + Sync + 'static,
    A::Stream: AsyncRead + AsyncWrite + Unpin + Send,
    A::Future: Send,
{
    let handle = Handle::new();
    let mut server = from_tcp(listener)?
        .acceptor(acceptor)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tls::{TlsConfig, TlsMode};
    use crate::storage::Storage;
    use axum::routing::get;
    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    /// More than both ends' buffers can hold.
    const LARGE: usize = 64 * 1024 * 1024;

    /// A server on loopback, how to stop it, and its end.
    struct Serving {
        address: SocketAddr,
        stop: CancellationToken,
        tasks: tokio::task::JoinSet<io::Result<()>>,
    }

    impl Serving {
        fn start(limits: Limits) -> Self {
            Self::behind(door(limits, Arc::default()), limits)
        }

        /// With TLS, and a certificate whose key lies in `home` for a while.
        fn start_secured(limits: Limits, home: &TempDir) -> Self {
            let storage = Storage::new(home.path().to_owned()).unwrap();
            let config = TlsConfig {
                tls: TlsMode::Auto,
                ..TlsConfig::default()
            };
            let tls = Tls::new(&config, &storage, Box::new(Vec::new))
                .unwrap()
                .unwrap();
            let is_ours: IsOurs = Arc::new(|_| true);
            let plain = door(limits, Arc::default());
            Self::behind(secure_door(plain, limits, Arc::new(tls), is_ours), limits)
        }

        fn behind<A>(door: A, limits: Limits) -> Self
        where
            A: Accept<TcpStream, Router, Service = Guest> + Clone + Send + Sync + 'static,
            A::Stream: AsyncRead + AsyncWrite + Unpin + Send,
            A::Future: Send,
        {
            let (listener, address) = bind(&Config::default()).unwrap();
            let stop = CancellationToken::new();
            let router = Router::new()
                .route("/", get(|| async { "here" }))
                .route("/large", get(|| async { vec![0; LARGE] }));
            let mut tasks = tokio::task::JoinSet::new();
            let serving = serve_behind(door, limits, listener, router, stop.clone());
            tasks.spawn(serving);
            Self {
                address,
                stop,
                tasks,
            }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        /// Asks until there is an answer: a place is free once the server has seen a guest go.
        async fn wait_for_a_place(&self) {
            let mut guest = self.connect().await;
            while guest.write_all(REQUEST).await.is_err() || guest.read_u8().await.is_err() {
                guest = self.connect().await;
            }
        }
    }

    fn limits(connections: usize, request: Duration) -> Limits {
        let leave = SHORT;
        Limits {
            connections,
            connections_of_client: connections,
            request,
            unread: LONG,
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

        for words in ["", "GET / HTTP/1.1\r\nHo"] {
            let mut stranger = server.connect().await;
            let answer = ask(&mut stranger).await;
            stranger.write_all(words.as_bytes()).await.unwrap();

            let more = read_to_end(&mut stranger).await;

            assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
            assert!(!more.contains("200 OK"), "{words:?}: {more}");
        }
    }

    #[tokio::test]
    async fn whoever_never_finishes_a_handshake_is_sent_away() {
        let home = tempfile::tempdir().unwrap();
        let server = Serving::start_secured(limits(10, SHORT), &home);
        // The head of a record that never comes, and of a plain request that does not end.
        for words in [
            "",
            "\u{16}",
            "\u{16}\u{3}\u{1}\u{1}\u{0}\u{1}",
            "GET / HTTP/1.1\r\n",
        ] {
            let mut stranger = server.connect().await;
            stranger.write_all(words.as_bytes()).await.unwrap();

            assert_eq!(read_to_end(&mut stranger).await, "", "{words:?}");
        }
    }

    #[tokio::test]
    async fn a_place_is_taken_before_the_handshake() {
        let home = tempfile::tempdir().unwrap();
        let server = Serving::start_secured(limits(1, LONG), &home);
        let first = server.connect().await;

        let turned_away = read_to_end(&mut server.connect().await).await;
        drop(first);
        // Who has a place and speaks plain http is answered.
        server.wait_for_a_place().await;

        assert_eq!(turned_away, "");
    }

    #[tokio::test]
    async fn one_too_many_is_turned_away_and_a_free_place_is_given_again() {
        let server = Serving::start(limits(1, LONG));
        let mut first = server.connect().await;
        ask(&mut first).await;

        let turned_away = read_to_end(&mut server.connect().await).await;
        drop(first);
        server.wait_for_a_place().await;

        assert_eq!(turned_away, "");
    }

    #[tokio::test]
    async fn whoever_does_not_read_his_answer_loses_his_place() {
        let server = Serving::start(Limits {
            unread: SHORT,
            ..limits(1, LONG)
        });
        let mut stranger = server.connect().await;
        let request = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
        stranger.write_all(request).await.unwrap();

        server.wait_for_a_place().await;

        let mut received = Vec::new();
        let _ = stranger.read_to_end(&mut received).await;
        assert!(received.starts_with(b"HTTP/1.1 200 OK"));
        assert!(received.len() < LARGE, "{}", received.len());
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
        let (_listener, address) = bind(&config).unwrap();
        let port = address.port();

        let v4 = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port));
        let v6 = std::net::TcpStream::connect((Ipv6Addr::LOCALHOST, port));

        assert!(v4.is_ok());
        assert!(v6.is_ok() || address.is_ipv4());
    }

    #[test]
    fn a_taken_port_is_named() {
        let (_other, address) = bind(&Config::default()).unwrap();
        let port = address.port();

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
        let url = |address: &str| url(address.parse().unwrap(), false);

        assert_eq!(url("127.0.0.1:41873"), "http://127.0.0.1:41873");
        assert_eq!(url("[::]:3001"), "http://127.0.0.1:3001");
        assert_eq!(url("0.0.0.0:3001"), "http://127.0.0.1:3001");
        assert_eq!(url("[::1]:3001"), "http://[::1]:3001");
    }
}
