//! What a browser may do with the page: run its WASM, reach this server, use the microphone, and
//! nothing else (Content Security Policy Level 3).

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The other headers of the page.
pub(super) const HEADERS: [(&str, &str); 2] = [
    (
        "permissions-policy",
        "microphone=(self), autoplay=(self), camera=(), display-capture=(), geolocation=(), usb=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
];

/// The policy for a page with that index. Its own inline scripts and styles are allowed by their
/// hashes, so that nobody else's are.
pub(super) fn content_security(index: &[u8]) -> HeaderValue {
    let index = String::from_utf8_lossy(index);
    let scripts = hashes(&index, "script");
    let styles = hashes(&index, "style");
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; \
         style-src 'self'{styles}; connect-src 'self'; media-src 'self' blob:; \
         img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("words and base64 are visible ASCII")
}

/// A source expression for the content of each inline element of that name.
fn hashes(html: &str, element: &str) -> String {
    let (start, end) = (format!("<{element}"), format!("</{element}"));
    // Small letters keep every place: `to_ascii_lowercase` changes no length.
    let small = html.to_ascii_lowercase();
    let mut hashes = String::new();
    let mut place = 0;
    while let Some((tag, content, after)) = next_element(&small, place, &start, &end) {
        place = after.end;
        let has_source = small.get(tag).is_some_and(|tag| tag.contains(" src="));
        let content = html.get(content).unwrap_or_default();
        if !has_source && !content.is_empty() {
            // HTML §13.2.3.5: the parser knows no carriage returns.
            let content = content.replace("\r\n", "\n").replace('\r', "\n");
            let digest = STANDARD.encode(Sha256::digest(content));
            hashes.push_str(&format!(" 'sha256-{digest}'"));
        }
    }
    hashes
}

type Place = std::ops::Range<usize>;

/// Where the next element's start tag, its content and its end tag lie.
fn next_element(html: &str, from: usize, start: &str, end: &str) -> Option<(Place, Place, Place)> {
    let begin = from + html.get(from..)?.find(start)?;
    let content = begin + html.get(begin..)?.find('>')? + 1;
    let close = content + html.get(content..)?.find(end)?;
    Some((begin..content, content..close, close..close + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sha256 of `init()`, by another's tool: printf 'init()' | openssl dgst -sha256 -binary | base64
    const INIT: &str = "'sha256-w4ujnOpjBoH2vcasx+reJRUwYivG8Q3afx/XevGJod8='";

    fn script_sources(html: &str) -> String {
        let policy = content_security(html.as_bytes());
        let directives = policy.to_str().unwrap().split("; ");
        let scripts = directives
            .into_iter()
            .find(|directive| directive.starts_with("script-src"));
        scripts
            .unwrap()
            .replace("script-src 'self' 'wasm-unsafe-eval'", "")
    }

    #[test]
    fn inline_scripts_are_allowed_by_their_hashes() {
        let one = format!(" {INIT}");

        assert_eq!(script_sources("<script>init()</script>"), one);
        assert_eq!(
            script_sources("<SCRIPT TYPE=\"module\" nonce>init()</SCRIPT >"),
            one
        );
        assert_eq!(
            script_sources("<p>ä<script>init()</script><script src=\"/a.js\"></script>"),
            one
        );
        assert_eq!(
            script_sources("<script>init()</script><script>init()</script>"),
            one.repeat(2)
        );
        assert_eq!(
            script_sources("<script>a\r\nb</script>"),
            script_sources("<script>a\nb</script>")
        );
    }

    #[test]
    fn pages_without_inline_scripts_allow_none() {
        for html in [
            "",
            "<script",
            "<script>",
            "<script>init()",
            "<script></script>",
            "<script type=module src=/a.js>x</script>",
            "<scr",
        ] {
            assert_eq!(script_sources(html), "", "{html}");
        }
    }

    #[test]
    fn nothing_is_allowed_that_the_page_does_not_need() {
        assert_eq!(
            content_security(b""),
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
             connect-src 'self'; media-src 'self' blob:; img-src 'self' data:; font-src 'self'; \
             manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
    }
}
