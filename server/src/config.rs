//! What can be set, by flag or by environment. The only reader of the environment.

pub mod access;
mod deadline;
pub mod doors;
mod origin;
pub mod retention;
mod size;
mod stun;
pub mod tls;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{RangedU64ValueParser, TypedValueParser};
use clap::{Parser, ValueEnum};

use access::AccessConfig;
use doors::DoorsConfig;
pub use origin::{AllowedOrigin, ParseOriginError};
use retention::RetentionConfig;
pub use stun::{ParseStunError, Stun, StunServer};
use tls::TlsConfig;

/// Everything that an operator may choose. Every value has a default that needs no network.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "voicechat-server", version, about, long_about = LONG_ABOUT, max_term_width = 100)]
pub struct Config {
    /// TCP port for the page and the calls; 0 takes any free one
    #[arg(long, env = "PORT", default_value_t = 3001, help_heading = NETWORK)]
    pub port: u16,
    /// Address to listen on, HTTP and voice alike [default: all addresses, IPv4 and IPv6]
    #[arg(long, env = "VOICECHAT_BIND", value_name = "IP", help_heading = NETWORK)]
    pub bind: Option<IpAddr>,
    /// UDP port that carries the voice of all calls [default: the number of --port]
    #[arg(long, env = "VOICECHAT_UDP_PORT", value_name = "PORT", help_heading = NETWORK)]
    pub udp_port: Option<u16>,
    /// Address under which callers reach us, such as a NAT's public one; several with commas
    ///
    /// [default: those of the network interfaces]
    #[arg(long, env = "VOICECHAT_ANNOUNCE", value_name = "IP", value_delimiter = ',', help_heading = NETWORK)]
    pub announce: Vec<IpAddr>,
    /// STUN server that tells our public address, as host:port; several with commas, or none
    ///
    /// It is asked in the background: no call waits for it.
    #[arg(long, env = "VOICECHAT_STUN", value_name = "HOST", value_delimiter = ',', default_value = "stun.l.google.com:19302", help_heading = NETWORK)]
    pub stun: Vec<Stun>,
    /// Who checks the way between caller and server
    #[arg(long, env = "VOICECHAT_ICE", value_name = "MODE", default_value = "lite", help_heading = NETWORK)]
    pub ice: IceMode,
    /// Media threads, each with its own part of the calls [default: one for each core]
    #[arg(long, env = "VOICECHAT_SHARDS", value_name = "THREADS", value_parser = shards(), help_heading = NETWORK)]
    pub shards: Option<NonZeroUsize>,
    /// Web origin whose pages may call, as browsers write it; several with commas; * is any
    #[arg(long, env = "VOICECHAT_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', default_value = "*", help_heading = NETWORK)]
    pub allow_origin: Vec<AllowedOrigin>,
    /// Address and port for the counts that monitoring reads from /metrics [default: none]
    ///
    /// Whoever can reach it can read it.
    #[arg(long, env = "VOICECHAT_METRICS", value_name = "IP:PORT", help_heading = NETWORK)]
    pub metrics: Option<SocketAddr>,

    #[command(flatten)]
    pub access: AccessConfig,
    #[command(flatten)]
    pub doors: DoorsConfig,
    #[command(flatten)]
    pub retention: RetentionConfig,
    #[command(flatten)]
    pub tls: TlsConfig,

    /// Calls at once; whoever comes when so many are here is told that the server is full
    ///
    /// [default: 500 for each media thread]
    #[arg(long, env = "VOICECHAT_MAX_CONVERSATIONS", value_name = "CALLS", help_heading = LIMITS)]
    pub max_conversations: Option<NonZeroUsize>,

