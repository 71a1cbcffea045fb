//! Answers to the server's checks that another than the caller's library makes.

use bytes::BytesMut;
use server::stun::{self, Key};

use super::World;

impl World {
    /// Answers, at once and from where the caller is, all that the server asked since this was
    /// called. Whoever knows the caller's password signs as he does.
    pub(crate) fn answer_checks(&mut self, password: &str) {
        for id in std::mem::take(&mut self.asked) {
            let answer = stun::binding_success(id, self.seen_at, &Key::new(password));
            self.take(self.seen_at, BytesMut::from(answer.as_slice()));
        }
    }
}
