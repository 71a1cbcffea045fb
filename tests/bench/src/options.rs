//! What is asked for on the command line.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use reqwest::Url;
use reqwest::header::HeaderValue;
use rustix::process::Pid;

use crate::process::Usage;
use crate::signaling::Api;
use crate::weather::Weather;

/// Opens calls against a server that echoes audio over WebRTC, and measures the echo, and what it
/// costs the server.
///
/// It ends with 0 when all calls came up and lasted, with 1 when one did not, or when it looked for
/// the most and not one held, with 2 when it was asked for something that it cannot do.
#[derive(Debug, Parser)]
#[command(name = "voicechat-bench", version)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Options {
    /// Where offers are posted, like <http://127.0.0.1:3001/webrtc>; or, like <udp://127.0.0.1:9000>,
    /// where the same packets go without WebRTC, for the floor beneath it
    pub url: Url,
    /// How the server wants to be asked
    #[arg(long, value_enum, default_value = "sdp")]
    pub api: Api,
    /// The key of the server, shown with every request (`Authorization: Bearer`); better in the
    /// environment, where other users of the machine do not see it
    #[arg(long, env = "VOICECHAT_BENCH_BEARER", value_name = "TOKEN", hide_env_values = true, value_parser = bearer)]
    pub bearer: Option<HeaderValue>,
    /// Calls that are opened
    #[arg(long, default_value = "100")]
    pub calls: NonZeroUsize,
    /// Calls that begin in one second
    #[arg(long, default_value = "50")]
    pub ramp: NonZeroU32,
    /// Seconds that are measured
    #[arg(long, default_value = "20", value_parser = seconds)]
    pub seconds: Duration,
    /// Seconds between the last call's set-up and the measurement
    #[arg(long, default_value = "2", value_parser = seconds)]
    pub warm_up: Duration,
    /// Seconds that a call may take to come up
    #[arg(long, default_value = "15", value_parser = seconds)]
    pub patience: Duration,
    /// The server's process, on this machine: what it uses is measured too
    #[arg(long, value_parser = process)]
    pub pid: Option<Pid>,
    /// A bad network, each way, like loss=5,delay=40,jitter=20,reorder=1,duplicate=1 (percent, and
    /// milliseconds, of which delay and jitter may have 2000 together)
    #[arg(long)]
    pub lossy: Option<Weather>,
    /// Every caller changes his address so often, in seconds
    #[arg(long, value_parser = seconds)]
    pub roam: Option<Duration>,
    /// Callers vanish in the end, and say no goodbye
    #[arg(long)]
    pub vanish: bool,
    /// Looks for the most calls, up to --calls, of which less than 0.1 % of the packets are lost
    /// and 99 % are back within 20 ms, and says whether the server or the caller had enough
    #[arg(long)]
    pub find_max: bool,
    /// Writes the figures to this file as JSON; `-` prints them instead of the text
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Says nothing while it runs
    #[arg(long)]
    pub quiet: bool,
    /// Goes to other machines than this one: only to those whose owner agreed
    #[arg(long)]
    pub allow_remote: bool,
}

/// A server that is not gone to.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("{0} names no host")]
    NoHost(Url),
    #[error("{host} has no address: {source}")]
    NoAddress { host: String, source: io::Error },
    #[error("{0} is another machine; --allow-remote goes there if its owner agreed")]
    Remote(SocketAddr),
}

impl Options {
    /// The address that offers are posted to.
    ///
    /// # Errors
    /// When there is none, or it is not this machine's and may not be another's.
    pub fn target(&self) -> Result<SocketAddr, TargetError> {
        let no_host = || TargetError::NoHost(self.url.clone());
        let host = self.url.host_str().ok_or_else(no_host)?;
        let port = self.url.port_or_known_default().ok_or_else(no_host)?;
        // An IPv6 address stands in brackets.
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<SocketAddr> = (bare, port)
            .to_socket_addrs()
            .map_err(|source| TargetError::NoAddress {
                host: host.to_owned(),
                source,
            })?
            .collect();
        match addresses.iter().find(|address| !self.may_go(**address)) {
            Some(remote) => Err(TargetError::Remote(*remote)),
            None => addresses.first().copied().ok_or_else(no_host),
        }
    }

    /// What the server's process uses, if it was named.
    ///
    /// # Errors
    /// When it cannot be seen.
    pub fn usage(&self) -> io::Result<Option<Usage>> {
        self.pid.map(Usage::of).transpose()
    }

    /// The weather keeps no datagram longer.
    #[must_use]
    pub fn longest_way(&self) -> Duration {
        self.lossy.as_ref().map_or(Duration::ZERO, Weather::longest)
    }

    /// Whether packets go without WebRTC.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.url.scheme() == "udp"
    }

    /// Whether datagrams may be sent there.
    #[must_use]
    pub fn may_go(&self, address: SocketAddr) -> bool {
        self.allow_remote || address.ip().is_loopback() || is_ours(address.ip())
    }
}

/// Whether the address is one of this machine's: what is sent there does not leave it.
fn is_ours(ip: IpAddr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && UdpSocket::bind((ip, 0)).is_ok()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let value: Option<f64> = text.parse().ok();
    value
        .filter(|value| (0.1..=86_400.0).contains(value))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected 0.1 to 86400 seconds".to_owned())
}

fn bearer(token: &str) -> Result<HeaderValue, String> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| "expected characters that a header may have".to_owned())?;
    // It is in nothing that is printed of these options.
    bearer.set_sensitive(true);
    Ok(bearer)
}

fn process(text: &str) -> Result<Pid, String> {
    let number: Option<i32> = text.parse().ok();
    number
        .filter(|number| *number > 0)
        .and_then(Pid::from_raw)
        .ok_or_else(|| "expected the number of a process".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["voicechat-bench"], words].concat())
    }

    #[test]
    fn other_machines_are_left_alone_unless_it_is_asked_for() {
        let url = "http://192.0.2.1:3001/webrtc";

        let refused = options(&[url]).unwrap().target().unwrap_err();

        assert!(refused.to_string().contains("--allow-remote"));
        let allowed = options(&[url, "--allow-remote"]).unwrap().target().unwrap();
        assert_eq!(allowed, SocketAddr::from(([192, 0, 2, 1], 3001)));
    }

    #[test]
    fn this_machine_is_found_under_all_its_names() {
        for url in [
            "http://127.0.0.1:80/",
            "http://[::1]:80/",
            "http://127.0.0.2/",
        ] {
            let target = options(&[url]).unwrap().target().unwrap();

            assert_eq!((target.ip().is_loopback(), target.port()), (true, 80));
        }
    }

    #[test]
    fn a_token_is_shown_to_the_server_alone() {
        let words = ["http://127.0.0.1/", "--bearer", "0123456789abcdef"];

        let options = options(&words).unwrap();

        assert_eq!(options.bearer.as_ref().unwrap(), "Bearer 0123456789abcdef");
        assert!(!format!("{options:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn nonsense_is_refused() {
        let url = "http://127.0.0.1/";
        for wrong in [
            &["no url"][..],
            &[url, "--calls", "0"],
            &[url, "--ramp", "0"],
            &[url, "--seconds", "0"],
            &[url, "--seconds", "inf"],
            &[url, "--pid", "-1"],
            &[url, "--bearer", "two\nlines"],
            &[url, "--lossy", "loss=200"],
        ] {
            assert!(options(wrong).is_err(), "{wrong:?}");
        }
    }
}
