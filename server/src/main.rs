//! The `voicechat-server` binary: serves until it is told to stop, or does what a command says.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use server::commands::{self, CommandLine};
use server::config::Config;
use server::serve::Server;
use server::telemetry;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

/// What a shell reports for a program that SIGINT ended.
const STOPPED_AT_ONCE: u8 = 130;

fn main() -> ExitCode {
    let line = CommandLine::read();
    if let Some(command) = &line.command {
        return commands::run(command);
    }
    match run(&line.config) {
        Ok(code) => code,
        Err(error) => {
            // Not by the log: it may be what could not be started.
            let _ = writeln!(io::stderr(), "voicechat-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let _log = telemetry::start(config.log_format, &config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let code = runtime.block_on(serve(config))?;
    // A name that is just being looked up holds nothing that could be lost.
    runtime.shutdown_background();
    Ok(code)
}

async fn serve(config: &Config) -> anyhow::Result<ExitCode> {
    outlive_large_files()?;
    let mut stop = StopSignal::new()?;
    // From here on it ends nothing, even where there is no certificate to read again.
    let mut reload = signal(SignalKind::hangup())?;
    let server = Server::start(config)?;
    // The one line of stdout: scripts wait for it. Whoever does not read it loses nothing else.
    let _ = writeln!(io::stdout(), "{}", server.url());

    if let Some(url) = server.lan_url() {
        show_to_phones(url);
    }
    loop {
        tokio::select! {
            () = stop.next() => break,
            _ = reload.recv() => server.reload_certificate(),
        }
    }
    info!("stopping: a second signal stops at once");
    tokio::select! {
        () = server.stop() => Ok(ExitCode::SUCCESS),
        () = stop.next() => {
            warn!("stopped at once");
            Ok(ExitCode::from(STOPPED_AT_ONCE))
        }
    }
}

/// For whoever sits in front of it: the address, to type or to photograph.
fn show_to_phones(url: &str) {
    info!(%url, "phones in this network: browsers warn of a certificate that we made ourselves");
    if !io::stderr().is_terminal() {
        return;
    }
    if let Ok(code) = QrCode::new(url) {
        let picture = code.render::<Dense1x2>().build();
        let _ = writeln!(io::stderr(), "{picture}\n{url}");
    }
}

/// A limit to the size of files (`ulimit -f`) fails a write, and so ends a recording. Its signal
/// would end the server and every call.
fn outlive_large_files() -> io::Result<()> {
    let limit = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    // What a signal does by itself, it does no more once it was listened to.
    signal(limit).map(drop)
}

/// SIGINT or SIGTERM.
struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
