//! What callers and browsers ask by HTTP: the table of routes, and the layers around them.
//!
//! A handler reads a request, calls what does the work, and writes a response; failures become
//! status codes in `problem` alone.

mod about;
mod asker;
mod assets;
mod call;
mod conversations;
mod disk;
mod doors;
mod health;
pub mod listener;
pub mod metrics;
mod offer;
mod openapi;
mod problem;
mod refusals;
mod whip;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use shared::about::RecordingPolicy;
use shared::signaling::{
    ABOUT_PATH, CONVERSATION_ID_HEADER, CONVERSATIONS_PATH, HEALTH_PATH, OFFER_PATH,
    RECORDING_HEADER, WHIP_PATH,
};
use tokio_util::task::TaskTracker;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::{Span, debug, debug_span};

use crate::access::Access;
use crate::config::{AllowedOrigin, StunServer};
use crate::conversations::Conversations;
use crate::metrics::Metrics;
use crate::peer::fragment::MAX_FRAGMENT_BYTES;
use crate::peer::offer::MAX_OFFER_BYTES;
use crate::storage::Storage;
use assets::Page;
use disk::DiskWork;
pub use doors::Doors;
use doors::request_id::RequestId;
use problem::Failure;
use refusals::Refusals;

/// For whatever is no page of ours.
const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// For so long a browser need not ask again whether it may ask; Chromium's own limit.
const PREFLIGHT_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// Who may do what here, and what a caller is told of it.
pub struct Rules {
    pub access: Access,
    pub recording: RecordingPolicy,
    /// That callers may ask for their public address.
    pub stun: Vec<StunServer>,
    /// Where it is counted what is deleted.
    pub metrics: Metrics,
}

/// What the handlers work with. A clone means the same things.
#[derive(Clone)]
pub struct AppState {
    conversations: Conversations,
    storage: Storage,
    /// Work that goes on when its caller hangs up in the middle of a request.
    tasks: TaskTracker,
    page: Arc<Page>,
    rules: Arc<Rules>,
    kitchen: conversations::Kitchen,
    disk: DiskWork,
}

impl AppState {
    /// `tasks` are for the owner of the server to await when it stops.
    #[must_use]
    pub fn new(
        conversations: Conversations,
        storage: Storage,
        tasks: TaskTracker,
        rules: Rules,
    ) -> Self {
        Self {
            conversations,
            storage,
            tasks,
            page: Arc::new(Page::built_in()),
            rules: Arc::new(rules),
            kitchen: conversations::Kitchen::new(),
            disk: DiskWork::new(),
        }
    }
}

/// Everything that is served.
pub fn router(state: AppState, doors: &Doors) -> Router {
    for_our_page(doors)
        .merge(for_other_pages(doors))
        .with_state(state)
        .layer(CatchPanicLayer::custom(|_| Failure::Panic.into_response()))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(NO_CONTENT_POLICY),
        ))
        .layer(always(header::X_FRAME_OPTIONS, "DENY"))
        .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(always(header::REFERRER_POLICY, "no-referrer"))
        .layer(always(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_failure(())
                .on_response(|response: &Response, latency: Duration, _: &Span| {
                    let status = response.status().as_u16();
                    debug!(status, ?latency, "answered a request");
                }),
        )
        .layer(from_fn_with_state(Refusals::new(), refusals::log))
        .layer(from_fn(doors::request_id::assign))
}

/// What pages of other origins may use, if they are allowed.
fn for_other_pages(doors: &Doors) -> Router<AppState> {
    let routes = Router::new()
        .route(
            OFFER_PATH,
            post(offer::answer).layer(DefaultBodyLimit::max(MAX_OFFER_BYTES)),
        )
        .route(
            &format!("{OFFER_PATH}/{{secret}}"),
            of_call(get(call::tell)),
        )
        .route(
            &format!("{OFFER_PATH}/{{secret}}/echo"),
            put(call::set_echo).layer(DefaultBodyLimit::max(call::MAX_ECHO_BYTES)),
        )
        .route(
            WHIP_PATH,
            post(whip::publish).layer(DefaultBodyLimit::max(MAX_OFFER_BYTES)),
        )
        .route(
            &format!("{WHIP_PATH}/{{secret}}"),
            of_call(get(call::is_there)),
        )
        .route(HEALTH_PATH, get(health::tell))
        .method_not_allowed_fallback(problem::method_not_allowed);
    behind(doors, &doors.allowed_origins, routes)
        .layer(cors(&doors.allowed_origins))
        .layer(from_fn(whip::accept_post))
}

/// What is for the page of this server and for programs.
fn for_our_page(doors: &Doors) -> Router<AppState> {
    let routes = Router::new()
        .route(ABOUT_PATH, get(about::tell))
        .route(openapi::PATH, get(openapi::tell))
        .merge(openapi::viewer())
        .route(CONVERSATIONS_PATH, get(conversations::list))
        .route(
            conversations::ROUTE,
            get(conversations::describe).delete(conversations::delete),
        )
        .route(conversations::AUDIO_ROUTE, get(conversations::audio))
        .route(conversations::PEAKS_ROUTE, get(conversations::peaks))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(assets::serve);
    behind(doors, &[], routes)
}

/// One call, in whatever way it is told of.
fn of_call(tell: MethodRouter<AppState>) -> MethodRouter<AppState> {
    tell.patch(call::change)
        .delete(call::end)
        .layer(DefaultBodyLimit::max(MAX_FRAGMENT_BYTES))
}

/// The doors that a request passes: whom it is meant for, from which page, how often.
fn behind(
    doors: &Doors,
    allowed_origins: &[AllowedOrigin],
    routes: Router<AppState>,
) -> Router<AppState> {
    routes
        .layer(from_fn_with_state(doors.clone(), doors::rate::limit))
        .layer(option_layer(doors::site::check(allowed_origins)))
        .layer(from_fn_with_state(doors.clone(), doors::host::check))
}

fn cors(allowed_origins: &[AllowedOrigin]) -> CorsLayer {
    let origins: Option<Vec<HeaderValue>> = allowed_origins
        .iter()
        .map(|origin| match origin {
            AllowedOrigin::Any => None,
            AllowedOrigin::Only(origin) => Some(origin.clone()),
        })
        .collect();
    CorsLayer::new()
        .allow_origin(origins.map_or_else(AllowOrigin::any, AllowOrigin::list))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::CONTENT_TYPE,
            header::AUTHORIZATION,
            header::IF_MATCH,
        ])
        .expose_headers([
            HeaderName::from_static(CONVERSATION_ID_HEADER),
            HeaderName::from_static(RECORDING_HEADER),
            header::LOCATION,
            header::LINK,
            header::ETAG,
            header::RETRY_AFTER,
            doors::request_id::HEADER,
        ])
        .max_age(PREFLIGHT_AGE)
}

fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

/// Names the request and its route, never the path: that of a call is its secret.
fn span(request: &Request) -> Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>();
    let id = id.map(tracing::field::display);
    debug_span!("request", id, method = %request.method(), route)
}
