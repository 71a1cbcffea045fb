//! Whose conversation is where: the answered callers who were not heard yet, and which shard has
//! each of the others. For all shards; none asks it on a packet's way.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::ConversationId;

use super::shard::Newcomer;
use crate::conversation::Conversation;
use crate::peer::Names;
use crate::stun::Key;

/// Which of the shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ShardId(pub(super) usize);

/// The engine is stopping and expects nobody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine is stopping")]
pub struct ClosedError;

/// Who is expected, and who is where, by the names that checks carry.
#[derive(Default)]
pub(super) struct Directory {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    calls: HashMap<ConversationId, Call>,
    /// Invariant: each is one of those of a call.
    names: HashMap<String, Owner>,
    /// Who waits for an answer from an address that nobody was heard from.
    asked: HashMap<SocketAddr, ShardId>,
    is_closed: bool,
}

struct Call {
    ufrags: Vec<String>,
    whereabouts: Whereabouts,
}

enum Whereabouts {
    /// Its caller was not heard yet.
    Expected(Box<Newcomer>),
    At(ShardId),
}

#[derive(Clone)]
struct Owner {
    id: ConversationId,
    key: Key,
}

/// What a shard learns of a name that it does not know.
pub(super) enum Claim {
    /// It is its own from now on.
    Yours(Box<Newcomer>),
    /// Another shard has it.
    Of(ConversationId, ShardId),
    /// Nobody has that name, or the check that carries it is not authentic.
    Nobody,
}

/// Where a conversation is.
pub(super) enum Place {
    /// It was waiting, and is given away.
    Waiting(Box<Conversation>),
    At(ShardId),
    Nowhere,
}

/// What became of a question to a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked<R> {
    /// It waits, and goes on waiting.
    Answered(R),
    /// Only that shard can ask it.
    At(ShardId),
    Nowhere,
}

impl Directory {
    pub(super) fn insert(&self, newcomer: Newcomer) -> Result<(), ClosedError> {
        let (id, names) = (newcomer.conversation.id(), newcomer.names.clone());
        let expected = Whereabouts::Expected(Box::new(newcomer));
        self.lock().insert(id, &names, expected)
    }

    /// Notes that `shard` is given a conversation before its caller is heard.
    pub(super) fn assign(&self, newcomer: &Newcomer, shard: ShardId) -> Result<(), ClosedError> {
        let id = newcomer.conversation.id();
        self.lock()
            .insert(id, &newcomer.names, Whereabouts::At(shard))
    }

    /// Gives the conversation under `ufrag` to `shard`, if the check that names it is authentic and
    /// no other shard has it.
    pub(super) fn claim(
        &self,
        ufrag: &str,
        shard: ShardId,
        is_authentic: impl FnOnce(&Key) -> bool,
    ) -> Claim {
        let mut entries = self.lock();
        let Some(Owner { id, key }) = entries.names.get(ufrag).cloned() else {
            return Claim::Nobody;
        };
        let Some(call) = entries.calls.get_mut(&id) else {
            return Claim::Nobody;
        };
        if let Whereabouts::At(owner) = call.whereabouts {
            drop(entries);
            return if is_authentic(&key) {
                Claim::Of(id, owner)
            } else {
                Claim::Nobody
            };
        }
        if !is_authentic(&key) {
            return Claim::Nobody;
        }
        match std::mem::replace(&mut call.whereabouts, Whereabouts::At(shard)) {
            Whereabouts::Expected(newcomer) => Claim::Yours(newcomer),
            Whereabouts::At(_) => Claim::Nobody,
        }
    }

    /// A conversation is known by other names from now on.
    pub(super) fn rename(&self, id: ConversationId, names: &Names) {
        self.lock().rename(id, names);
    }

    /// A conversation is over.
    pub(super) fn forget(&self, id: ConversationId) {
        self.lock().remove(id);
    }

    /// Lets a conversation act that waits, and leaves it where it is. It must not take long: no
    /// check of an unknown name is looked at meanwhile.
    pub(super) fn ask<R>(
        &self,
        id: ConversationId,
        act: impl FnOnce(&mut Conversation) -> R,
    ) -> Asked<R> {
        let mut entries = self.lock();
        let Some(call) = entries.calls.get_mut(&id) else {
            return Asked::Nowhere;
        };
        let newcomer = match &mut call.whereabouts {
            Whereabouts::At(shard) => return Asked::At(*shard),
            Whereabouts::Expected(newcomer) => newcomer,
        };
        let answer = act(&mut newcomer.conversation);
        if let Some(names) = newcomer.conversation.take_new_names() {
            newcomer.names = names.clone();
            entries.rename(id, &names);
        }
        Asked::Answered(answer)
    }

    pub(super) fn take_waiting(&self, id: ConversationId) -> Option<Conversation> {
        match self.find(id) {
            Place::Waiting(conversation) => Some(*conversation),
            Place::At(_) | Place::Nowhere => None,
        }
    }

