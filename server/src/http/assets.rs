//! The page, as it was built into this binary: right media types, compressed forms made at build
//! time, cache rules, and a policy under which nothing else can run.

mod encoding;
mod policy;

use std::borrow::Cow;
use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::AppState;
use super::problem::Failure;
use encoding::Encoding;

const INDEX: &str = "index.html";
/// What is served when the page was not built.
const PLACEHOLDER: &str = include_str!("assets/placeholder.html");
/// A name with so many hexadecimal digits in a row holds the hash of its content.
const HASH_DIGITS: usize = 12;

/// What Trunk built, if it did.
#[derive(rust_embed::Embed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

/// All files of the page, by path.
pub(super) struct Page {
    files: HashMap<String, File>,
    policy: HeaderValue,
}

struct File {
    media_type: &'static str,
    cache: &'static str,
    /// One for each encoding there is; [`Encoding::Identity`] always.
    forms: HashMap<Encoding, Form>,
}

struct Form {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Page {
    /// The page inside this binary.
    pub(super) fn built_in() -> Self {
        let files = Dist::iter().filter_map(|path| {
            let bytes = match Dist::get(&path)?.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            };
            Some((path.into_owned(), bytes))
        });
        Self::new(files.collect())
    }

    fn new(mut files: HashMap<String, Bytes>) -> Self {
        let placeholder = Bytes::from_static(PLACEHOLDER.as_bytes());
        let index = files.entry(INDEX.to_owned()).or_insert(placeholder).clone();
        let is_form = |path: &str| {
            let encodings = Encoding::COMPRESSED.into_iter();
            let mut names = encodings.filter_map(|encoding| path.strip_suffix(encoding.suffix()));
            names.any(|name| files.contains_key(name))
        };
        let names = files.keys().filter(|path| !is_form(path));
        Self {
            policy: policy::content_security(&index),
            files: names
                .map(|path| (path.clone(), File::new(path, &files)))
                .collect(),
        }
    }

    fn find(&self, path: &str) -> Option<&File> {
        let path = path.strip_prefix('/')?;
        self.files.get(if path.is_empty() { INDEX } else { path })
    }

    fn respond(&self, file: &File, asked: &HeaderMap) -> Response {
        let encoding = encoding::choose(asked, |encoding| file.forms.contains_key(&encoding));
        let Some(form) = file.forms.get(&encoding) else {
            return Failure::NothingHere.into_response();
        };
        let mut response = if is_known(asked, &form.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(form.bytes.clone()).into_response()
        };
        let is_new = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        let mut set = |name, value| headers.insert(name, value);
        set(header::ETAG, form.etag.clone());
        set(header::CACHE_CONTROL, HeaderValue::from_static(file.cache));
        set(header::VARY, HeaderValue::from_static("accept-encoding"));
        set(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in policy::HEADERS {
            set(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        if is_new {
            set(
                header::CONTENT_TYPE,
                HeaderValue::from_static(file.media_type),
            );
        }
        if let Some(name) = encoding.name().filter(|_| is_new) {
            set(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }
}

impl File {
    fn new(path: &str, files: &HashMap<String, Bytes>) -> Self {
        let form = |encoding: Encoding| {
            let bytes = files.get(&format!("{path}{}", encoding.suffix()))?.clone();
            let etag = etag(&bytes);
            Some((encoding, Form { bytes, etag }))
        };
        let encodings = Encoding::COMPRESSED.into_iter().chain([Encoding::Identity]);
        Self {
            media_type: media_type(path),
            cache: if is_hashed(path) {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
            forms: encodings.filter_map(form).collect(),
        }
    }
}

/// Serves a file of the page; every path that no route took ends here.
pub(super) async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let page = &state.page;
    let Some(file) = page.find(request.uri().path()) else {
        return Failure::NothingHere.into_response();
    };
    if request.method() == Method::GET || request.method() == Method::HEAD {
        page.respond(file, request.headers())
    } else {
        ([(header::ALLOW, "GET,HEAD")], Failure::Method).into_response()
    }
}

/// A strong validator: other bytes, another tag, and so another one for each encoding.
fn etag(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let digits: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::try_from(format!("\"{digits}\"")).expect("digits and quotes are visible ASCII")
}

/// RFC 9110 §13.1.2: whether the browser holds this very form.
fn is_known(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).into_iter();
    let mut tags = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','));
    tags.any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes()
    })
}

