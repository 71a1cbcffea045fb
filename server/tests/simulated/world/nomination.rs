//! Checks that nominate an address, whoever is there.

use std::net::SocketAddr;

use bytes::BytesMut;
use rtc::crypto::default_provider;
use rtc::ice::attributes::control::AttrControlling;
use rtc::ice::attributes::priority::PriorityAttr;
use rtc::ice::attributes::use_candidate::UseCandidateAttr;
use rtc::stun::attributes::ATTR_USERNAME;
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_REQUEST, Message, TransactionId};
use rtc::stun::textattrs::Username;

use super::{PASSWORD, UFRAG, Way, World};

impl World {
    /// From now on the server sees the caller there, and is told so by a check that nominates.
    pub(crate) fn caller_nominates_from(&mut self, address: SocketAddr) {
        self.seen_at = address;
        self.nominate();
        self.run_for(self.link.delay * 4);
    }

    /// One check that nominates comes from there, and nothing that is sent there is answered.
    pub(crate) fn somebody_nominates_from(&mut self, address: SocketAddr) {
        let really_at = std::mem::replace(&mut self.seen_at, address);
        self.nominate();
        self.run_for(self.link.delay);
        self.seen_at = really_at;
        self.run_for(self.link.delay * 4);
    }

    fn nominate(&mut self) {
        let username = format!("{UFRAG}:{}", self.caller_ufrag);
        let crypto = default_provider().unwrap();
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(
            PASSWORD.to_owned(),
            crypto.crypto(),
        );
        let mut check = Message::new();
        check
            .build(&[
                Box::new(BINDING_REQUEST),
                Box::new(TransactionId::new()),
                Box::new(Username::new(ATTR_USERNAME, username)),
                Box::<UseCandidateAttr>::default(),
                Box::new(AttrControlling(u64::MAX)),
                Box::new(PriorityAttr(1)),
                Box::new(integrity),
                Box::new(FINGERPRINT),
            ])
            .unwrap();
        self.send(Way::Up, BytesMut::from(check.raw.as_slice()));
    }
}
