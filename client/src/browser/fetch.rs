//! One request to the server the page came from.

use std::time::Duration;

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit};

use super::{BrowserError, page};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: &'static str,
    pub path: &'a str,
    /// Names of header fields and what they say.
    pub headers: &'a [(&'static str, &'a str)],
    /// A media type and what is of it.
    pub body: Option<(&'static str, &'a str)>,
    /// The request is aborted when its response is not complete by then.
    pub deadline: Duration,
    pub life: Life,
}

/// Whether a request outlives the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    OfThePage,
    BeyondThePage,
}

/// What came back.
pub struct Response(web_sys::Response);

/// Asks, and waits for the head of the response.
///
/// # Errors
/// No server replied in time.
pub async fn fetch(request: Request<'_>) -> Result<Response, BrowserError> {
    let init = RequestInit::new();
    init.set_method(request.method);
    let headers = Headers::new()?;
    for (name, value) in request.headers {
        headers.set(name, value)?;
    }
    if let Some((media_type, body)) = request.body {
        headers.set("content-type", media_type)?;
        init.set_body_opt_str(Some(body));
    }
    init.set_headers_headers(&headers);
    if request.life == Life::BeyondThePage {
        // The bindings lack this one of the Fetch standard's fields.
        Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE)?;
    }
    let deadline = u32::try_from(request.deadline.as_millis()).unwrap_or(u32::MAX);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(deadline)));

    let promise = page::window().fetch_with_str_and_init(request.path, &init);
    let response = JsFuture::from(promise).await?;
    Ok(Response(response.unchecked_into()))
}

impl Response {
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status()
    }

    /// A header field, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.0.headers().get(name).ok().flatten()
    }

    /// The whole body, if it is no longer than that.
    ///
    /// # Errors
    /// The server broke off or was too slow, or says that it is longer.
    pub async fn bytes(&self, most: usize) -> Result<Vec<u8>, BrowserError> {
        let length = self
            .header("content-length")
            .and_then(|length| length.parse().ok());
        if length.is_some_and(|length: usize| length > most) {
            return Err(BrowserError::NotFound);
        }
        let buffer = JsFuture::from(self.0.array_buffer()?).await?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }

    /// The whole body.
    ///
    /// # Errors
    /// The server broke off or was too slow.
    pub async fn text(&self) -> Result<String, BrowserError> {
        let text = JsFuture::from(self.0.text()?).await?;
        Ok(text.as_string().unwrap_or_default())
    }
}