    /// Folder for the recordings, one folder in it for each conversation
    #[arg(long, env = "VOICECHAT_RECORDINGS", value_name = "FOLDER", default_value = "conversations", help_heading = AUDIO)]
    pub recordings: PathBuf,
    /// Packets that may wait for the echo; one is 20 ms, and what does not fit is dropped
    #[arg(long, env = "VOICECHAT_ECHO_QUEUE", value_name = "PACKETS", default_value = "100", value_parser = queue(), help_heading = AUDIO)]
    pub echo_queue: NonZeroUsize,
    /// Packets that may wait for the recorder; what does not fit is dropped
    #[arg(long, env = "VOICECHAT_RECORDER_QUEUE", value_name = "PACKETS", default_value = "2000", value_parser = queue(), help_heading = AUDIO)]
    pub recorder_queue: NonZeroUsize,

    /// Time after which a recording ends, such as 12h or 90m; its call goes on
    #[arg(long, env = "VOICECHAT_MAX_RECORDING_DURATION", value_name = "TIME", default_value = "12h", value_parser = deadline::parse_recording, help_heading = LIMITS)]
    pub max_recording_duration: Duration,
    /// Size at which a recording ends, such as 1GiB or 500MB; its call goes on
    #[arg(long, env = "VOICECHAT_MAX_RECORDING_SIZE", value_name = "SIZE", default_value = "1GiB", value_parser = size::parse_recording, help_heading = LIMITS)]
    pub max_recording_size: u64,
    /// Space to be left on the recordings' disk: with less, calls go on unrecorded; 0 for none
    #[arg(long, env = "VOICECHAT_MIN_FREE_SPACE", value_name = "SIZE", default_value = "1GiB", value_parser = size::parse, help_heading = LIMITS)]
    pub min_free_space: u64,

    /// Time from the answer until the call must be connected, such as 15s or 500ms
    #[arg(long, env = "VOICECHAT_CONNECT_DEADLINE", value_name = "TIME", default_value = "15s", value_parser = deadline::parse, help_heading = DEADLINES)]
    pub connect_deadline: Duration,
    /// Time without voice after which a call is ended
    #[arg(long, env = "VOICECHAT_MEDIA_DEADLINE", value_name = "TIME", default_value = "30s", value_parser = deadline::parse, help_heading = DEADLINES)]
    pub media_deadline: Duration,
    /// Time that goodbyes and recordings may take when the server stops
    #[arg(long, env = "VOICECHAT_STOP_DEADLINE", value_name = "TIME", default_value = "10s", value_parser = deadline::parse, help_heading = DEADLINES)]
    pub stop_deadline: Duration,

    /// Form of the log on stderr
    #[arg(long, env = "VOICECHAT_LOG_FORMAT", value_name = "FORM", default_value = "text", help_heading = LOGGING)]
    pub log_format: LogFormat,
    /// What is logged: error, warn, info, debug or trace, for all or by room with commas
    #[arg(long, env = "RUST_LOG", value_name = "LEVELS", default_value = "info", help_heading = LOGGING)]
    pub log: String,
}

pub(crate) const LONG_ABOUT: &str = "Echoes every caller's voice back to him and records it as Ogg Opus.\n\n\
    Open the address that is printed in a browser and press the button. Browsers give their \
    microphone to pages from localhost or https only.";
const NETWORK: &str = "Network";
const AUDIO: &str = "Audio";
const DEADLINES: &str = "Deadlines";
const LIMITS: &str = "Limits";
const LOGGING: &str = "Logging";

/// More would only be memory: 100,000 packets are half an hour.
const LONGEST_QUEUE: u64 = 100_000;

/// More cores than any machine gives to one process of this kind.
const MOST_SHARDS: u64 = 256;
/// Well below what one core carries: 400 calls take less than half of one here.
const CALLS_A_SHARD: usize = 500;

fn queue() -> impl TypedValueParser<Value = NonZeroUsize> {
    RangedU64ValueParser::<usize>::new()
        .range(1..=LONGEST_QUEUE)
        .map(|packets| NonZeroUsize::new(packets).unwrap_or(NonZeroUsize::MIN))
}