    /// Where that conversation is; if it waits, it waits no longer.
    pub(super) fn find(&self, id: ConversationId) -> Place {
        let mut entries = self.lock();
        if let Some(Whereabouts::At(shard)) = entries.calls.get(&id).map(|call| &call.whereabouts) {
            return Place::At(*shard);
        }
        match entries.remove(id) {
            Some(Whereabouts::Expected(newcomer)) => {
                Place::Waiting(Box::new(newcomer.conversation))
            }
            Some(Whereabouts::At(_)) | None => Place::Nowhere,
        }
    }

    /// Notes that `shard` asked something at an address where nobody was heard.
    pub(super) fn note_asked(&self, remote: SocketAddr, shard: ShardId) {
        self.lock().asked.insert(remote, shard);
    }

    /// The answer from there is not waited for any more.
    pub(super) fn forget_asked(&self, remote: SocketAddr) {
        self.lock().asked.remove(&remote);
    }

    /// Who asked there.
    pub(super) fn who_asked(&self, remote: SocketAddr) -> Option<ShardId> {
        self.lock().asked.get(&remote).copied()
    }

    /// Expects nobody any more, and gives back who was expected.
    pub(super) fn close(&self) -> Vec<Conversation> {
        let mut entries = self.lock();
        entries.is_closed = true;
        let is_expected = |call: &Call| matches!(call.whereabouts, Whereabouts::Expected(_));
        let waiting = entries.calls.iter().filter(|(_, call)| is_expected(call));
        let waiting: Vec<ConversationId> = waiting.map(|(id, _)| *id).collect();
        let removed = waiting.into_iter().filter_map(|id| entries.remove(id));
        removed
            .filter_map(|whereabouts| match whereabouts {
                Whereabouts::Expected(newcomer) => Some(newcomer.conversation),
                Whereabouts::At(_) => None,
            })
            .collect()
    }

