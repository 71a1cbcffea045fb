//! Which conversation a datagram is for. Nothing reaches a conversation from an address that did
//! not prove, by an authentic check, that the caller is there.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use crate::peer::Names;
use crate::stun::{Key, Kind, Message};

/// A caller is at few addresses at once: his networks, and what his NAT made of them.
const MAX_ADDRESSES: usize = 16;
/// Each costs a check of ours and its repetitions.
const MAX_ADDRESSES_A_CALL: usize = 128;

/// A conversation's place in its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SlotId(pub(super) usize);

/// Why a datagram is for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no STUN, and nobody is known at its address.
    Unknown,
    /// It claims to be a check for somebody here, and its sender does not know the password.
    NotAuthentic,
    /// It is authentic, and asks for what no honest caller needs.
    NotAllowed,
}

/// Who is here, by the names his checks carry and by where he is.
#[derive(Default)]
pub(super) struct Routing {
    names: HashMap<String, Name>,
    calls: HashMap<SlotId, Call>,
    addresses: HashMap<SocketAddr, Address>,
    /// Whom we sent a check to: only its answer is taken from there.
    checked: HashMap<SocketAddr, SlotId>,
}

struct Name {
    id: SlotId,
    key: Key,
}

/// All that leads to one conversation.
#[derive(Default)]
struct Call {
    /// Invariant: all stand in `names`.
    ufrags: Vec<String>,
    addresses: Vec<SocketAddr>,
    /// How many there were in all since ICE began, or began anew.
    addresses_seen: usize,
    checked: Vec<SocketAddr>,
}

#[derive(Clone, Copy)]
struct Address {
    id: SlotId,
    local_ip: Option<IpAddr>,
}

impl Routing {
    pub(super) fn insert(&mut self, names: &Names, id: SlotId) {
        self.calls.insert(id, Call::default());
        self.rename(id, names);
    }

    /// Has a conversation known by these names alone. Its addresses stay its own: what was sent
    /// from there before may still come.
    ///
    /// When ICE began anew, what we asked before does not count any more. Gives back where that
    /// was, if nobody was heard from there.
    pub(super) fn rename(&mut self, id: SlotId, names: &Names) -> Vec<SocketAddr> {
        let Some(call) = self.calls.get_mut(&id) else {
            return Vec::new();
        };
        let is_restart = !call.ufrags.contains(&names.current.ufrag);
        for ufrag in call.ufrags.drain(..) {
            self.names.remove(&ufrag);
        }
        for name in names.iter() {
            let key = name.key.clone();
            self.names.insert(name.ufrag.clone(), Name { id, key });
            call.ufrags.push(name.ufrag.clone());
        }
        if !is_restart {
            return Vec::new();
        }
        call.addresses_seen = call.addresses.len();
        let asked = std::mem::take(&mut call.checked);
        for address in &asked {
            self.checked.remove(address);
        }
        asked
    }

    /// Forgets a conversation, its names and all its addresses. Gives back where we sent checks
    /// without having heard anybody from there.
    pub(super) fn remove(&mut self, id: SlotId) -> Vec<SocketAddr> {
        let Some(call) = self.calls.remove(&id) else {
            return Vec::new();
        };
        for ufrag in &call.ufrags {
            self.names.remove(ufrag);
        }
        for address in &call.addresses {
            self.addresses.remove(address);
        }
        for address in &call.checked {
            self.checked.remove(address);
        }
        call.checked
    }

    /// Whether a check for that name would be one for somebody here.
    pub(super) fn knows(&self, ufrag: &str) -> bool {
        self.names.contains_key(ufrag)
    }

