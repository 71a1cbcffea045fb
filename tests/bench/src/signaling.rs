//! How offers reach the server, answers come back, and calls end: HTTP on a thread of its own, so
//! that no packet waits for it.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};
use server::engine::bell::Bell;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::options::Options;

/// Requests that are under way at once. What more there is waits, and counts as set-up time.
const MAX_UNDER_WAY: usize = 64;
/// An answer of one section has one or two kB.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// Janus tells of other things before the answer.
const MAX_JANUS_EVENTS: usize = 8;

/// What the server wants to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Api {
    /// The offer is posted as `application/sdp`, the answer is the body of a 200 or 201.
    Sdp,
    /// The HTTP API of Janus, with the plugin that echoes (`http://127.0.0.1:8088/janus`).
    Janus,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum SignalError {
    #[error("the server answered {0}")]
    Refused(StatusCode),
    #[error("the server could not be asked: {0}")]
    Unreachable(String),
    #[error("the server did not answer in time")]
    Late,
    #[error("the answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    #[error("the answer is no text")]
    NoText,
    #[error("Janus: {0}")]
    Janus(String),
}

impl From<reqwest::Error> for SignalError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Late;
        }
        // The innermost reason is the one that can be acted on.
        let mut reason: &dyn std::error::Error = &error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        Self::Unreachable(reason.to_string())
    }
}

/// What is to be asked.
struct Job {
    call: usize,
    offer: String,
}

/// Ends the calls that the server named. What was not asked yet is not asked any more.
struct Goodbye;

/// What came of one offer.
pub struct Answered {
    pub call: usize,
    pub answer: Result<String, SignalError>,
}

/// The thread. It ends when this is dropped, and what is under way with it, but for goodbyes.
pub struct Signaling {
    jobs: mpsc::Sender<Job>,
    /// Used once, or dropped: either ends the thread.
    goodbye: Option<oneshot::Sender<Goodbye>>,
    answers: Receiver<Answered>,
    thread: Option<JoinHandle<()>>,
}

impl Signaling {
    /// Starts it, for so many `calls` at most. It rings the bell for every answer.
    ///
    /// # Errors
    /// When the machine gives no thread or no way to the network.
    pub fn start(options: &Options, calls: usize, bell: Bell) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (jobs, waiting) = mpsc::channel(calls.max(1));
        let (goodbye, said) = oneshot::channel();
        let (sender, answers) = sync_channel(calls.max(1));
        let desk = Desk::new(options, sender, bell)?;
        let thread = std::thread::Builder::new()
            .name("signaling".to_owned())
            .spawn(move || runtime.block_on(desk.work(waiting, said)))?;
        Ok(Self {
            jobs,
            goodbye: Some(goodbye),
            answers,
            thread: Some(thread),
        })
    }

    /// Asks for a call. There is room for all that were announced.
    pub fn ask(&self, call: usize, offer: String) {
        let is_taken = self.jobs.try_send(Job { call, offer }).is_ok();
        debug_assert!(is_taken, "more calls than were announced");
    }

    /// Ends all calls that the server named, those that never came up, too (RFC 9725 §4.2). Whoever
    /// said goodbye another way has ended his already. Waits for it, but not longer than for a call.
    pub fn hang_up(mut self) {
        if let Some(goodbye) = self.goodbye.take() {
            let is_heard = goodbye.send(Goodbye).is_ok();
            debug_assert!(is_heard, "the thread waits for it");
        }
    }

    /// The next answer that has come.
    #[must_use]
    pub fn next(&self) -> Option<Answered> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Signaling {
    fn drop(&mut self) {
        self.goodbye = None;
        if let Some(thread) = self.thread.take() {
            // A panic of it was reported where it happened.
            let _ = thread.join();
        }
    }
}

#[derive(Clone)]
struct Desk {
    client: Client,
    url: Url,
    api: Api,
    patience: Duration,
    answers: SyncSender<Answered>,
    bell: Bell,
}

