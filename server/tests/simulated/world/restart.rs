//! ICE that begins anew: what HTTP carries of it, which no link cuts.

use std::net::SocketAddr;

use server::peer::fragment::Fragment;
use server::peer::{Candidate, IceMode, IceSessions, LocalSide, Patch, Patched};

use super::{PASSWORD, UFRAG, World};

impl World {
    /// The caller begins ICE anew, from this address from now on. Whatever the link does, the
    /// server hears of it and answers.
    pub(crate) fn caller_restarts_at(&mut self, address: SocketAddr) {
        let offer = self.caller.restart(address, self.now);
        self.seen_at = address;
        let is_of_ice = |line: &&str| {
            let kinds = ["m=", "a=mid:", "a=ice-ufrag:", "a=ice-pwd:", "a=candidate:"];
            kinds.iter().any(|kind| line.starts_with(kind))
        };
        let fragment: Vec<&str> = offer.lines().filter(is_of_ice).collect();
        self.restarts += 1;
        let patch = Patch {
            meant_for: IceSessions::OneOf(vec![self.conversation.report().ice_session]),
            fragment: Fragment::parse(fragment.join("\r\n").as_bytes()).unwrap(),
            local: LocalSide {
                ufrag: format!("{UFRAG}{}", self.restarts),
                password: PASSWORD.to_owned(),
                candidates: vec![Candidate::Host("192.0.2.9:3001".parse().unwrap())],
                mode: IceMode::Lite,
            },
        };
        let patched = self.conversation.patch(&patch, self.now).unwrap();
        let Patched::Restarted { fragment, .. } = patched else {
            panic!("no restart");
        };
        let ours = fragment
            .lines()
            .find(|line| line.starts_with("a=ice-ufrag:"));
        let is_ours = |line: &&str| line.starts_with("a=ice-ufrag:");
        let before = self.answer.lines().find(is_ours).unwrap().to_owned();
        self.answer = self.answer.replace(&before, ours.unwrap());
        self.caller.take_answer(self.answer.clone(), self.now);
    }
}
