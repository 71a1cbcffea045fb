//! What is not logged.

use std::io;
use std::sync::{Arc, Mutex};

use super::calls::{OFFER, POST};
use super::*;

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_secrets_nor_offers_are_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let server = Server::new();

    let location = server
        .ask(request(POST, OFFER))
        .await
        .header("location")
        .to_owned();
    server.ask(request(&format!("DELETE {location}"), "")).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let secret = location.strip_prefix("/webrtc/").unwrap();
    assert!(
        log.contains("method=DELETE route=\"/webrtc/{secret}\""),
        "{log}"
    );
    for private in [secret, "P2uYro0UCOQ4zxjKXaWCBui1", "EsAw", "m=audio"] {
        assert!(!log.contains(private), "{private}: {log}");
    }
}
