//! `GET /openapi.json`: the whole interface as `OpenAPI` 3.1 describes it, and a page to read it by.
//!
//! The functions here are never called: each carries the description of one operation.

#![expect(dead_code, reason = "only their descriptions are used")]
#![expect(unused_qualifications, reason = "what the macro makes has them")]

use axum::http::{HeaderValue, header};
use axum::{Json, Router};
use shared::about::About;
use shared::call::{CallState, EchoMode};
use shared::problem::PROBLEM_JSON;
use shared::recording::RecordingStatus;
use shared::recordings::{Recording, RecordingPage};
use shared::{Health, Problem};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::path::{Operation, PathItem, PathsMap};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi, openapi};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the description is.
pub(super) const PATH: &str = "/openapi.json";

/// Where the page is that shows it.
const VIEWER_PATH: &str = "/docs";
/// The viewer brings styles of its own, and talks to us alone.
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page to read it by: Swagger UI, inside this binary.
pub(super) fn viewer<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let config = Config::from(PATH)
        .try_it_out_enabled(true)
        // By itself it has somebody on the internet judge the description, but on localhost.
        .validator_url("none");
    let viewer: Router<S> = SwaggerUi::new(VIEWER_PATH).config(config).into();
    viewer.layer(SetResponseHeaderLayer::overriding(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(VIEWER_POLICY),
    ))
}

/// Serves the description.
pub(super) async fn tell() -> Json<openapi::OpenApi> {
    Json(Description::openapi())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "voicechat",
        description = "Echoes the voice of whoever calls, and records it."
    ),
    paths(
        offer, publish, call_state, patch_call, set_echo, end_call, published_state, list, recording, audio, peaks, delete_recording, health, about
    ),
    components(schemas(Problem, RecordingStatus)),
    modifiers(&Everywhere),
    tags(
        (name = "calls", description = "An offer comes, an answer goes; the answer's Location is the call."),
        (name = "recordings", description = "What was said, and who may hear and delete it."),
        (name = "server", description = "How the server is.")
    )
)]
struct Description;

/// What any operation may answer, and how a token is shown.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = Http::new(HttpAuthScheme::Bearer);
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        share_call(&mut document.paths.paths);
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.head,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                add_refusals(operation);
            }
        }
    }
}

/// A published call is changed and ended as any other is.
fn share_call(paths: &mut PathsMap<String, PathItem>) {
    let Some(PathItem { patch, delete, .. }) = paths.get("/webrtc/{secret}").cloned() else {
        return;
    };
    let named = |operation: Option<Operation>, name: &str| {
        operation.map(|mut operation| {
            operation.operation_id = Some(name.to_owned());
            operation
        })
    };
    if let Some(published) = paths.get_mut("/whip/{secret}") {
        published.patch = named(patch, "patch_published");
        published.delete = named(delete, "end_published");
    }
}

/// In the words of docs/PROTOCOL.md; an operation that says more of one of them keeps its own.
const REFUSALS: [(&str, &str); 8] = [
    (
        "400",
        "What was sent cannot be understood; or the header Host is missing.",
    ),
    ("401", "Only for whoever shows a token."),
    (
        "403",
        "The token does not allow it, or a page of another origin asks.",
    ),
    ("404", "There is no such thing, or not for whoever asks."),
    ("421", "This server is not the one that was meant by Host."),
    (
        "429",
        "Too many requests or calls of one client; Retry-After says when to come again.",
    ),
    ("500", "An error of the server's own."),
    (
        "503",
        "Full, stopping, or not in time; Retry-After says when to come again.",
    ),
];

fn add_refusals(operation: &mut Operation) {
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    for (status, description) in REFUSALS {
        let refusal = || {
            let response = ResponseBuilder::new()
                .description(description)
                .content(PROBLEM_JSON, problem.clone());
            RefOr::T(response.build())
        };
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(refusal);
    }
}