fn shards() -> impl TypedValueParser<Value = NonZeroUsize> {
    RangedU64ValueParser::<usize>::new()
        .range(1..=MOST_SHARDS)
        .map(|shards| NonZeroUsize::new(shards).unwrap_or(NonZeroUsize::MIN))
}

/// Who checks the way between caller and server (RFC 8445 §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IceMode {
    /// The caller checks, we answer: nothing is sent to addresses that he only names
    Lite,
    /// We check the caller's addresses too, for a server that must open its own NAT
    Full,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For eyes
    Text,
    /// One object a line
    Json,
}

impl Config {
    /// The UDP port to bind; 0 is any free one.
    #[must_use]
    pub fn udp_port_or(&self, http_port: u16) -> u16 {
        // With --port 0 the number was found for TCP, and may be taken for UDP.
        let same = if self.port == 0 { 0 } else { http_port };
        self.udp_port.unwrap_or(same)
    }

    /// How many media threads there are.
    #[must_use]
    pub fn shards_or_cores(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let most = usize::try_from(MOST_SHARDS).unwrap_or(usize::MAX);
        self.shards
            .unwrap_or_else(|| cores().min(NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN)))
    }

    /// How many may call at once.
    #[must_use]
    pub fn max_conversations_or_default(&self) -> NonZeroUsize {
        let calls = NonZeroUsize::new(CALLS_A_SHARD).unwrap_or(NonZeroUsize::MIN);
        self.max_conversations
            .unwrap_or_else(|| self.shards_or_cores().saturating_mul(calls))
    }

    /// The servers to ask for our public address; none when "none" was among them.
    #[must_use]
    pub fn stun_servers(&self) -> Vec<&StunServer> {
        self.stun
            .iter()
            .map(|stun| match stun {
                Stun::Nobody => None,
                Stun::Server(server) => Some(server),
            })
            .collect::<Option<Vec<_>>>()
            .unwrap_or_default()
    }
}