fn is_hashed(path: &str) -> bool {
    path.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| {
            word.len() >= HASH_DIGITS
                && word
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        // WebAssembly Web API §2: anything else is not compiled while it streams.
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 7] = [
        "index.html",
        "index.html.br",
        "client-0123456789abcdef.js",
        "client-0123456789abcdef.js.br",
        "client-0123456789abcdef.js.gz",
        "client-0123456789abcdef_bg.wasm",
        "favicon.svg",
    ];

    /// A page whose files hold their own names.
    fn page() -> Page {
        let file = |name: &str| (name.to_owned(), Bytes::from(name.to_owned()));
        Page::new(NAMES.map(file).into())
    }

    fn asked(headers: &[(HeaderName, &str)]) -> HeaderMap {
        let header = |(name, value): &(HeaderName, &str)| (name.clone(), value.parse().unwrap());
        headers.iter().map(header).collect()
    }

    fn facts(path: &str, headers: &[(HeaderName, &str)]) -> Vec<String> {
        let page = page();
        let response = page.respond(page.find(path).unwrap(), &asked(headers));
        let text = |name| {
            response
                .headers()
                .get(name)
                .map_or("-", |value| value.to_str().unwrap())
        };
        let names = [
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
            header::CACHE_CONTROL,
        ];
        let mut facts = vec![response.status().as_u16().to_string()];
        facts.extend(names.map(|name| text(name).to_owned()));
        facts
    }

    #[test]
    fn every_file_has_its_type_and_its_age() {
        const FOR_EVER: &str = "public, max-age=31536000, immutable";

        assert_eq!(
            facts("/", &[]),
            ["200", "text/html; charset=utf-8", "-", "no-cache"]
        );
        assert_eq!(facts("/index.html", &[]), facts("/", &[]));
        assert_eq!(
            facts("/favicon.svg", &[]),
            ["200", "image/svg+xml", "-", "no-cache"]
        );
        assert_eq!(
            facts("/client-0123456789abcdef.js", &[]),
            ["200", "text/javascript; charset=utf-8", "-", FOR_EVER]
        );
        assert_eq!(
            facts("/client-0123456789abcdef_bg.wasm", &[]),
            ["200", "application/wasm", "-", FOR_EVER]
        );
    }

    #[test]
    fn names_with_a_hash_are_told_from_names_without() {
        for path in [
            "a-0123456789abcdef.js",
            "snippets/x-93a7c4d8e1f20b56/inline0.js",
            "styles-123456789abc.css",
        ] {
            assert!(is_hashed(path), "{path}");
        }
        for path in [
            "index.html",
            "favicon.svg",
            "defaced.css",
            "a-0123456789g.js",
            "decade-facade.js",
            "",
        ] {
            assert!(!is_hashed(path), "{path}");
        }
    }

    #[test]
    fn the_form_that_the_browser_likes_best_is_sent() {
        let encoding = |path: &str, accepted: &str| {
            facts(path, &[(header::ACCEPT_ENCODING, accepted)])[2].clone()
        };
        let script = "/client-0123456789abcdef.js";

        assert_eq!(encoding(script, "gzip, deflate, br, zstd"), "br");
        assert_eq!(encoding(script, "gzip, br;q=0"), "gzip");
        assert_eq!(encoding("/", "gzip"), "-");
        assert_eq!(encoding("/favicon.svg", "br"), "-");
    }

    #[test]
    fn a_browser_that_has_a_form_does_not_get_it_again() {
        let page = page();
        let script = page.find("/client-0123456789abcdef.js").unwrap();
        let brotli = [(header::ACCEPT_ENCODING, "br")];
        let etag = page.respond(script, &asked(&brotli)).headers()[header::ETAG]
            .to_str()
            .unwrap()
            .to_owned();
        let status = |headers: &[(HeaderName, &str)]| {
            page.respond(script, &asked(headers)).status().as_u16()
        };
        let weak = format!("\"other\", W/{etag}");

        assert_eq!(
            status(&[brotli[0].clone(), (header::IF_NONE_MATCH, &etag)]),
            304
        );
        assert_eq!(
            status(&[brotli[0].clone(), (header::IF_NONE_MATCH, &weak)]),
            304
        );
        assert_eq!(status(&[(header::IF_NONE_MATCH, "*")]), 304);
        assert_eq!(status(&[(header::IF_NONE_MATCH, &etag)]), 200);
        assert_eq!(
            status(&[brotli[0].clone(), (header::IF_NONE_MATCH, "\"other\"")]),
            200
        );
    }

    #[test]
    fn compressed_forms_are_no_files_of_their_own() {
        let page = page();

        assert!(page.find("/index.html.br").is_none());
        assert!(page.find("/client-0123456789abcdef.js.gz").is_none());
    }

    #[test]
    fn paths_open_nothing_but_the_files_of_the_page() {
        let page = page();

        for path in [
            "",
            "//",
            "/.",
            "/..",
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "/index.html/",
            "//index.html",
            "/INDEX.HTML",
            "/index.html%00",
        ] {
            assert!(page.find(path).is_none(), "{path:?}");
        }
    }

    #[test]
    fn without_a_built_page_there_is_an_honest_one() {
        let page = Page::new(HashMap::new());

        let form = &page.find("/").unwrap().forms[&Encoding::Identity];

        assert_eq!(form.bytes, PLACEHOLDER);
    }
}