/// Begins a call: its audio comes back, and is recorded if that was agreed.
#[utoipa::path(
    post, path = "/webrtc", tag = "calls", security((), ("bearer" = [])),
    params(("record" = Option<bool>, Query, description = "Whether to record the call, where the server lets the caller choose.")),
    request_body(content = String, content_type = "application/sdp", description = "An SDP offer with one audio section of Opus; at most 65,536 bytes."),
    responses(
        (status = 200, content_type = "application/sdp", body = String, description = "The whole answer.", headers(
            ("Location" = String, description = "The call: a path that only its caller knows."),
            ("X-Conversation-Id" = String, description = "The name of the conversation; it opens nothing."),
            ("X-Recording" = String, description = "`on` or `off`."),
            ("ETag" = String, description = "The ICE session.")
        )),
        (status = 408, content_type = "application/problem+json", body = Problem, description = "The offer did not come in time."),
        (status = 413, content_type = "application/problem+json", body = Problem, description = "The offer is too large."),
        (status = 415, content_type = "application/problem+json", body = Problem, description = "It is no application/sdp."),
        (status = 422, content_type = "application/problem+json", body = Problem, description = "Nothing in it can be echoed or recorded.")
    )
)]
fn offer() {}

/// Begins a call that is recorded without an echo (RFC 9725).
#[utoipa::path(
    post, path = "/whip", tag = "calls", security((), ("bearer" = [])),
    params(("record" = Option<bool>, Query, description = "`false` is refused: what is published is recorded.")),
    request_body(content = String, content_type = "application/sdp", description = "An SDP offer with one audio section of Opus and no other; at most 65,536 bytes."),
    responses(
        (status = 201, content_type = "application/sdp", body = String, description = "The whole answer.", headers(
            ("Location" = String, description = "The call: a path that only its caller knows."),
            ("X-Conversation-Id" = String, description = "The name of the conversation; it opens nothing."),
            ("X-Recording" = String, description = "`on`."),
            ("ETag" = String, description = "The ICE session."),
            ("Link" = String, description = "STUN servers, with `rel=\"ice-server\"`.")
        )),
        (status = 408, content_type = "application/problem+json", body = Problem, description = "The offer did not come in time."),
        (status = 413, content_type = "application/problem+json", body = Problem, description = "The offer is too large."),
        (status = 415, content_type = "application/problem+json", body = Problem, description = "It is no application/sdp."),
        (status = 422, content_type = "application/problem+json", body = Problem, description = "It cannot be recorded, or offers more than audio.")
    )
)]
fn publish() {}

/// How a call is.
#[utoipa::path(
    get, path = "/webrtc/{secret}", tag = "calls",
    params(("secret" = String, Path, description = "The last part of the answer's Location.")),
    responses((status = 200, body = CallState, description = "Its state now.", headers(("ETag" = String, description = "The ICE session."))))
)]
fn call_state() {}

/// Tells the caller's new candidates, or begins ICE anew; the call goes on.
#[utoipa::path(
    patch, path = "/webrtc/{secret}", tag = "calls",
    params(
        ("secret" = String, Path, description = "The last part of the answer's Location."),
        ("If-Match" = Option<String>, Header, description = "The ICE session that candidates belong to, or `*` for a restart.")
    ),
    request_body(content = String, content_type = "application/trickle-ice-sdpfrag", description = "A fragment of SDP (RFC 8840 §9)."),
    responses(
        (status = 200, content_type = "application/trickle-ice-sdpfrag", body = String, description = "ICE began anew: our side of it.", headers(("ETag" = String, description = "The new ICE session."))),
        (status = 204, description = "The candidates were taken."),
        (status = 408, content_type = "application/problem+json", body = Problem, description = "The fragment did not come in time."),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "The call is over."),
        (status = 412, content_type = "application/problem+json", body = Problem, description = "If-Match names another ICE session."),
        (status = 413, content_type = "application/problem+json", body = Problem, description = "The fragment is too large."),
        (status = 415, content_type = "application/problem+json", body = Problem, description = "It is no application/trickle-ice-sdpfrag."),
        (status = 422, content_type = "application/problem+json", body = Problem, description = "It is understood, but cannot be done."),
        (status = 428, content_type = "application/problem+json", body = Problem, description = "If-Match is missing.")
    )
)]
fn patch_call() {}

/// Has the caller hear himself in another way from now on.
#[utoipa::path(
    put, path = "/webrtc/{secret}/echo", tag = "calls",
    params(("secret" = String, Path, description = "The last part of the answer's Location.")),
    request_body(content = EchoMode, content_type = "application/json"),
    responses(
        (status = 200, body = EchoMode, description = "What is in force now."),
        (status = 400, content_type = "application/problem+json", body = Problem, description = "The body names no echo mode."),
        (status = 408, content_type = "application/problem+json", body = Problem, description = "The body did not come in time."),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "The call is over, or has no echo."),
        (status = 413, content_type = "application/problem+json", body = Problem, description = "The body is too large."),
        (status = 415, content_type = "application/problem+json", body = Problem, description = "It is no application/json."),
        (status = 422, content_type = "application/problem+json", body = Problem, description = "No echo comes so late.")
    )
)]
fn set_echo() {}

