//! Links that are fetched when they are needed, for they may be good for minutes only: to play, and to
//! download. Neither waits for the other.

use shared::ConversationId;

use super::{
    Download, Effect, Fresh, Piece, Place, Player, Purpose, Shelf, Step, Trouble, go_on_after,
};

impl Shelf {
    pub(super) fn open_player(self, id: ConversationId) -> Step {
        let Some(piece) = self.piece(id) else {
            return (self, Vec::new());
        };
        if matches!(piece.player, Player::Opening | Player::Open(_)) {
            return (self, Vec::new());
        }
        let freshen = Effect::Freshen(id, Purpose::Play, piece.found.path.clone());
        let shelf = self.change(id, |piece| piece.player = Player::Opening);
        (shelf, vec![freshen])
    }

    pub(super) fn ask_for_file(self, id: ConversationId) -> Step {
        let Some(piece) = self.piece(id) else {
            return (self, Vec::new());
        };
        if piece.download == Download::Asked {
            return (self, Vec::new());
        }
        let freshen = Effect::Freshen(id, Purpose::Download, piece.found.path.clone());
        let shelf = self.change(id, |piece| piece.download = Download::Asked);
        (shelf, vec![freshen])
    }

    pub(super) fn play(self, id: ConversationId, fresh: Result<Fresh, Trouble>) -> Step {
        let is_opening = |piece: &Piece| piece.player == Player::Opening;
        if !self.piece(id).is_some_and(is_opening) {
            return (self, Vec::new());
        }
        let (player, peaks, mut effects) = match fresh {
            Err(trouble) => {
                let effects = go_on_after(&trouble, None);
                (Player::Failed(trouble), None, effects)
            }
            Ok(Fresh { playable: None, .. }) => {
                (Player::Failed(Trouble::Unplayable), None, Vec::new())
            }
            Ok(Fresh {
                playable: Some(path),
                facts,
            }) => {
                let effects = vec![Effect::Focus(Place::Player(id))];
                (Player::Open(path), facts.peaks, effects)
            }
        };
        let shelf = self.change(id, |piece| {
            piece.player = player;
            effects.extend(piece.draw(peaks));
        });
        (shelf, effects)
    }

    pub(super) fn download(self, id: ConversationId, fresh: Result<Fresh, Trouble>) -> Step {
        let is_asked = self.piece(id).map(|piece| &piece.download) == Some(&Download::Asked);
        if !is_asked {
            return (self, Vec::new());
        }
        let file = fresh.and_then(|fresh| fresh.facts.audio.ok_or(Trouble::Gone));
        let (download, effects) = match file {
            Ok(path) => (Download::Idle, vec![Effect::Download(id, path)]),
            Err(trouble) => {
                let effects = go_on_after(&trouble, None);
                (Download::Failed(trouble), effects)
            }
        };
        (self.change(id, |piece| piece.download = download), effects)
    }

    pub(super) fn close_broken_player(self, id: ConversationId) -> Step {
        let mut effects = Vec::new();
        let shelf = self.change(id, |piece| {
            if let Player::Open(_) = piece.player {
                piece.player = Player::Failed(Trouble::BrokeOff);
                effects.push(Effect::KeepPlace(id));
                effects.push(Effect::HandFocus(id, Place::Piece(id)));
            }
        });
        (shelf, effects)
    }
}
