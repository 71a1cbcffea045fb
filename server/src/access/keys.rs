//! Keys of single recordings, made of the server's own and of nothing that is stored: one that
//! lasts as long as the recording, and one that a player may carry for some minutes.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use shared::ConversationId;

use crate::storage::KEY_BYTES;

/// For so long a link plays. A player that reads on later asks for a new one.
const LINK_LASTS: Duration = Duration::from_secs(5 * 60);
/// HMAC-SHA256 in base64url.
const TAG_CHARS: usize = 43;

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) id: ConversationId,
    pub(super) lasts: Lasts,
}

/// How long a key opens what it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    /// As long as the recording: it is its caller's, who may delete it, too.
    Always,
    /// Until that second since 1970: it is a link's, and whoever follows it gets no longer one.
    Until(u64),
}

impl Grant {
    pub(super) fn is_owners(self) -> bool {
        self.lasts == Lasts::Always
    }
}

pub(super) struct Keys(hmac::Key);

impl Keys {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// `<id>.<tag>`: as long as the recording.
    pub(super) fn permanent(&self, id: ConversationId) -> String {
        let named = id.to_string();
        format!("{named}.{}", self.tag(&named))
    }

    /// `<id>.<second>.<tag>`: for some minutes.
    pub(super) fn link(&self, id: ConversationId, now: SystemTime) -> String {
        self.until(id, seconds(now + LINK_LASTS))
    }

    /// The same, until that second since 1970.
    pub(super) fn until(&self, id: ConversationId, second: u64) -> String {
        let named = format!("{id}.{second}");
        format!("{named}.{}", self.tag(&named))
    }

    /// What a key opens now.
    pub(super) fn open(&self, key: &str, now: SystemTime) -> Option<Grant> {
        let (named, tag) = key.rsplit_once('.')?;
        if tag.len() != TAG_CHARS {
            return None;
        }
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, named.as_bytes(), &tag).ok()?;
        let (id, lasts) = match named.split_once('.') {
            None => (named, Lasts::Always),
            Some((id, second)) => (id, Lasts::Until(second.parse().ok()?)),
        };
        let is_over = matches!(lasts, Lasts::Until(second) if second <= seconds(now));
        let id = id.parse().ok()?;
        (!is_over).then_some(Grant { id, lasts })
    }

    fn tag(&self, named: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, named.as_bytes()))
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(nanoseconds: u64) -> ConversationId {
        ConversationId::from_nanoseconds(nanoseconds)
    }

    fn keys() -> Keys {
        Keys::new(&[7; KEY_BYTES])
    }

    #[test]
    fn a_key_opens_its_recording_for_whoever_has_the_same_server_key() {
        let now = SystemTime::now();
        let grant = |lasts| Some(Grant { id: id(5), lasts });
        let until = seconds(now) + 300;

        let always = keys().open(&keys().permanent(id(5)), now);
        let for_minutes = keys().open(&keys().link(id(5), now), now);

        assert_eq!(always, grant(Lasts::Always));
        assert_eq!(for_minutes, grant(Lasts::Until(until)));
        let other = Keys::new(&[8; KEY_BYTES]);
        assert_eq!(other.open(&keys().permanent(id(5)), now), None);
    }

    #[test]
    fn a_link_is_worth_nothing_after_five_minutes() {
        let now = SystemTime::now();
        let link = keys().link(id(5), now);

        let at = |after| {
            keys()
                .open(&link, now + Duration::from_secs(after))
                .is_some()
        };

        assert_eq!(
            [at(0), at(299), at(300), at(301)],
            [true, true, false, false]
        );
    }

    #[test]
    fn no_changed_key_opens_anything() {
        let now = SystemTime::now();
        for key in [keys().permanent(id(15)), keys().link(id(15), now)] {
            for place in 0..key.len() {
                let mut changed = key.clone().into_bytes();
                changed[place] ^= 1;
                let changed = String::from_utf8(changed).unwrap();

                // The last character has two bits that say nothing, and must not differ either.
                assert_eq!(keys().open(&changed, now), None, "{changed}");
            }
            assert_eq!(keys().open(&key[1..], now), None);
            assert_eq!(keys().open(&format!("{key}A"), now), None);
        }
        for key in ["", ".", "5", "5.", "..", "5.x.y"] {
            assert_eq!(keys().open(key, now), None, "{key}");
        }
    }
}
