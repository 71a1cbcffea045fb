//! Looks for what is still to come of a recording: the server draws its waveform soon after its end.

use std::time::Duration;

use shared::ConversationId;

use super::{Drawing, Effect, Fresh, Piece, Purpose, Shelf, Step, Trouble};
use crate::own_path::OwnPath;

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
        let peaks = match seen {
            Ok(fresh) => fresh.facts.short_peaks().cloned(),
            Err(Trouble::Away) => None,
            Err(_) => return (self, Vec::new()),
        };
        let mut effects = Vec::new();
        let shelf = self.change(id, |piece| {
            piece.looks += 1;
            effects.extend(piece.draw(peaks));
            effects.extend(piece.look_later());
        });
        (shelf, effects)
    }
}

impl Piece {
    /// Unless it is drawn already. The row's own links stay as they are, or it would be drawn anew.
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
        let is_awaited = self.drawing == Drawing::None && self.found.facts.awaits_short_peaks();
        PAUSES.get(self.looks).copied().filter(|_| is_awaited)
    }
}
