//! Looks for what is still to come of a recording: the end of its call, and then its waveform, which
//! the server draws soon after that.

use std::time::Duration;

use shared::ConversationId;

use super::{Drawing, Effect, Facts, Fresh, Piece, Place, Player, Purpose, Shelf, Step, Trouble};
use crate::own_path::OwnPath;

/// Before each look at a recording whose call goes on.
const WHILE_LIVE: Duration = Duration::from_secs(15);
/// Before each look for a waveform. One that has not come by then may be long in coming, and is asked
/// for when the recording is played.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

impl Shelf {
    /// The pause is over.
    pub(super) fn look(self, id: ConversationId) -> Step {
        let awaited = self.piece(id).filter(|piece| piece.pause().is_some());
        let path = awaited.map(|piece| piece.found.path.clone());
        let freshen = path.map(|path| Effect::Freshen(id, Purpose::Look, path));
        (self, freshen.into_iter().collect())
    }

    /// Nobody asked for this look: what fails is not told, and wants no key.
    pub(super) fn see(self, id: ConversationId, seen: Result<Fresh, Trouble>) -> Step {
        let is_live = |piece: &Piece| piece.found.facts.is_live();
        let was_live = self.piece(id).is_some_and(is_live);
        let facts = match seen {
            Ok(fresh) => Some(*fresh.facts),
            Err(Trouble::Away) => None,
            // It was deleted after its call; its row would say for ever that it is live.
            Err(Trouble::Gone) if was_live => return self.lose(id),
            Err(_) => return (self, Vec::new()),
        };
        let mut effects = Vec::new();
        let shelf = self.change(id, |piece| {
            piece.looks += usize::from(!was_live);
            effects.extend(facts.into_iter().flat_map(|facts| piece.learn(facts)));
            effects.extend(piece.look_later());
        });
        (shelf, effects)
    }

    /// Whoever is in its row goes on in the one that follows.
    fn lose(self, id: ConversationId) -> Step {
        let ids = self.ids();
        let place = ids.iter().position(|one| *one == id).unwrap_or_default();
        let (shelf, _) = self.remove(id);
        let focus = shelf.place_at(place);
        (shelf, vec![Effect::HandFocus(id, focus)])
    }
}

impl Piece {
    /// A row is drawn anew with its facts, so they stay as they are while only links differ.
    fn learn(&mut self, facts: Facts) -> Vec<Effect> {
        let mut effects = Vec::new();
        let peaks = facts.short_peaks().cloned();
        let old = &self.found.facts;
        if facts.status != old.status || facts.delete.is_some() != old.delete.is_some() {
            let is_open = matches!(self.player, Player::Open(_));
            effects.extend(is_open.then_some(Effect::KeepPlace(facts.id)));
            effects.push(Effect::HandFocus(facts.id, Place::Piece(facts.id)));
            self.found.facts = facts;
        }
        effects.extend(self.draw(peaks));
        effects
    }

    /// Unless it is drawn already.
    pub(super) fn draw(&mut self, peaks: Option<OwnPath>) -> Option<Effect> {
        let peaks = peaks.filter(|_| self.drawing == Drawing::None)?;
        self.drawing = Drawing::Asked;
        Some(Effect::Draw(self.found.facts.id, peaks))
    }

    pub(super) fn look_later(&self) -> Option<Effect> {
        let pause = self.pause()?;
        Some(Effect::LookLater(self.found.facts.id, pause))
    }

    /// How long until the next look, if there is something to come.
    fn pause(&self) -> Option<Duration> {
        if self.found.facts.is_live() {
            return Some(WHILE_LIVE);
        }
        let is_awaited = self.drawing == Drawing::None && self.found.facts.awaits_short_peaks();
        PAUSES.get(self.looks).copied().filter(|_| is_awaited)
    }
}
