//! The name of a conversation: when it began, in nanoseconds since 1970-01-01T00:00:00Z.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names one conversation. Whoever knows it can fetch the recording, but cannot end the call.
///
/// Invariant: its text is decimal digits without a leading zero, and so a safe file name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "openapi",
    schema(value_type = String, pattern = "^[1-9][0-9]{0,19}$", example = "1751014936301809000")
)]
pub struct ConversationId(NonZeroU64);

impl ConversationId {
    /// The id of a conversation that began that many nanoseconds after the epoch.
    #[must_use]
    pub fn from_nanoseconds(nanoseconds: u64) -> Self {
        Self(NonZeroU64::new(nanoseconds).unwrap_or(NonZeroU64::MIN))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub fn nanoseconds(self) -> u64 {
        self.0.get()
    }

    /// The id for a conversation that begins `now`, always later than this one, even when
    /// the clock stood still or stepped back.
    #[must_use]
    pub fn next(self, now: Self) -> Self {
        now.max(Self(self.0.saturating_add(1)))
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no conversation id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a conversation id")]
pub struct ParseConversationIdError;

impl FromStr for ConversationId {
    type Err = ParseConversationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let nanoseconds = text.parse().map_err(|_| ParseConversationIdError)?;
        if is_canonical {
            Ok(Self(nanoseconds))
        } else {
            Err(ParseConversationIdError)
        }
    }
}

// On the wire an id is text: a JavaScript number would round it.
impl Serialize for ConversationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConversationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let first = ConversationId::from_nanoseconds(1_000);

        let second = first.next(ConversationId::from_nanoseconds(10));
        let third = second.next(ConversationId::from_nanoseconds(5_000));

        assert_eq!([second.nanoseconds(), third.nanoseconds()], [1_001, 5_000]);
    }

    #[test]
    fn text_that_is_not_an_id_is_refused() {
        for text in [
            "",
            "0",
            "007",
            "-1",
            "+1",
            " 1",
            "1 ",
            "1.0",
            "..",
            "1/2",
            "٣",
            "18446744073709551616",
        ] {
            assert_eq!(
                text.parse::<ConversationId>(),
                Err(ParseConversationIdError),
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn an_id_survives_text_and_json(nanoseconds in 1..u64::MAX) {
            let id = ConversationId::from_nanoseconds(nanoseconds);

            let json = serde_json::to_string(&id).unwrap();

            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(serde_json::from_str::<ConversationId>(&json).unwrap(), id);
            prop_assert!(json.starts_with('"'));
        }
    }
}
