//! Options: how long recordings are kept.

use std::time::Duration;

use clap::Args;

use super::{deadline, size};
use crate::retention::Rules;

const RETENTION: &str = "Retention";

/// What is kept. Without an option everything is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct RetentionConfig {
    /// Time after which a finished recording is deleted, such as 30d or 12h [default: never]
    #[arg(long, env = "VOICECHAT_KEEP_FOR", value_name = "TIME", value_parser = deadline::parse_long, help_heading = RETENTION)]
    pub keep_for: Option<Duration>,
    /// Size of all recordings together at which the oldest finished ones are deleted, such as
    /// 100GiB [default: any]
    #[arg(long, env = "VOICECHAT_KEEP_AT_MOST", value_name = "SIZE", value_parser = size::parse_some, help_heading = RETENTION)]
    pub keep_at_most: Option<u64>,
    /// Space below which the oldest finished recordings are deleted to make room [default: none];
    /// more than --min-free-space, or recordings end before
    #[arg(long, env = "VOICECHAT_KEEP_FREE", value_name = "SIZE", value_parser = size::parse_some, help_heading = RETENTION)]
    pub keep_free: Option<u64>,
}

impl RetentionConfig {
    /// The same as rules.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            keep_for: self.keep_for,
            keep_at_most: self.keep_at_most,
            keep_free: self.keep_free,
        }
    }
}
