//! Where something is on the server that the page came from.

/// A path with its query.
///
/// Invariant: it leads to the server the page came from, and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPath(String);

impl OwnPath {
    /// A path of our own server, or nothing: `//host/…` and `/\host/…` lead elsewhere, and so does
    /// what hides such a beginning behind characters that browsers leave out.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix('/')?;
        let is_ours = !rest.is_empty()
            && !rest.starts_with(['/', '\\'])
            && path.chars().all(|letter| letter.is_ascii_graphic());
        is_ours.then(|| Self(path.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_our_own_server_is_kept_as_it_is() {
        let path = "/conversations/1751014936301809000?key=1.a-_";

        assert_eq!(OwnPath::parse(path).unwrap().as_str(), path);
    }

    #[test]
    fn what_leads_elsewhere_is_no_path_of_ours() {
        for elsewhere in [
            "",
            "/",
            "//evil.example/x",
            "/\\evil.example",
            "/\t/evil.example",
            "/ x",
            "https://evil.example/",
            "javascript:alert(1)",
            "x",
        ] {
            assert_eq!(OwnPath::parse(elsewhere), None, "{elsewhere:?}");
        }
    }
}
