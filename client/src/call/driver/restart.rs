//! Carries out ICE begun anew.

use leptos::task::spawn_local;

use super::Driver;
use crate::api::requests;
use crate::browser::page;
use crate::browser::peer_connection::PeerConnection;
use crate::call::{Attempt, News, Restarted};
use crate::fragment;
use crate::own_path::OwnPath;

impl Driver {
    pub(super) fn restart(self, attempt: Attempt, path: OwnPath) {
        let offer = self.try_with_line(attempt, |line| {
            line.peer.as_ref().map(PeerConnection::offer_anew)
        });
        let Some(offer) = offer.flatten() else { return };
        spawn_local(async move {
            let fragment = match offer.await {
                Ok(sdp) => fragment::of_offer(&sdp),
                Err(error) => {
                    page::log("ICE does not begin anew", &error);
                    None
                }
            };
            let restarted = match fragment {
                Some(fragment) => requests::restart(&path, &fragment).await,
                None => Restarted::Failed,
            };
            self.tell(attempt, News::Restarted(restarted));
        });
    }

    pub(super) fn accept_renewed(self, attempt: Attempt, sdp: &str) {
        let accepted = self.try_with_line(attempt, |line| {
            line.peer.as_ref().map(|peer| peer.accept(sdp))
        });
        let Some(accepted) = accepted.flatten() else {
            return;
        };
        spawn_local(async move {
            let news = match accepted.await {
                Ok(()) => News::Renewed,
                Err(error) => {
                    page::log("the renewed answer is not taken", &error);
                    News::Restarted(Restarted::Failed)
                }
            };
            self.tell(attempt, news);
        });
    }
}