    /// Whom a check is for. Its sender's address is his from now on.
    pub(super) fn check(
        &mut self,
        ufrag: &str,
        request: &Message<'_>,
        (remote, local_ip): (SocketAddr, Option<IpAddr>),
    ) -> Result<SlotId, Refusal> {
        let name = self.names.get(ufrag).ok_or(Refusal::Unknown)?;
        if !request.is_signed_with(&name.key) {
            return Err(Refusal::NotAuthentic);
        }
        // He made the offer, so he leads (RFC 8445 §6.1.1); whoever is led cannot choose.
        if request.yields_control() {
            return Err(Refusal::NotAllowed);
        }
        let id = name.id;
        let call = self.calls.get_mut(&id).ok_or(Refusal::Unknown)?;
        if !call.addresses.contains(&remote) {
            if call.addresses_seen == MAX_ADDRESSES_A_CALL {
                return Err(Refusal::NotAllowed);
            }
            call.addresses_seen += 1;
            if call.addresses.len() == MAX_ADDRESSES {
                let oldest = call.addresses.remove(0);
                self.addresses.remove(&oldest);
            }
            call.addresses.push(remote);
        }
        let previous = self.addresses.insert(remote, Address { id, local_ip });
        if let Some(previous) = previous.filter(|previous| previous.id != id) {
            self.disown(previous.id, remote);
        }
        Ok(id)
    }

    /// Whom anything but a check is for.
    pub(super) fn find(
        &self,
        remote: SocketAddr,
        message: Option<&Message<'_>>,
    ) -> Result<SlotId, Refusal> {
        if let Some(address) = self.addresses.get(&remote) {
            return Ok(address.id);
        }
        let is_answer = message.is_some_and(|message| message.kind() != Kind::BindingRequest);
        let checked = self.checked.get(&remote).filter(|_| is_answer);
        checked.copied().ok_or(Refusal::Unknown)
    }

    /// Remembers that a check was sent, so that its answer finds the way back. Whether that is
    /// news.
    pub(super) fn note_check(&mut self, id: SlotId, remote: SocketAddr) -> bool {
        if self.addresses.contains_key(&remote) || self.checked.contains_key(&remote) {
            return false;
        }
        if let Some(call) = self.calls.get_mut(&id)
            && call.checked.len() < MAX_ADDRESSES
        {
            call.checked.push(remote);
            self.checked.insert(remote, id);
            return true;
        }
        false
    }

    /// The address of ours at which somebody was last heard from there.
    pub(super) fn local_ip(&self, remote: SocketAddr) -> Option<IpAddr> {
        self.addresses.get(&remote)?.local_ip
    }

    fn disown(&mut self, id: SlotId, remote: SocketAddr) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.addresses.retain(|address| *address != remote);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer;
    use crate::stun::test_messages::{binding_success, check};

    const PASSWORD: &str = "password of ours";

    fn id(number: usize) -> SlotId {
        SlotId(number)
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::new([192, 0, 2, 1].into(), port)
    }

    fn names(current: &str, former: Option<&str>) -> Names {
        let name = |ufrag: &str| peer::Name {
            ufrag: ufrag.to_owned(),
            key: Key::new(PASSWORD),
        };
        Names {
            current: name(current),
            former: former.map(name),
        }
    }

    /// Conversations 1 and 2 under the names `first` and `second`.
    fn routing() -> Routing {
        let mut routing = Routing::default();
        routing.insert(&names("first", None), id(1));
        routing.insert(&names("second", None), id(2));
        routing
    }

    fn hear(routing: &mut Routing, ufrag: &str, bytes: &[u8], port: u16) -> Result<usize, Refusal> {
        let message = Message::parse(bytes).unwrap();
        let checked = routing.check(ufrag, &message, (address(port), None));
        checked.map(|slot| slot.0)
    }

    fn hear_check(routing: &mut Routing, ufrag: &str, port: u16) -> Result<usize, Refusal> {
        let bytes = check(&format!("{ufrag}:them"), PASSWORD, &[]);
        hear(routing, ufrag, &bytes, port)
    }

    #[test]
    fn an_address_is_known_by_an_authentic_check_alone() {
        let mut routing = routing();
        let forged = check("first:them", "a guess", &[]);

        let refused = hear(&mut routing, "first", &forged, 5);
        let after_forgery = routing.find(address(5), None);
        let taken = hear_check(&mut routing, "first", 5);

        assert_eq!(
            (refused, after_forgery),
            (Err(Refusal::NotAuthentic), Err(Refusal::Unknown))
        );
        assert_eq!((taken, routing.find(address(5), None)), (Ok(1), Ok(id(1))));
        assert_eq!(routing.find(address(6), None), Err(Refusal::Unknown));
        assert_eq!(hear_check(&mut routing, "third", 7), Err(Refusal::Unknown));
    }

