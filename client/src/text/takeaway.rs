//! What is said of a text that a person takes along.

/// The words for one such text, in one language.
pub struct Takeaway {
    pub copy: &'static str,
    pub download: &'static str,
    /// Whether it was copied.
    pub copied: fn(bool) -> &'static str,
}
