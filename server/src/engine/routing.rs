//! Which conversation a datagram is for. Nothing reaches a conversation from an address that did
//! not prove, by an authentic check, that the caller is there.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use shared::ConversationId;

use crate::stun::{Kind, Message};

/// A caller is at few addresses at once: his networks, and what his NAT made of them.
const MAX_ADDRESSES: usize = 16;

/// Why a datagram is for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no STUN, and nobody is known at its address.
    Unknown,
    /// It claims to be a check for somebody here, and its sender does not know the password.
    NotAuthentic,
}

/// Who is here, by the name his checks carry and by where he is.
#[derive(Default)]
pub(super) struct Routing {
    names: HashMap<String, Name>,
    addresses: HashMap<SocketAddr, Address>,
    /// Whom we sent a check to: only its answer is taken from there.
    checked: HashMap<SocketAddr, ConversationId>,
}

struct Name {
    id: ConversationId,
    password: String,
    addresses: Vec<SocketAddr>,
    checked: Vec<SocketAddr>,
}

#[derive(Clone, Copy)]
struct Address {
    id: ConversationId,
    local_ip: Option<IpAddr>,
}

impl Routing {
    pub(super) fn insert(&mut self, ufrag: String, password: String, id: ConversationId) {
        let name = Name {
            id,
            password,
            addresses: Vec::new(),
            checked: Vec::new(),
        };
        self.names.insert(ufrag, name);
    }

    /// Forgets a conversation, its name and all its addresses.
    pub(super) fn remove(&mut self, id: ConversationId) {
        let of_it = self.names.extract_if(|_, name| name.id == id);
        for (_, name) in of_it {
            for address in &name.addresses {
                self.addresses.remove(address);
            }
            for address in &name.checked {
                self.checked.remove(address);
            }
        }
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
    ) -> Result<ConversationId, Refusal> {
        let name = self.names.get_mut(ufrag).ok_or(Refusal::Unknown)?;
        if !request.is_authentic(&name.password) {
            return Err(Refusal::NotAuthentic);
        }
        let id = name.id;
        if !name.addresses.contains(&remote) {
            if name.addresses.len() == MAX_ADDRESSES {
                let oldest = name.addresses.remove(0);
                self.addresses.remove(&oldest);
            }
            name.addresses.push(remote);
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
    ) -> Result<ConversationId, Refusal> {
        if let Some(address) = self.addresses.get(&remote) {
            return Ok(address.id);
        }
        let is_answer = message.is_some_and(|message| message.kind() != Kind::BindingRequest);
        let checked = self.checked.get(&remote).filter(|_| is_answer);
        checked.copied().ok_or(Refusal::Unknown)
    }

    /// Remembers that a check was sent, so that its answer finds the way back.
    pub(super) fn note_check(&mut self, id: ConversationId, remote: SocketAddr) {
        if self.addresses.contains_key(&remote) || self.checked.contains_key(&remote) {
            return;
        }
        if let Some(name) = self.names.values_mut().find(|name| name.id == id)
            && name.checked.len() < MAX_ADDRESSES
        {
            name.checked.push(remote);
            self.checked.insert(remote, id);
        }
    }

    /// The address of ours at which somebody was last heard from there.
    pub(super) fn local_ip(&self, remote: SocketAddr) -> Option<IpAddr> {
        self.addresses.get(&remote)?.local_ip
    }

    fn disown(&mut self, id: ConversationId, remote: SocketAddr) {
        for name in self.names.values_mut().filter(|name| name.id == id) {
            name.addresses.retain(|address| *address != remote);
        }
    }
}
