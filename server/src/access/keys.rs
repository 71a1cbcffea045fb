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
    /// It is its caller's, who may delete it, too.
    pub(super) is_owners: bool,
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

    /// `<id>.<second>.<tag>`: until that second since 1970.
    pub(super) fn until(&self, id: ConversationId, now: SystemTime) -> String {
        let named = format!("{id}.{}", seconds(now + LINK_LASTS));
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
        match named.split_once('.') {
            None => Some(Grant {
                id: named.parse().ok()?,
                is_owners: true,
            }),
            Some((id, until)) if seconds(now) < until.parse().ok()? => Some(Grant {
                id: id.parse().ok()?,
                is_owners: false,
            }),
            Some(_) => None,
        }
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
        let grant = |is_owners| {
            Some(Grant {
                id: id(5),
                is_owners,
            })
        };

        assert_eq!(keys().open(&keys().permanent(id(5)), now), grant(true));
        assert_eq!(keys().open(&keys().until(id(5), now), now), grant(false));
        let other = Keys::new(&[8; KEY_BYTES]);
        assert_eq!(other.open(&keys().permanent(id(5)), now), None);
    }

    #[test]
    fn a_link_is_worth_nothing_after_five_minutes() {
        let now = SystemTime::now();
        let link = keys().until(id(5), now);

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
        for key in [keys().permanent(id(15)), keys().until(id(15), now)] {
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