impl Desk {
    fn new(options: &Options, answers: SyncSender<Answered>, bell: Bell) -> io::Result<Self> {
        let client = Client::builder()
            .timeout(options.patience)
            .default_headers(shown(options))
            .no_proxy()
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            client,
            url: options.url.clone(),
            api: options.api,
            patience: options.patience,
            answers,
            bell,
        })
    }

    async fn work(self, mut waiting: mpsc::Receiver<Job>, mut goodbye: oneshot::Receiver<Goodbye>) {
        let mut under_way = JoinSet::new();
        let mut named = Vec::new();
        loop {
            tokio::select! {
                biased;
                said = &mut goodbye => match said {
                    Ok(Goodbye) => break,
                    Err(_) => return,
                },
                Some(Job { call, offer }) = waiting.recv(), if under_way.len() < MAX_UNDER_WAY => {
                    under_way.spawn(self.clone().serve(call, offer));
                }
                Some(served) = under_way.join_next() => named.extend(served.ok().flatten()),
            }
        }
        // What is late for that, the server has to notice by itself.
        let _ = timeout(self.patience, async {
            while let Some(served) = under_way.join_next().await {
                named.extend(served.ok().flatten());
            }
            self.hang_up(named).await;
        })
        .await;
    }

    async fn hang_up(&self, named: Vec<Url>) {
        let mut under_way = JoinSet::new();
        for call in named {
            if under_way.len() == MAX_UNDER_WAY {
                under_way.join_next().await;
            }
            let request = self.client.delete(call).send();
            // It is over, or the server says that it was.
            under_way.spawn(async move { drop(request.await) });
        }
        while under_way.join_next().await.is_some() {}
    }

    /// What the server named the call, if it did.
    async fn serve(self, call: usize, offer: String) -> Option<Url> {
        let mut named = None;
        let answer = match self.api {
            Api::Sdp => self.post(offer, &mut named).await,
            Api::Janus => self.ask_janus(&offer).await,
        };
        // There is room for every call's; whoever does not listen any more needs none.
        let _ = self.answers.try_send(Answered { call, answer });
        self.bell.ring();
        named
    }

    async fn post(&self, offer: String, named: &mut Option<Url>) -> Result<String, SignalError> {
        let request = self.client.post(self.url.clone());
        let request = request.header(CONTENT_TYPE, "application/sdp").body(offer);
        let response = accepted(request).await?;
        *named = self.name(&response);
        let body = body(response).await?;
        String::from_utf8(body).map_err(|_| SignalError::NoText)
    }

    /// Where the call can be ended. No other server is gone to, least of all with a token.
    fn name(&self, response: &Response) -> Option<Url> {
        let location = response.headers().get(LOCATION)?.to_str().ok()?;
        let call = self.url.join(location).ok()?;
        (call.origin() == self.url.origin()).then_some(call)
    }

    /// Makes a session, attaches the plugin, offers, and waits for the event with the answer.
    async fn ask_janus(&self, offer: &str) -> Result<String, SignalError> {
        let base = self.url.as_str().trim_end_matches('/');
        let session = self.janus(base, &json!({"janus": "create"})).await?;
        let session = format!("{base}/{}", id(&session)?);
        let attach = json!({"janus": "attach", "plugin": "janus.plugin.echotest"});
        let handle = self.janus(&session, &attach).await?;
        let handle = format!("{session}/{}", id(&handle)?);
        let message = json!({
            "janus": "message",
            "body": {"audio": true, "video": false},
            "jsep": {"type": "offer", "sdp": offer},
        });
        self.janus(&handle, &message).await?;
        for _ in 0..MAX_JANUS_EVENTS {
            let event = json(self.client.get(format!("{session}?maxev=1"))).await?;
            if let Some(sdp) = event.pointer("/jsep/sdp").and_then(Value::as_str) {
                return Ok(sdp.to_owned());
            }
            if let Some(reason) = event.pointer("/plugindata/data/error") {
                return Err(SignalError::Janus(reason.to_string()));
            }
        }
        Err(SignalError::Janus("no answer among its events".to_owned()))
    }

    async fn janus(&self, url: &str, request: &Value) -> Result<Value, SignalError> {
        let mut request = request.clone();
        if let Some(fields) = request.as_object_mut() {
            let transaction = format!("{:016x}", rand::random::<u64>());
            fields.insert("transaction".to_owned(), transaction.into());
        }
        let answer = json(self.client.post(url).json(&request)).await?;
        match answer.pointer("/error/reason") {
            Some(reason) => Err(SignalError::Janus(reason.to_string())),
            None => Ok(answer),
        }
    }
}

/// What every request shows.
fn shown(options: &Options) -> HeaderMap {
    let bearer = options.bearer.iter().cloned();
    bearer.map(|bearer| (AUTHORIZATION, bearer)).collect()
}

/// What Janus named the thing that was asked for.
fn id(answer: &Value) -> Result<u64, SignalError> {
    let id = answer.pointer("/data/id").and_then(Value::as_u64);
    id.ok_or_else(|| SignalError::Janus("no id in its answer".to_owned()))
}

async fn json(request: RequestBuilder) -> Result<Value, SignalError> {
    let body = body(accepted(request).await?).await?;
    serde_json::from_slice(&body)
        .map_err(|_| SignalError::Janus("no JSON in its answer".to_owned()))
}

async fn accepted(request: RequestBuilder) -> Result<Response, SignalError> {
    let response = request.send().await?;
    match response.status() {
        StatusCode::OK | StatusCode::CREATED => Ok(response),
        status => Err(SignalError::Refused(status)),
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, SignalError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(SignalError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use clap::Parser;

    use super::*;

    /// Connections that were opened and not taken yet.
    fn opened(listener: &TcpListener) -> usize {
        listener.set_nonblocking(true).unwrap();
        listener.incoming().take_while(Result::is_ok).count()
    }

    #[tokio::test]
    async fn what_was_not_asked_before_the_goodbye_is_not_asked_any_more() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/webrtc", server.local_addr().unwrap());
        let options = Options::parse_from(["voicechat-bench", &url]);
        let (sender, _answers) = sync_channel(1);
        let desk = Desk::new(&options, sender, Bell::new().unwrap()).unwrap();
        let (jobs, waiting) = mpsc::channel(MAX_UNDER_WAY);
        let (goodbye, said) = oneshot::channel();

        for call in 0..MAX_UNDER_WAY {
            let offer = "v=0\r\n".to_owned();
            assert!(jobs.try_send(Job { call, offer }).is_ok());
        }
        assert!(goodbye.send(Goodbye).is_ok());
        desk.work(waiting, said).await;

        assert_eq!(opened(&server), 0);
    }
}