    /// How long its tables are.
    pub(super) fn sizes(&self) -> [(&'static str, usize); 3] {
        let entries = self.lock();
        [
            ("directory_calls", entries.calls.len()),
            ("directory_names", entries.names.len()),
            ("directory_asked", entries.asked.len()),
        ]
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn insert(
        &mut self,
        id: ConversationId,
        names: &Names,
        whereabouts: Whereabouts,
    ) -> Result<(), ClosedError> {
        if self.is_closed {
            return Err(ClosedError);
        }
        let ufrags = Vec::new();
        self.calls.insert(
            id,
            Call {
                ufrags,
                whereabouts,
            },
        );
        self.rename(id, names);
        Ok(())
    }

    fn rename(&mut self, id: ConversationId, names: &Names) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        for ufrag in call.ufrags.drain(..) {
            self.names.remove(&ufrag);
        }
        for name in names.iter() {
            let key = name.key.clone();
            self.names.insert(name.ufrag.clone(), Owner { id, key });
            call.ufrags.push(name.ufrag.clone());
        }
    }

    fn remove(&mut self, id: ConversationId) -> Option<Whereabouts> {
        let call = self.calls.remove(&id)?;
        for ufrag in &call.ufrags {
            self.names.remove(ufrag);
        }
        Some(call.whereabouts)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::audio::echo::Echo;
    use crate::audio::tee::Tee;
    use crate::conversation::Deadlines;
    use crate::peer::fragment::Fragment;
    use crate::peer::offer::Offer;
    use crate::peer::{IceMode, IceSessions, Identity, LocalSide, Patch, Peer};
    use crate::seats::Seats;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n\
        a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=setup:actpass\r\na=rtcp-mux\r\n\
        a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
        a=rtpmap:111 opus/48000/2\r\n";
    const FIRST: ShardId = ShardId(0);
    const SECOND: ShardId = ShardId(1);
    const PASSWORD: &str = "a password of twenty-two";
    const PASSWORD_OF_HIS: &str = "anotherPasswordOfTwentyTwo";

    fn newcomer(ufrag: &str) -> (ConversationId, Newcomer) {
        let now = Instant::now();
        let local = LocalSide {
            ufrag: ufrag.to_owned(),
            password: PASSWORD.to_owned(),
            candidates: Vec::new(),
            mode: IceMode::Lite,
        };
        let offer = Offer::parse(OFFER.as_bytes()).unwrap();
        let (peer, _) = Peer::accept(&offer, &local, &Identity::generate().unwrap(), now).unwrap();
        let id = ConversationId::from_nanoseconds(rand::random::<u32>().into());
        let line = Seats::new(NonZeroUsize::MIN, None).take(id, None).unwrap();
        let mut tee = Tee::default();
        let echo = Echo::new(tee.attach(Echo::NAME, NonZeroUsize::MIN));
        let deadlines = Deadlines {
            connect: Duration::from_secs(15),
            media: Duration::from_secs(30),
        };
        let conversation = Conversation::new(line, peer, (tee, echo), deadlines, now);
        let newcomer = Newcomer {
            names: conversation.names(),
            conversation,
        };
        (id, newcomer)
    }

    fn is_yours(claim: &Claim) -> bool {
        matches!(claim, Claim::Yours(_))
    }

    #[test]
    fn whoever_hears_an_authentic_check_first_has_the_conversation() {
        let directory = Directory::default();
        let (id, newcomer) = newcomer("name");
        directory.insert(newcomer).unwrap();

        let forged = directory.claim("name", FIRST, |_| false);
        let unknown = directory.claim("another", FIRST, |_| true);
        let first = directory.claim("name", FIRST, |_| true);
        let second = directory.claim("name", SECOND, |_| true);
        let forged_later = directory.claim("name", SECOND, |_| false);

        assert!(matches!(forged, Claim::Nobody));
        assert!(matches!(unknown, Claim::Nobody));
        assert!(is_yours(&first));
        assert!(matches!(second, Claim::Of(_, FIRST)));
        assert!(matches!(forged_later, Claim::Nobody));
        assert!(matches!(directory.find(id), Place::At(FIRST)));
    }

    #[test]
    fn who_waits_is_given_away_once() {
        let directory = Directory::default();
        let (id, newcomer) = newcomer("name");
        directory.insert(newcomer).unwrap();

        let taken = directory.take_waiting(id);

        assert_eq!(taken.map(|conversation| conversation.id()), Some(id));
        assert!(directory.take_waiting(id).is_none());
        assert!(!is_yours(&directory.claim("name", FIRST, |_| true)));
    }

    #[test]
    fn who_is_over_is_nowhere() {
        let directory = Directory::default();
        let (id, newcomer) = newcomer("name");
        directory.assign(&newcomer, SECOND).unwrap();
        assert!(matches!(directory.find(id), Place::At(SECOND)));

        directory.forget(id);

        assert!(matches!(directory.find(id), Place::Nowhere));
        assert!(matches!(
            directory.claim("name", FIRST, |_| true),
            Claim::Nobody
        ));
    }

    #[test]
    fn a_closed_directory_gives_back_who_waits_and_takes_nobody() {
        let directory = Directory::default();
        let ((id, waiting), (_, late)) = (newcomer("name"), newcomer("late"));
        directory.insert(waiting).unwrap();

        let given_back = directory.close();

        assert_eq!(given_back.len(), 1);
        assert_eq!(given_back[0].id(), id);
        assert_eq!(directory.assign(&late, FIRST), Err(ClosedError));
        assert_eq!(directory.insert(late), Err(ClosedError));
        assert!(directory.close().is_empty());
    }

    #[test]
    fn an_answer_finds_the_shard_that_asked() {
        let directory = Directory::default();
        let address = "192.0.2.1:3478".parse().unwrap();
        directory.note_asked(address, SECOND);

        assert_eq!(directory.who_asked(address), Some(SECOND));
        directory.forget_asked(address);
        assert_eq!(directory.who_asked(address), None);
    }

    /// A restart under this name of ours.
    fn restart(ufrag: &str) -> Patch {
        let fragment = format!("a=ice-ufrag:{ufrag}\r\na=ice-pwd:{PASSWORD_OF_HIS}{ufrag}\r\n");
        Patch {
            meant_for: IceSessions::Any,
            fragment: Fragment::parse(fragment.as_bytes()).unwrap(),
            local: LocalSide {
                ufrag: ufrag.to_owned(),
                password: PASSWORD.to_owned(),
                candidates: Vec::new(),
                mode: IceMode::Lite,
            },
        }
    }

    #[test]
    fn whoever_restarts_while_he_waits_is_known_by_both_names_and_by_no_third() {
        let directory = Directory::default();
        let (id, newcomer) = newcomer("name");
        directory.insert(newcomer).unwrap();
        let now = Instant::now();

        for ufrag in ["second", "third"] {
            let asked = directory.ask(id, |waiting| waiting.patch(&restart(ufrag), now).is_ok());
            assert_eq!(asked, Asked::Answered(true));
        }

        let dropped = directory.claim("second", FIRST, |_| true);
        let former = directory.claim("name", FIRST, |_| true);
        let current = directory.claim("third", SECOND, |_| true);
        assert!(matches!(dropped, Claim::Nobody));
        assert!(is_yours(&former));
        assert!(matches!(current, Claim::Of(_, FIRST)));
        assert_eq!(directory.ask(id, |_| ()), Asked::At(FIRST));
    }

    #[test]
    fn a_name_that_is_given_up_is_nobodys() {
        let directory = Directory::default();
        let (id, newcomer) = newcomer("name");
        directory.assign(&newcomer, SECOND).unwrap();
        let mut conversation = newcomer.conversation;
        conversation
            .patch(&restart("second"), Instant::now())
            .unwrap();
        let both = conversation.take_new_names().unwrap();
        let one = Names {
            former: None,
            ..both.clone()
        };

        directory.rename(id, &both);
        let owners = ["name", "second"].map(|name| directory.claim(name, FIRST, |_| true));
        directory.rename(id, &one);
        let former = directory.claim("name", FIRST, |_| true);
        directory.forget(id);
        let current = directory.claim("second", FIRST, |_| true);

        assert!(
            owners
                .iter()
                .all(|owner| matches!(owner, Claim::Of(_, SECOND)))
        );
        assert!(matches!(former, Claim::Nobody));
        assert!(matches!(current, Claim::Nobody));
        assert_eq!(directory.ask(id, |_| ()), Asked::Nowhere);
    }
}
