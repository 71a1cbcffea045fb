//! A certificate is renewed while the server runs.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::process::Signal;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tests::TestServer;
use tests::waiting::soon;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Puts a new pair into those files, and says what to trust for it.
fn renew(certificate: &Path, key: &Path) -> CertificateDer<'static> {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(certificate, pair.cert.pem()).unwrap();
    fs::write(key, pair.signing_key.serialize_pem()).unwrap();
    pair.cert.into()
}

async fn connect(
    server: &TestServer,
    trusted: &CertificateDer<'static>,
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = server.url().strip_prefix("https://").unwrap();
    let stream = soon("a connection", TcpStream::connect(address)).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let greeting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    soon("the handshake", greeting).await
}

/// Whether a question on that connection is answered.
async fn answers(mut stream: TlsStream<TcpStream>) -> bool {
    let question = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(question).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    soon("the answer", read).await.unwrap();
    answer.starts_with("HTTP/1.1 200 ")
}

#[tokio::test]
async fn a_signal_has_the_certificate_read_again_and_ends_nothing() {
    let home = TempDir::new().unwrap();
    let (certificate, key) = (home.path().join("cert.pem"), home.path().join("key.pem"));
    let first = renew(&certificate, &key);
    let paths = [&certificate, &key].map(|path| path.to_str().unwrap());
    let mut server = TestServer::with(&["--tls-cert", paths[0], "--tls-key", paths[1]]).await;
    let open = connect(&server, &first).await.unwrap();

    let second = renew(&certificate, &key);
    server.signal(Signal::HUP);
    server
        .until_log("the new pair", |log| log.contains("was read again"))
        .await;
    let with_second = connect(&server, &second).await;
    let with_first = connect(&server, &first).await;
    fs::write(&certificate, "nonsense").unwrap();
    server.signal(Signal::HUP);
    server
        .until_log("the nonsense", |log| log.contains("of no use"))
        .await;
    let after_nonsense = connect(&server, &second).await;

    assert!(answers(open).await);
    assert!(answers(with_second.unwrap()).await);
    assert!(with_first.is_err(), "the old certificate is shown on");
    assert!(answers(after_nonsense.unwrap()).await);
    server.signal(Signal::TERM);
    assert!(server.ended().await.success());
}
