//! Which way media goes: to the address the caller chose last, once that address has answered a
//! check of ours.
//!
//! The core never leaves its first choice. And a choice alone is no proof: whoever knows his own
//! password can make it under a forged address, and would so send our stream to a stranger.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::stun::{Kind, Message, TransactionId};

/// Checks of ours that may still be answered.
const MAX_ASKED: usize = 32;
/// Addresses that are known to be the caller's.
const MAX_PROVEN: usize = 16;

/// What is known of the ways to one caller.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// Only who received a check knows its transaction id.
    asked: VecDeque<(TransactionId, SocketAddr)>,
    proven: VecDeque<SocketAddr>,
    wanted: Option<SocketAddr>,
    chosen: Option<SocketAddr>,
}

impl Paths {
    /// Notes a check that we send.
    pub(super) fn note_sent(&mut self, check: &Message<'_>, to: SocketAddr) {
        if let (Kind::BindingRequest, Some(id)) = (check.kind(), check.transaction_id()) {
            if self.asked.len() == MAX_ASKED {
                self.asked.pop_front();
            }
            self.asked.push_back((id, to));
        }
    }

    /// Notes what comes in: the caller's choices, and the answers that make them valid.
    pub(super) fn note_received(&mut self, message: &Message<'_>, from: SocketAddr) {
        match message.kind() {
            Kind::BindingRequest if message.nominates() => self.wanted = Some(from),
            Kind::BindingSuccess if self.is_answer(message, from) => self.prove(from),
            _ => {}
        }
        if self
            .wanted
            .is_some_and(|wanted| self.proven.contains(&wanted))
        {
            self.chosen = self.wanted;
        }
    }

    /// Where media goes; `None` as long as the core's own choice is as good as any.
    pub(super) fn chosen(&self) -> Option<SocketAddr> {
        self.chosen
    }

    fn is_answer(&mut self, message: &Message<'_>, from: SocketAddr) -> bool {
        let question = message.transaction_id().map(|id| (id, from));
        let place = self.asked.iter().position(|asked| Some(*asked) == question);
        place.and_then(|place| self.asked.remove(place)).is_some()
    }

    fn prove(&mut self, address: SocketAddr) {
        if self.proven.contains(&address) {
            return;
        }
        if self.proven.len() == MAX_PROVEN {
            self.proven.pop_front();
        }
        self.proven.push_back(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stun::test_messages::{binding_success, check};

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn receive(paths: &mut Paths, bytes: &[u8], from: &str) {
        paths.note_received(&Message::parse(bytes).unwrap(), address(from));
    }

    fn ask(paths: &mut Paths, to: &str) -> Vec<u8> {
        let ours = check("theirs:ours", "their password", &[]);
        paths.note_sent(&Message::parse(&ours).unwrap(), address(to));
        binding_success(&ours)
    }

    #[test]
    fn media_goes_where_the_caller_chose_and_answered() {
        let mut paths = Paths::default();

        receive(
            &mut paths,
            &check("ours:theirs", "password", &[0x0025]),
            "192.0.2.1:5",
        );
        let answer = ask(&mut paths, "192.0.2.1:5");
        let before = paths.chosen();
        receive(&mut paths, &answer, "192.0.2.1:5");

        assert_eq!(
            (before, paths.chosen()),
            (None, Some(address("192.0.2.1:5")))
        );
    }

    #[test]
    fn an_address_that_answered_before_is_chosen_at_once() {
        let mut paths = Paths::default();
        let answer = ask(&mut paths, "192.0.2.1:5");
        receive(&mut paths, &answer, "192.0.2.1:5");
        let unchosen = paths.chosen();

        receive(
            &mut paths,
            &check("ours:theirs", "password", &[0x0025]),
            "192.0.2.1:5",
        );

        assert_eq!(
            (unchosen, paths.chosen()),
            (None, Some(address("192.0.2.1:5")))
        );
    }

    #[test]
    fn nobody_can_answer_for_another_address() {
        let mut paths = Paths::default();
        receive(
            &mut paths,
            &check("ours:theirs", "password", &[0x0025]),
            "203.0.113.9:5",
        );
        let answer = ask(&mut paths, "203.0.113.9:5");
        let elsewhere = ask(&mut paths, "192.0.2.1:5");

        // From another address; to another question; to a question that was never asked.
        receive(&mut paths, &answer, "192.0.2.1:5");
        receive(&mut paths, &elsewhere, "203.0.113.9:5");
        receive(
            &mut paths,
            &binding_success(&check("a:b", "c", &[])),
            "203.0.113.9:5",
        );

        assert_eq!(paths.chosen(), None);
    }
}