    #[test]
    fn a_caller_cannot_make_us_lead() {
        let mut routing = routing();

        let refused = hear(
            &mut routing,
            "first",
            &check("first:them", PASSWORD, &[0x8029]),
            5,
        );

        assert_eq!(refused, Err(Refusal::NotAllowed));
        assert_eq!(routing.find(address(5), None), Err(Refusal::Unknown));
    }

    #[test]
    fn only_the_last_addresses_of_a_caller_are_his() {
        let mut routing = routing();

        for port in 1..=20 {
            hear_check(&mut routing, "first", port).unwrap();
        }

        assert_eq!(routing.find(address(4), None), Err(Refusal::Unknown));
        assert_eq!(routing.find(address(5), None), Ok(id(1)));
        assert_eq!(routing.find(address(20), None), Ok(id(1)));
    }

    #[test]
    fn a_call_has_so_many_addresses_and_no_more() {
        let mut routing = routing();
        let heard = |routing: &mut Routing, port| hear_check(routing, "first", port).is_ok();

        let taken = (1..=1_000)
            .filter(|port| heard(&mut routing, *port))
            .count();

        assert_eq!(taken, MAX_ADDRESSES_A_CALL);
        assert!(
            heard(&mut routing, 128),
            "an address that is known is refused"
        );
    }

    #[test]
    fn an_address_that_changes_hands_belongs_to_the_last_one_alone() {
        let mut routing = routing();
        hear_check(&mut routing, "first", 5).unwrap();
        hear_check(&mut routing, "second", 5).unwrap();

        routing.remove(id(1));

        assert_eq!(routing.find(address(5), None), Ok(id(2)));
        routing.remove(id(2));
        assert_eq!(routing.find(address(5), None), Err(Refusal::Unknown));
        assert!(!routing.knows("second"));
    }

    #[test]
    fn where_we_sent_a_check_only_its_answer_is_taken_from() {
        let mut routing = routing();
        routing.note_check(id(1), address(5));
        let request = check("first:them", PASSWORD, &[]);
        let answer = binding_success(&request);

        let found = [
            routing.find(address(5), Message::parse(&answer).as_ref()),
            routing.find(address(5), Message::parse(&request).as_ref()),
            routing.find(address(5), None),
        ];

        assert_eq!(
            found,
            [Ok(id(1)), Err(Refusal::Unknown), Err(Refusal::Unknown)]
        );
        routing.remove(id(1));
        assert!(
            routing
                .find(address(5), Message::parse(&answer).as_ref())
                .is_err()
        );
    }

    #[test]
    fn whoever_restarts_is_known_by_both_names_until_one_is_given_up() {
        let mut routing = routing();
        hear_check(&mut routing, "first", 5).unwrap();

        routing.rename(id(1), &names("anew", Some("first")));
        let both = ["first", "anew"].map(|name| hear_check(&mut routing, name, 6));
        routing.rename(id(1), &names("anew", None));
        let one = ["first", "anew"].map(|name| hear_check(&mut routing, name, 7));

        assert_eq!(both, [Ok(1), Ok(1)]);
        assert_eq!(one, [Err(Refusal::Unknown), Ok(1)]);
        // What was sent from an address before may still come.
        assert_eq!(routing.find(address(5), None), Ok(id(1)));
        routing.remove(id(1));
        assert_eq!(routing.find(address(5), None), Err(Refusal::Unknown));
        assert!(!routing.knows("anew"));
    }

    #[test]
    fn a_restart_gives_a_caller_as_many_addresses_and_us_as_many_checks_as_before() {
        let mut routing = routing();
        for port in 1..=200 {
            let _ = hear_check(&mut routing, "first", port);
        }
        for port in 1_001..=1_100 {
            routing.note_check(id(1), address(port));
        }
        assert_eq!(
            hear_check(&mut routing, "first", 300),
            Err(Refusal::NotAllowed)
        );
        assert!(!routing.note_check(id(1), address(2_000)));

        let asked = routing.rename(id(1), &names("anew", Some("first")));

        assert_eq!(asked.len(), MAX_ADDRESSES);
        assert_eq!(hear_check(&mut routing, "anew", 300), Ok(1));
        assert!(routing.note_check(id(1), address(2_000)));
        assert!(routing.rename(id(1), &names("anew", None)).is_empty());
    }
}