/// A server for this machine alone: loopback, free ports, nobody is asked.
impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            bind: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            udp_port: None,
            announce: Vec::new(),
            stun: vec![Stun::Nobody],
            ice: IceMode::Lite,
            shards: None,
            allow_origin: vec![AllowedOrigin::Any],
            metrics: None,
            access: AccessConfig::default(),
            doors: DoorsConfig::default(),
            retention: RetentionConfig::default(),
            tls: TlsConfig::default(),
            max_conversations: None,
            recordings: PathBuf::from("conversations"),
            echo_queue: const { NonZeroUsize::new(100).unwrap() },
            recorder_queue: const { NonZeroUsize::new(2_000).unwrap() },
            max_recording_duration: Duration::from_secs(12 * 60 * 60),
            max_recording_size: 1 << 30,
            min_free_space: 1 << 30,
            connect_deadline: Duration::from_secs(15),
            media_deadline: Duration::from_secs(30),
            stop_deadline: Duration::from_secs(10),
            log_format: LogFormat::Text,
            log: "info".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, FromArgMatches};

    /// What the options mean in an empty environment.
    fn read(options: &[&str]) -> Result<Config, String> {
        let command = Config::command().mut_args(|argument| argument.env(None::<&str>));
        let words = ["voicechat-server"].iter().chain(options);
        command
            .try_get_matches_from(words)
            .and_then(|matches| Config::from_arg_matches(&matches))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let google = StunServer::new("stun.l.google.com", 19_302);

        let config = read(&[]).unwrap();

        assert_eq!(
            config,
            Config {
                port: 3001,
                bind: None,
                stun: vec![Stun::Server(google)],
                ..Config::default()
            }
        );
    }

    #[test]
    fn every_option_can_be_set() {
        let config = read(&[
            "--port=8080",
            "--bind=::1",
            "--udp-port=9000",
            "--announce=203.0.113.7,2001:db8::7",
            "--announce=198.51.100.1",
            "--stun=none",
            "--ice=full",
            "--shards=3",
            "--allow-origin=https://example.org",
            "--allow-origin=http://localhost:8080",
            "--metrics=127.0.0.1:9301",
            "--max-conversations=9",
            "--recordings=/tmp/voices",
            "--echo-queue=7",
            "--recorder-queue=8",
            "--max-recording-duration=2h",
            "--max-recording-size=500MB",
            "--min-free-space=0",
            "--connect-deadline=500ms",
            "--media-deadline=2m",
            "--stop-deadline=3s",
            "--log-format=json",
            "--log=debug",
        ])
        .unwrap();

        let origin = |origin: &str| origin.parse::<AllowedOrigin>().unwrap();
        assert_eq!(
            config,
            Config {
                port: 8080,
                bind: Some("::1".parse().unwrap()),
                udp_port: Some(9000),
                announce: ["203.0.113.7", "2001:db8::7", "198.51.100.1"]
                    .map(|ip| ip.parse().unwrap())
                    .to_vec(),
                stun: vec![Stun::Nobody],
                ice: IceMode::Full,
                shards: NonZeroUsize::new(3),
                allow_origin: vec![
                    origin("https://example.org"),
                    origin("http://localhost:8080")
                ],
                metrics: Some("127.0.0.1:9301".parse().unwrap()),
                max_conversations: NonZeroUsize::new(9),
                recordings: PathBuf::from("/tmp/voices"),
                echo_queue: NonZeroUsize::new(7).unwrap(),
                recorder_queue: NonZeroUsize::new(8).unwrap(),
                max_recording_duration: Duration::from_secs(7200),
                max_recording_size: 500_000_000,
                min_free_space: 0,
                connect_deadline: Duration::from_millis(500),
                media_deadline: Duration::from_secs(120),
                stop_deadline: Duration::from_secs(3),
                log_format: LogFormat::Json,
                log: "debug".to_owned(),
                ..Config::default()
            }
        );
    }

    #[test]
    fn every_option_of_doors_and_access_can_be_set() {
        let config = read(&[
            "--host=voice.example.org,other.example",
            "--trusted-proxies=10.0.0.0/8",
            "--rate-limit=7",
            "--max-calls-per-client=3",
            "--unlimited=none",
            "--auth=jwt",
            "--token=0123456789abcdef",
            "--jwt-key=/etc/voicechat/key.pem",
            "--jwt-algorithm=eddsa",
            "--jwt-audience=voicechat",
            "--jwt-issuer=https://example.org",
            "--recording=ask",
        ])
        .unwrap();

        let Config { access, doors, .. } = config;
        assert_eq!(
            doors,
            DoorsConfig {
                host: ["voice.example.org", "other.example"]
                    .map(|name| name.parse().unwrap())
                    .to_vec(),
                trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
                rate_limit: doors::RateLimit(std::num::NonZeroU32::new(7)),
                max_calls_per_client: NonZeroUsize::new(3).unwrap(),
                unlimited: vec![doors::Unlimited::Nobody],
            }
        );
        assert_eq!(
            access,
            AccessConfig {
                auth: access::Auth::Jwt,
                token: Some("0123456789abcdef".parse().unwrap()),
                jwt_key: Some(PathBuf::from("/etc/voicechat/key.pem")),
                jwt_algorithm: access::JwtAlgorithm::EdDsa,
                jwt_audience: Some("voicechat".to_owned()),
                jwt_issuer: Some("https://example.org".to_owned()),
                recording: access::Recording::Ask,
            }
        );
    }

    #[test]
    fn every_option_of_retention_and_tls_can_be_set() {
        let config = read(&[
            "--tls=auto",
            "--tls-cert=/etc/voicechat/cert.pem",
            "--tls-key=/etc/voicechat/tls.pem",
            "--keep-for=30d",
            "--keep-at-most=100GiB",
            "--keep-free=5GB",
        ])
        .unwrap();

        let Config { retention, tls, .. } = config;
        assert_eq!(
            tls,
            TlsConfig {
                tls: tls::TlsMode::Auto,
                tls_cert: Some(PathBuf::from("/etc/voicechat/cert.pem")),
                tls_key: Some(PathBuf::from("/etc/voicechat/tls.pem")),
            }
        );
        assert_eq!(
            retention,
            RetentionConfig {
                keep_for: Some(Duration::from_secs(30 * 24 * 60 * 60)),
                keep_at_most: Some(100 << 30),
                keep_free: Some(5_000_000_000),
            }
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for option in [
            "--port=-1",
            "--port=65536",
            "--bind=localhost",
            "--udp-port=x",
            "--announce=example.org",
            "--stun=",
            "--stun=host:0",
            "--stun=host:port",
            "--ice=half",
            "--shards=0",
            "--shards=257",
            "--allow-origin=example.org",
            "--metrics=9301",
            "--metrics=localhost:9301",
            "--tls=on",
            "--tls-cert=cert.pem",
            "--tls-key=key.pem",
            "--keep-for=0d",
            "--keep-for=1w",
            "--keep-at-most=-1",
            "--keep-at-most=0",
            "--host=a:80",
            "--trusted-proxies=all",
            "--rate-limit=-1",
            "--max-calls-per-client=0",
            "--unlimited=10.0.0.0/99",
            "--auth=basic",
            "--token=short",
            "--jwt-algorithm=none",
            "--recording=maybe",
            "--max-conversations=0",
            "--max-conversations=-1",
            "--echo-queue=0",
            "--recorder-queue=-5",
            "--recorder-queue=100001",
            "--max-recording-duration=0s",
            "--max-recording-duration=199ms",
            "--max-recording-size=0",
            "--max-recording-size=1KiB",
            "--min-free-space=1",
            "--connect-deadline=15",
            "--connect-deadline=0s",
            "--media-deadline=forever",
            "--stop-deadline=-1s",
            "--log-format=xml",
            "--unknown=1",
            "serve",
        ] {
            let refusal = read(&[option]).unwrap_err();

            assert!(refusal.starts_with("error:"), "{option}: {refusal}");
        }
    }

    #[test]
    fn a_token_that_is_refused_is_not_repeated() {
        for (token, why) in [
            ("quite-secret", "16 characters at least"),
            ("quite-secret but with blanks", "letters, digits"),
        ] {
            let refusal = read(&["--token", token]).unwrap_err();

            assert!(refusal.contains(why), "{refusal}");
            assert!(refusal.contains("--token"), "{refusal}");
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn the_word_none_silences_every_stun_server() {
        let servers = |stun: &str| read(&["--stun", stun]).unwrap().stun_servers().len();

        assert_eq!(
            [
                servers("a.example,b.example:5000"),
                servers("none"),
                servers("a.example,none")
            ],
            [2, 0, 0]
        );
    }

    #[test]
    fn voice_takes_the_number_of_http_unless_told_otherwise() {
        let port = |options: &[&str]| read(options).unwrap().udp_port_or(41_873);

        assert_eq!(port(&["--port=41873"]), 41_873);
        assert_eq!(port(&["--port=0"]), 0);
        assert_eq!(port(&["--port=0", "--udp-port=5000"]), 5000);
    }

    #[test]
    fn help_tells_every_option_with_its_variable() {
        let mut command = Config::command();
        command.clone().debug_assert();

        let help = command.render_long_help().to_string();

        for argument in command
            .get_arguments()
            .filter(|argument| argument.get_env().is_some())
        {
            let name = argument.get_long().unwrap();
            let variable = argument.get_env().unwrap().to_str().unwrap();
            assert!(help.contains(&format!("--{name} ")), "{name}");
            assert!(help.contains(&format!("[env: {variable}")), "{variable}");
        }
        assert!(
            help.contains("Usage: voicechat-server [OPTIONS]\n"),
            "{help}"
        );
    }
}
