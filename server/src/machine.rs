//! What this machine is called in its network.

/// Its own name in small letters, alone and with `.local` (RFC 6762 §3); none if it has none.
pub(crate) fn names() -> Vec<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy().to_ascii_lowercase();
    if name.is_empty() {
        return Vec::new();
    }
    vec![format!("{name}.local"), name]
}