/// Ends a call.
#[utoipa::path(
    delete, path = "/webrtc/{secret}", tag = "calls",
    params(("secret" = String, Path, description = "The last part of the answer's Location.")),
    responses((status = 204, description = "It is over, and its recording final."))
)]
fn end_call() {}

/// Whether a published call is there (RFC 9725 §4.2).
#[utoipa::path(
    get, path = "/whip/{secret}", tag = "calls",
    params(("secret" = String, Path, description = "The last part of the answer's Location.")),
    responses((status = 204, description = "It is, or was not long ago."))
)]
fn published_state() {}

/// The recordings that whoever asks may know of, newest first.
#[utoipa::path(
    get, path = "/conversations", tag = "recordings", security((), ("bearer" = [])),
    params(
        ("before" = Option<String>, Query, description = "Only those older than this conversation."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "How many; 50 if nothing is said."),
        ("status" = Option<RecordingStatus>, Query, description = "Only those.")
    ),
    responses((status = 200, body = RecordingPage, description = "Some of them, and where the next are."))
)]
fn list() {}

/// What is known of a recording.
#[utoipa::path(
    get, path = "/conversations/{id}", tag = "recordings", security((), ("bearer" = [])),
    params(
        ("id" = String, Path, description = "The conversation."),
        ("key" = Option<String>, Query, description = "What opens it without a token.")
    ),
    responses((status = 200, body = Recording, description = "All that is known of it."))
)]
fn recording() {}

/// The audio. `HEAD` tells the same without it.
#[utoipa::path(
    get, path = "/conversations/{id}/user_audio.ogg", tag = "recordings", security((), ("bearer" = [])),
    params(
        ("id" = String, Path, description = "The conversation."),
        ("key" = Option<String>, Query, description = "What opens it without a token."),
        ("format" = Option<String>, Query, description = "`wav` or `caf` instead of Ogg."),
        ("Range" = Option<String>, Header, description = "A part of it (RFC 9110 §14.2).")
    ),
    responses(
        (status = 200, description = "All that there is.", content(
            (Vec<u8> = "audio/ogg"), (Vec<u8> = "audio/wav"), (Vec<u8> = "audio/x-caf")
        )),
        (status = 206, description = "The part that was asked for.", content(
            (Vec<u8> = "audio/ogg"), (Vec<u8> = "audio/wav"), (Vec<u8> = "audio/x-caf")
        )),
        (status = 304, description = "Nothing new since the version that was named."),
        (status = 412, content_type = "application/problem+json", body = Problem, description = "Another version was asked for."),
        (status = 416, content_type = "application/problem+json", body = Problem, description = "There is no such part."),
        (status = 422, content_type = "application/problem+json", body = Problem, description = "It is too long for that form.")
    )
)]
fn audio() {}

/// The waveform: three bytes for each 20 ms.
#[utoipa::path(
    get, path = "/conversations/{id}/peaks", tag = "recordings", security((), ("bearer" = [])),
    params(
        ("id" = String, Path, description = "The conversation."),
        ("key" = Option<String>, Query, description = "What opens it without a token.")
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", body = Vec<u8>, description = "As docs/PROTOCOL.md describes it."),
        (status = 206, content_type = "application/octet-stream", body = Vec<u8>, description = "The part that was asked for."),
        (status = 304, description = "Nothing new since the version that was named."),
        (status = 412, content_type = "application/problem+json", body = Problem, description = "Another version was asked for."),
        (status = 416, content_type = "application/problem+json", body = Problem, description = "There is no such part.")
    )
)]
fn peaks() {}

/// Deletes a recording and all that belongs to it.
#[utoipa::path(
    delete, path = "/conversations/{id}", tag = "recordings", security((), ("bearer" = [])),
    params(
        ("id" = String, Path, description = "The conversation."),
        ("key" = Option<String>, Query, description = "What opens it without a token.")
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Its call goes on.")
    )
)]
fn delete_recording() {}

/// How the server is.
#[utoipa::path(
    get, path = "/health", tag = "server",
    responses((status = 200, body = Health, description = "It is here."))
)]
fn health() {}

/// What a page or a program has to know before it calls.
#[utoipa::path(
    get, path = "/about", tag = "server", security((), ("bearer" = [])),
    responses((status = 200, body = About, description = "For whoever asks, by the token that he shows."))
)]
fn about() {}
