//! How offers reach the server, and answers come back: HTTP on a thread of its own, so that no
//! packet waits for it.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};
use server::engine::bell::Bell;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

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

/// What is to be asked for one call.
struct Job {
    call: usize,
    offer: String,
}

/// What came of one offer.
pub struct Answered {
    pub call: usize,
    pub answer: Result<String, SignalError>,
}

/// The thread. It ends when this is dropped, and what is under way with it.
pub struct Signaling {
    jobs: Option<mpsc::Sender<Job>>,
    answers: Receiver<Answered>,
    thread: Option<JoinHandle<()>>,
}

impl Signaling {
    /// Starts it, for so many `calls` at most. It rings the bell for every answer.
    ///
    /// # Errors
    /// When the machine gives no thread or no way to the network.
    pub fn start(
        url: Url,
        api: Api,
        calls: usize,
        patience: Duration,
        bell: Bell,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = Client::builder()
            .timeout(patience)
            .no_proxy()
            .build()
            .map_err(io::Error::other)?;
        let (jobs, waiting) = mpsc::channel(calls.max(1));
        let (sender, answers) = sync_channel(calls.max(1));
        let desk = Desk {
            client,
            url,
            api,
            answers: sender,
            bell,
        };
        let thread = std::thread::Builder::new()
            .name("signaling".to_owned())
            .spawn(move || runtime.block_on(desk.work(waiting)))?;
        Ok(Self {
            jobs: Some(jobs),
            answers,
            thread: Some(thread),
        })
    }

    /// Asks for a call. There is room for all that were announced.
    pub fn ask(&self, call: usize, offer: String) {
        if let Some(jobs) = &self.jobs {
            let is_taken = jobs.try_send(Job { call, offer }).is_ok();
            debug_assert!(is_taken, "more calls than were announced");
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
        self.jobs = None;
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
    answers: SyncSender<Answered>,
    bell: Bell,
}

impl Desk {
    async fn work(self, mut waiting: mpsc::Receiver<Job>) {
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                job = waiting.recv(), if under_way.len() < MAX_UNDER_WAY => match job {
                    Some(job) => {
                        under_way.spawn(self.clone().serve(job));
                    }
                    None => return,
                },
                Some(_) = under_way.join_next() => {}
            }
        }
    }

    async fn serve(self, Job { call, offer }: Job) {
        let answer = match self.api {
            Api::Sdp => self.post(offer).await,
            Api::Janus => self.ask_janus(&offer).await,
        };
        // There is room for every call's; whoever does not listen any more needs none.
        let _ = self.answers.try_send(Answered { call, answer });
        self.bell.ring();
    }

    async fn post(&self, offer: String) -> Result<String, SignalError> {
        let request = self.client.post(self.url.clone());
        let request = request.header(CONTENT_TYPE, "application/sdp").body(offer);
        let body = body(request).await?;
        String::from_utf8(body).map_err(|_| SignalError::NoText)
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

/// What Janus named the thing that was asked for.
fn id(answer: &Value) -> Result<u64, SignalError> {
    let id = answer.pointer("/data/id").and_then(Value::as_u64);
    id.ok_or_else(|| SignalError::Janus("no id in its answer".to_owned()))
}

async fn json(request: RequestBuilder) -> Result<Value, SignalError> {
    let body = body(request).await?;
    serde_json::from_slice(&body)
        .map_err(|_| SignalError::Janus("no JSON in its answer".to_owned()))
}

async fn body(request: RequestBuilder) -> Result<Vec<u8>, SignalError> {
    let mut response: Response = request.send().await?;
    if !matches!(response.status(), StatusCode::OK | StatusCode::CREATED) {
        return Err(SignalError::Refused(response.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(SignalError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
