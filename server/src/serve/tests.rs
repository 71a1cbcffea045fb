use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::config::tls::TlsMode;
use std::path::Path;

const SHORT: Duration = Duration::from_millis(50);

fn config(folder: &Path) -> Config {
    Config {
        recordings: folder.to_owned(),
        stop_deadline: SHORT,
        ..Config::default()
    }
}

#[tokio::test]
async fn work_that_never_ends_does_not_keep_the_server_from_stopping() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&config(home.path())).unwrap();
    let conversations = server.conversations.clone();
    server.tasks.spawn(async move {
        let _held = conversations;
        std::future::pending::<()>().await;
    });
    let url = server.url().to_owned();

    server.stop_within(SHORT).await;

    let address = url.trim_start_matches("http://");
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn a_start_that_fails_says_each_cause_once() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();

    let error = Server::start(&config(&file)).err().unwrap();

    let sentences = format!("{:#}", anyhow::Error::from(error));
    let expected = format!(
        "the recordings' folder {} cannot be written: File exists (os error 17)",
        file.display()
    );
    assert_eq!(sentences, expected);
}

fn secured(folder: &Path) -> Config {
    let mut config = config(folder);
    config.tls.tls = TlsMode::Auto;
    config
}

fn address(server: &Server) -> &str {
    server.url().split("://").nth(1).unwrap()
}

/// A connection of somebody who trusts the certificate in that folder and no other.
async fn connect(
    server: &Server,
    folder: &Path,
    version: &'static SupportedProtocolVersion,
) -> io::Result<TlsStream<TcpStream>> {
    let pem = std::fs::read(folder.join(".tls/cert.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&pem).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address(server)).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// Whatever comes for a request until the connection ends.
async fn ask(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), path: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes without a goodbye has still answered.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn https_is_served_with_a_certificate_of_our_own() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&secured(home.path())).unwrap();
    assert!(server.url().starts_with("https://"), "{}", server.url());

    for version in [&TLS12, &TLS13] {
        let mut stream = connect(&server, home.path(), version).await.unwrap();
        let answer = ask(&mut stream, "/health").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    server.stop_within(SHORT).await;
}

#[tokio::test]
async fn plain_http_is_sent_to_https() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&secured(home.path())).unwrap();
    let mut plain = TcpStream::connect(address(&server)).await.unwrap();
    let mut posting = TcpStream::connect(address(&server)).await.unwrap();

    let answer = ask(&mut plain, "/a?b").await;
    let body = "x".repeat(64 * 1024);
    let offer = format!("POST /webrtc HTTP/1.1\r\nHost: localhost\r\n\r\n{body}");
    posting.write_all(offer.as_bytes()).await.unwrap();
    let mut refusal = String::new();
    posting.read_to_string(&mut refusal).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
    assert!(
        answer.contains("\r\nLocation: https://localhost/a?b\r\n"),
        "{answer}"
    );
    assert!(refusal.starts_with("HTTP/1.1 400 "), "{refusal}");
    server.stop_within(SHORT).await;
}

#[tokio::test]
async fn a_new_certificate_is_for_new_connections_and_open_ones_go_on() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&secured(home.path())).unwrap();
    let mut open = connect(&server, home.path(), &TLS13).await.unwrap();
    let old = std::fs::read(home.path().join(".tls/cert.pem")).unwrap();
    // What lies there serves no more, so that a new one is made.
    std::fs::write(home.path().join(".tls/cert.pem"), "nonsense").unwrap();

    server.reload_certificate();

    let new = std::fs::read(home.path().join(".tls/cert.pem")).unwrap();
    assert_ne!(old, new);
    assert!(connect(&server, home.path(), &TLS13).await.is_ok());
    let answer = ask(&mut open, "/health").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    server.stop_within(SHORT).await;
}
