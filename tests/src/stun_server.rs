//! A stranger's STUN server (coturn) on loopback.

use std::net::UdpSocket;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::waiting::eventually;

/// A running `turnserver` that answers STUN and nothing else.
pub struct StunServer {
    port: u16,
    _child: Child,
    _folder: TempDir,
}

impl StunServer {
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let port = free_udp_port();
        let child = Command::new("turnserver")
            .args([
                "-n",
                "--stun-only",
                "--no-cli",
                "--no-tls",
                "--no-dtls",
                "--no-tcp",
            ])
            .args([
                "--listening-ip",
                "127.0.0.1",
                "--listening-port",
                &port.to_string(),
            ])
            .args(["--log-file", "stdout", "--simple-log", "--pidfile"])
            .arg(folder.path().join("pid"))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("coturn is installed");
        let server = Self {
            port,
            _child: child,
            _folder: folder,
        };
        server.until_it_answers().await;
        server
    }

    /// `host:port`, as `--stun` takes it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    async fn until_it_answers(&self) {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        // RFC 8489 §5: a Binding request without attributes.
        let mut request = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
        request.extend([7; 12]);
        eventually("coturn answers", async || {
            socket.send_to(&request, self.address()).await.ok()?;
            let mut response = [0; 600];
            socket.try_recv(&mut response).ok()
        })
        .await;
    }
}

/// Another process may take it before it is used; coturn offers no way to ask for any free port.
fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
