//! Which conversation a datagram is for. Nothing reaches a conversation from an address that did
//! not prove, by an authentic check, that the caller is there.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::peer::Names;
use crate::rate::Meter;
use crate::stun::{Key, Message};

/// A caller is at few addresses at once: his networks, and what his NAT made of them.
pub(super) const MAX_ADDRESSES: usize = 16;
/// Each new one costs a check of ours and its repetitions: so many at once, and then one every so
/// often, for calls may last for days.
const NEW_ADDRESSES: u32 = 128;
const NEW_ADDRESS_EVERY: Duration = Duration::from_secs(5);
/// For so long after a check an address is nobody else's: whoever knows only his own password can
/// send his checks from the forged address of another. A caller sends three checks in that time
/// (RFC 7675 §5.1).
pub(super) const HELD: Duration = Duration::from_secs(15);

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
struct Call {
    /// Invariant: all stand in `names`.
    ufrags: Vec<String>,
    addresses: Vec<SocketAddr>,
    /// What is left of new addresses.
    new_addresses: Meter,
    checked: Vec<SocketAddr>,
}

impl Call {
    fn new(now: Instant) -> Self {
        Self {
            ufrags: Vec::new(),
            addresses: Vec::new(),
            new_addresses: new_addresses(now),
            checked: Vec::new(),
        }
    }
}

fn new_addresses(now: Instant) -> Meter {
    Meter::new(NEW_ADDRESS_EVERY, NEW_ADDRESSES, now)
}

#[derive(Clone, Copy)]
struct Address {
    id: SlotId,
    local_ip: Option<IpAddr>,
    /// When the last STUN came from there.
    heard: Instant,
}

impl Routing {
    pub(super) fn insert(&mut self, names: &Names, id: SlotId, now: Instant) {
        self.calls.insert(id, Call::new(now));
        self.rename(id, names, now);
    }

    /// Has a conversation known by these names alone. Its addresses stay its own: what was sent
    /// from there before may still come.
    ///
    /// When ICE began anew, what we asked before does not count any more. Gives back where that
    /// was, if nobody was heard from there.
    pub(super) fn rename(&mut self, id: SlotId, names: &Names, now: Instant) -> Vec<SocketAddr> {
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
        call.new_addresses = new_addresses(now);
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
        now: Instant,
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
        match self.addresses.get(&remote) {
            Some(address) if address.id == id => {}
            Some(address) if address.is_held(now) => return Err(Refusal::NotAllowed),
            holder => {
                let former = holder.map(|address| address.id);
                self.give(id, remote, now)?;
                if let Some(former) = former {
                    self.disown(former, remote);
                }
            }
        }
        let address = Address {
            id,
            local_ip,
            heard: now,
        };
        self.addresses.insert(remote, address);
        Ok(id)
    }

    /// A call has one address more, if need be in place of the one not heard from for longest.
    fn give(&mut self, id: SlotId, remote: SocketAddr, now: Instant) -> Result<(), Refusal> {
        let call = self.calls.get_mut(&id).ok_or(Refusal::Unknown)?;
        if !call.new_addresses.take(1, now) {
            return Err(Refusal::NotAllowed);
        }
        if call.addresses.len() == MAX_ADDRESSES {
            let heard = |remote| self.addresses.get(remote).map(|address| address.heard);
            let places = 0..call.addresses.len();
            let oldest = places.min_by_key(|place| call.addresses.get(*place).and_then(heard));
            let oldest = call.addresses.remove(oldest.unwrap_or_default());
            self.addresses.remove(&oldest);
        }
        call.addresses.push(remote);
        Ok(())
    }

    /// Whom what is no STUN is for.
    pub(super) fn find(&self, remote: SocketAddr) -> Result<SlotId, Refusal> {
        let address = self.addresses.get(&remote);
        address.map(|address| address.id).ok_or(Refusal::Unknown)
    }

    /// Whom STUN is for that is no check.
    pub(super) fn find_asker(
        &mut self,
        remote: SocketAddr,
        now: Instant,
    ) -> Result<SlotId, Refusal> {
        if let Some(address) = self.addresses.get_mut(&remote) {
            address.heard = now;
            return Ok(address.id);
        }
        self.checked.get(&remote).copied().ok_or(Refusal::Unknown)
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

    /// How long its tables are.
    pub(super) fn sizes(&self) -> [(&'static str, usize); 4] {
        [
            ("routing_calls", self.calls.len()),
            ("routing_names", self.names.len()),
            ("routing_addresses", self.addresses.len()),
            ("routing_checked", self.checked.len()),
        ]
    }

    fn disown(&mut self, id: SlotId, remote: SocketAddr) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.addresses.retain(|address| *address != remote);
        }
    }
}

impl Address {
    fn is_held(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) < HELD
    }
}

#[cfg(test)]
mod tests;
