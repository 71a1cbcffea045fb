//! The door with TLS behind it: a place is taken first, so that a handshake is limited like anything
//! else. Whoever speaks plain http is told where https is.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::accept::Accept;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::door::{Door, Guest};
use super::impatient::Impatient;
use crate::tls::Tls;

/// Every handshake begins with this (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// The head of a plain request that is read to answer it.
const MAX_HEAD: usize = 4 * 1024;
/// What may follow the head and is not looked at: an offer and more.
const MAX_REST: u64 = 256 * 1024;

const ONLY_HTTPS: &str = "This port speaks https only.\n";

/// Whether a host is one of ours.
pub(super) type IsOurs = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Lets in whoever completes a handshake in time.
#[derive(Clone)]
pub(super) struct SecureDoor {
    pub(super) door: Door,
    pub(super) tls: Arc<Tls>,
    /// For the handshake.
    pub(super) deadline: Duration,
    pub(super) is_ours: IsOurs,
}

type Accepted = io::Result<(TlsStream<Impatient>, Guest)>;

impl Accept<TcpStream, Router> for SecureDoor {
    type Stream = TlsStream<Impatient>;
    type Service = Guest;
    type Future = Pin<Box<dyn Future<Output = Accepted> + Send>>;

    fn accept(&self, stream: TcpStream, router: Router) -> Self::Future {
        let let_in = self.door.let_in(stream, router);
        let (tls, is_ours) = (self.tls.acceptor(), Arc::clone(&self.is_ours));
        let deadline = self.deadline;
        Box::pin(async move {
            let (stream, guest) = let_in?;
            let shake = async {
                if stream.first_byte().await? == HANDSHAKE {
                    return tls.accept(stream).await;
                }
                send_to_https(stream, &is_ours).await?;
                Err(io::ErrorKind::InvalidData.into())
            };
            let stream = timeout(deadline, shake).await;
            Ok((stream.map_err(|_| io::ErrorKind::TimedOut)??, guest))
        })
    }
}

/// Answers a plain request, and no other.
async fn send_to_https(mut stream: Impatient, is_ours: &IsOurs) -> io::Result<()> {
    let mut head = Vec::with_capacity(MAX_HEAD);
    while head.len() < MAX_HEAD && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let answer = match secure_url(&head, is_ours) {
        Some(url) => format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: {url}\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        None => format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{ONLY_HTTPS}",
            ONLY_HTTPS.len()
        ),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    // The kernel would take the answer back with what nobody read (RFC 9112 §9.6).
    let mut rest = stream.take(MAX_REST);
    copy(&mut rest, &mut sink()).await.map(drop)
}

/// The same page by https; none for what is no question for a page of ours.
fn secure_url(head: &[u8], is_ours: &IsOurs) -> Option<String> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head).ok()?.is_complete().then_some(())?;
    let path = request.path.filter(|path| path.starts_with('/'))?;
    if !matches!(request.method, Some("GET" | "HEAD")) {
        return None;
    }
    let mut hosts = request
        .headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("host"));
    let host = std::str::from_utf8(hosts.next()?.value).ok()?;
    let authority: axum::http::uri::Authority = host.parse().ok()?;
    let is_one = hosts.next().is_none() && !host.contains('@') && is_ours(authority.host());
    let is_clean = path.bytes().all(|byte| byte.is_ascii_graphic());
    (is_one && is_clean).then(|| format!("https://{authority}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_questions_for_a_page_of_ours_are_sent_on() {
        let is_ours: IsOurs = Arc::new(|host| host == "localhost" || host == "192.0.2.7");
        let url = |head: &str| secure_url(head.as_bytes(), &is_ours);

        assert_eq!(
            url("GET /a?b HTTP/1.1\r\nHost: 192.0.2.7:3001\r\n\r\n").as_deref(),
            Some("https://192.0.2.7:3001/a?b")
        );
        for head in [
            "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET //evil.test HTTP/1.1\r\nHost: localhost\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "nonsense\r\n\r\n",
            "",
        ] {
            assert_eq!(url(head), None, "{head}");
        }
    }
}
