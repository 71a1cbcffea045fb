//! Which pages may begin, change or delete something: our own, and those that the operator names.

use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::Refusal;
use crate::config::AllowedOrigin;
use crate::http::problem::Failure;

/// How a page of another site is refused.
pub(in crate::http) type Refuse = fn(ProtectionError) -> Response;

/// Lets in pages of our own origin, those of `allowed`, and programs, which name no page. `None` if
/// any page may.
pub(in crate::http) fn check(allowed: &[AllowedOrigin]) -> Option<CsrfLayer<Refuse>> {
    let mut layer = CsrfLayer::new();
    for origin in allowed {
        match origin {
            AllowedOrigin::Any => return None,
            // What no browser sends matches nothing.
            AllowedOrigin::Only(_) => {
                if let Ok(more) = layer.clone().add_trusted_origin(origin.to_string()) {
                    layer = more;
                }
            }
        }
    }
    Some(layer.with_rejection_response(refuse as Refuse))
}

fn refuse(_: ProtectionError) -> Response {
    Failure::from(Refusal::CrossSite).into_response()
}
