//! Asking STUN servers for our public address, from this shard's port.

use std::net::SocketAddr;
use std::time::Instant;

use super::Shard;
use crate::packet::{Datagram, Transmit};

impl Shard {
    pub(super) fn ask_stun(&mut self, servers: &[SocketAddr], now: Instant) {
        for former in self.reflexive.ask(servers, now) {
            self.ends.directory.forget_asked(former);
        }
        self.tell_public_address();
        self.send_questions(now);
    }

    /// Repeats what was not answered, if it is time.
    pub(super) fn ask_stun_again(&mut self, now: Instant) {
        if self.reflexive.poll_timeout().is_some_and(|at| at <= now) {
            self.reflexive.handle_timeout(now);
            self.tell_public_address();
            self.send_questions(now);
        }
    }

    pub(super) fn tell_public_address(&self) {
        if let Some(learned) = &self.ends.learned {
            learned.send_replace(self.reflexive.public());
        }
    }

    fn send_questions(&mut self, now: Instant) {
        while let Some(Datagram { remote, bytes }) = self.reflexive.poll_transmit() {
            self.ends.directory.note_asked(remote, self.ends.id);
            let question = Transmit {
                remote,
                bytes: &bytes,
            };
            if self.port.send(question, None).is_err() {
                self.ends.counts.note_not_sent(now);
            }
        }
    }
}
