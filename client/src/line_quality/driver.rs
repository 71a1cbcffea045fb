//! Watches the network of a call, once a second, and keeps its quality where components can read it.

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::call::{CallState, Traffic};

use super::{History, Quality, Snapshot, Steady, Verdict, Window, judge};
use crate::api::call_state::NoCall;
use crate::api::requests;
use crate::browser::timer::sleep;
use crate::browser::{BrowserError, page};
use crate::delay::driver::Scope;
use crate::own_path::OwnPath;

/// Time between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// The one owner of what is known of the network of the page's calls. Components read it.
#[derive(Clone, Copy)]
pub struct Monitor {
    is_on: RwSignal<bool>,
    quality: RwSignal<Quality>,
    verdict: RwSignal<Verdict>,
    history: RwSignal<History>,
    scope: Scope,
    open: StoredValue<Open, LocalStorage>,
}

/// What one call needs.
#[derive(Default)]
struct Open {
    /// Which call it is, counted from the first.
    number: u64,
    window: Window,
    steady: Steady,
    /// Where the server tells of the call, until it knows nothing of it.
    path: Option<OwnPath>,
}

impl Monitor {
    /// What is measured is told to `scope` as well.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        Self {
            is_on: RwSignal::new(false),
            quality: RwSignal::new(Quality::default()),
            verdict: RwSignal::new(Verdict::default()),
            history: RwSignal::new(History::default()),
            scope,
            open: StoredValue::new_local(Open::default()),
        }
    }

    /// Whether a call is watched.
    #[must_use]
    pub fn is_on(self) -> ReadSignal<bool> {
        self.is_on.read_only()
    }

    /// How the network is now, or was at the end of the last call.
    #[must_use]
    pub fn quality(self) -> ReadSignal<Quality> {
        self.quality.read_only()
    }

    /// What is to be said of it.
    #[must_use]
    pub fn verdict(self) -> ReadSignal<Verdict> {
        self.verdict.read_only()
    }

    /// The last minute of it.
    #[must_use]
    pub fn history(self) -> ReadSignal<History> {
        self.history.read_only()
    }

    /// Watches a call that became live, and begins anew. The server tells of it at `path`, and `hear`
    /// hears that; `ask` asks the browser, as long as the call has a connection.
    pub fn begin<Asked>(
        self,
        path: Option<OwnPath>,
        hear: impl Fn(&CallState) + 'static,
        ask: impl Fn() -> Option<Asked> + 'static,
    ) where
        Asked: Future<Output = Result<Snapshot, BrowserError>> + 'static,
    {
        let number = self.renew(path);
        self.clear();
        self.scope.know(|known| {
            known.round_trip = None;
            known.buffer = None;
        });
        self.is_on.set(true);
        spawn_local(async move {
            while self.is_watching(number)
                && let Some(asked) = ask()
            {
                if let Err(error) = self.look(number, asked, &hear).await {
                    page::log("the network is not measured", &error);
                    break;
                }
            }
        });
    }

    /// Nothing of an earlier call is to be read any more.
    pub fn clear(self) {
        self.quality.set(Quality::default());
        self.verdict.set(Verdict::default());
        self.history.set(History::default());
        self.scope.clear();
    }

    /// The call is over. What was measured last stays to be read.
    pub fn end(self) {
        self.renew(None);
        self.is_on.set(false);
    }

    async fn look(
        self,
        number: u64,
        asked: impl Future<Output = Result<Snapshot, BrowserError>>,
        hear: &impl Fn(&CallState),
    ) -> Result<(), BrowserError> {
        let browser = asked.await?;
        let server = self.ask_server(number).await;
        if self.is_watching(number) {
            if let Some(state) = &server {
                hear(state);
            }
            self.take(browser, server.and_then(|state| state.traffic));
        }
        sleep(BETWEEN_LOOKS).await
    }

    async fn ask_server(self, number: u64) -> Option<CallState> {
        let path = self.open.with_value(|open| open.path.clone())?;
        let told = requests::call_state(&path).await;
        if told == Err(NoCall::Unknown) && self.is_watching(number) {
            self.open.update_value(|open| open.path = None);
        }
        told.ok()
    }

    fn take(self, browser: Snapshot, server: Option<Traffic>) {
        let now_ms = page::now_ms();
        let seen = self.open.try_update_value(|open| {
            let quality = open.window.feed(now_ms, browser, server);
            let verdict = open.steady.take(now_ms, judge(&quality));
            (quality, verdict)
        });
        let Some((quality, verdict)) = seen else {
            return;
        };
        self.scope.know(|known| {
            known.round_trip = quality.round_trip_ms;
            known.buffer = quality.buffer_ms;
        });
        self.history
            .update(|history| history.push(now_ms, &quality));
        if verdict != self.verdict.get_untracked() {
            self.verdict.set(verdict);
        }
        if quality != self.quality.get_untracked() {
            self.quality.set(quality);
        }
    }

    /// Whoever watched before does so no more.
    fn renew(self, path: Option<OwnPath>) -> u64 {
        let renewed = self.open.try_update_value(|open| {
            *open = Open {
                number: open.number + 1,
                path,
                ..Open::default()
            };
            open.number
        });
        renewed.unwrap_or_default()
    }

    fn is_watching(self, number: u64) -> bool {
        self.is_on.get_untracked() && self.open.with_value(|open| open.number == number)
    }
}
