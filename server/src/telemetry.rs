//! What is logged, and how: to stderr, as text or JSON. Stdout belongs to the one line that says
//! where the server serves.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::LogFormat;

/// The libraries warn of every bad packet, and so anyone could fill our log. We count instead.
/// What the operator asks for stands behind, and so goes before.
const LIBRARIES: &str =
    "rtc=error,webrtc=error,rtc_ice=off,rtc_dtls=error,hyper=warn,tower_http=warn";

/// Lines that may wait for whoever reads the log; what comes while they wait is lost. A line is
/// some 200 bytes.
const WAITING_LINES: usize = 10_000;

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("the option --log or the variable RUST_LOG cannot be understood")]
    Filter(#[from] ParseError),
    #[error("something else logs already")]
    Taken(#[from] TryInitError),
}

/// The log; dropping it writes what still waits, for a second or so at most.
#[must_use = "without it nothing is logged"]
pub struct Log {
    _thread: WorkerGuard,
}

/// Logs from here on, for the whole process.
///
/// A thread of its own writes the lines: whoever reads them may hang, as a disk does, and no call
/// waits for that.
///
/// # Errors
/// When the levels cannot be understood, or when this was called before.
pub fn start(format: LogFormat, levels: &str) -> Result<Log, TelemetryError> {
    let filter = filter(levels)?;
    let (writer, thread) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING_LINES)
        .thread_name("log")
        .finish(io::stderr());
    subscriber(format, filter, io::stderr().is_terminal(), writer).try_init()?;
    Ok(Log { _thread: thread })
}

fn filter(levels: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(format!("{LIBRARIES},{levels}"))
}

fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    has_colours: bool,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(has_colours)
        .with_writer(writer);
    match format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What was logged while `speak` ran.
    fn logged(format: LogFormat, levels: &str, speak: impl FnOnce()) -> String {
        let log = Lines::default();
        let writer = log.clone();
        let filter = filter(levels).unwrap();
        let subscriber = subscriber(format, filter, false, move || writer.clone());
        tracing::subscriber::with_default(subscriber, speak);
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn bad_packets_of_callers_do_not_fill_the_log() {
        let log = logged(LogFormat::Text, "info", || {
            tracing::warn!(target: "rtc_ice::agent", "bad packet");
            tracing::error!(target: "rtc_ice::agent", "bad packet");
            tracing::warn!(target: "rtc::peer_connection", "bad packet");
            tracing::warn!(target: "rtc_srtp", "bad packet");
            tracing::warn!(target: "webrtc::runtime", "bad packet");
        });

        assert_eq!(log, "");
    }

    #[test]
    fn an_operator_may_listen_to_the_libraries_all_the_same() {
        let log = logged(LogFormat::Text, "info,rtc_ice=debug", || {
            tracing::debug!(target: "rtc_ice::agent", "checked a pair");
        });

        assert!(
            log.ends_with("DEBUG rtc_ice::agent: checked a pair\n"),
            "{log}"
        );
    }

    #[test]
    fn json_is_one_object_a_line_whatever_is_logged() {
        let log = logged(LogFormat::Json, "info", || {
            tracing::info!(word = "a\nb\u{1b}[2J\"", "happened");
        });

        let line: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(line["message"], "happened");
        assert_eq!(line["word"], "a\nb\u{1b}[2J\"");
        assert_eq!(log.lines().count(), 1);
    }

    #[test]
    fn levels_that_mean_nothing_are_refused() {
        assert!(filter("info,server=loud").is_err());
        assert!(filter("=").is_err());
    }
}
