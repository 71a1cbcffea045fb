//! The connection that carries the call.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    EventTarget, MediaStream, RtcIceConnectionState, RtcIceGatheringState, RtcOfferOptions,
    RtcPeerConnection, RtcPeerConnectionState, RtcRtpSender, RtcSdpType, RtcSessionDescription,
    RtcSessionDescriptionInit, RtcTrackEvent,
};

use super::BrowserError;
use super::listener::Listener;
use super::microphone::Microphone;
use super::stats;
use super::timer::{self, Timer};
use crate::call::Link;
use crate::line_quality::Snapshot;

/// How long our own candidates are waited for. They are for servers that send checks
/// themselves; any other learns our address from our first check (RFC 8445 §7.3.1.3).
const GATHERING: Duration = Duration::from_millis(500);
/// The same in a network that may just have come up.
const GATHERING_ANEW: Duration = Duration::from_secs(2);
const CANDIDATE: &str = "a=candidate:";

/// A connection with one microphone; dropping it closes it.
pub struct PeerConnection {
    connection: RtcPeerConnection,
    sender: RtcRtpSender,
    notify: Rc<dyn Fn(Notice)>,
    listeners: Vec<Listener>,
}

/// What a connection tells.
pub enum Notice {
    Link(Link),
    /// A way to the server is found.
    WayFound,
    /// The first packet has come back.
    FirstPacket,
    /// What comes back, or why it can't be played.
    Sound(Result<RemoteSound, BrowserError>),
}

/// What comes back.
pub struct RemoteSound(MediaStream);

impl RemoteSound {
    fn of(event: &RtcTrackEvent) -> Result<Self, BrowserError> {
        // The event's own streams depend on what the server wrote into its answer.
        let stream = MediaStream::new()?;
        stream.add_track(&event.track());
        Ok(Self(stream))
    }

    pub(super) fn stream(&self) -> &MediaStream {
        &self.0
    }
}

impl PeerConnection {
    /// A connection that will send the microphone and receive one sound.
    ///
    /// # Errors
    /// The browser makes no connections.
    pub fn open(
        microphone: &Microphone,
        notify: impl Fn(Notice) + 'static,
    ) -> Result<Self, BrowserError> {
        let connection = RtcPeerConnection::new()?;
        let sender = connection.add_track_0(microphone.track(), microphone.stream());
        let mut peer = Self {
            connection,
            sender,
            notify: Rc::new(notify),
            listeners: Vec::new(),
        };
        peer.watch_link()?;
        peer.watch_way()?;
        peer.watch_sound()?;
        Ok(peer)
    }

    /// Sends that microphone in the place of the one before. Neither side has to agree on anything
    /// again (WebRTC §5.2, `replaceTrack`), so the call and its recording go on.
    pub fn replace_microphone(
        &self,
        microphone: &Microphone,
    ) -> impl Future<Output = Result<(), BrowserError>> + use<> {
        let replaced = self.sender.replace_track(Some(microphone.track()));
        async move {
            JsFuture::from(replaced).await?;
            Ok(())
        }
    }

    /// Makes an offer (SDP) with those of our candidates that are quickly found.
    pub fn offer(&self) -> impl Future<Output = Result<String, BrowserError>> + use<> {
        self.offer_with(&RtcOfferOptions::new(), GATHERING)
    }

    /// The same under new ICE credentials, with candidates that are looked for anew.
    pub fn offer_anew(&self) -> impl Future<Output = Result<String, BrowserError>> + use<> {
        let options = RtcOfferOptions::new();
        options.set_ice_restart(true);
        self.offer_with(&options, GATHERING_ANEW)
    }

    fn offer_with(
        &self,
        options: &RtcOfferOptions,
        gathering: Duration,
    ) -> impl Future<Output = Result<String, BrowserError>> + use<> {
        let connection = self.connection.clone();
        let options = options.clone();
        async move {
            let offer = connection.create_offer_with_rtc_offer_options(&options);
            let offer = JsFuture::from(offer).await?;
            let offer: RtcSessionDescriptionInit = offer.unchecked_into();
            JsFuture::from(connection.set_local_description(&offer)).await?;
            gather(&connection, gathering).await?;
            local_sdp(&connection)
                .ok_or_else(|| BrowserError::named("InvalidStateError", "there is no offer"))
        }
    }

    /// Takes the server's answer (SDP).
    pub fn accept(&self, answer: &str) -> impl Future<Output = Result<(), BrowserError>> + use<> {
        let description = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
        description.set_sdp(answer);
        let accepted = self.connection.set_remote_description(&description);
        async move {
            JsFuture::from(accepted).await?;
            Ok(())
        }
    }

    /// What was counted of the call so far.
    pub fn count(&self) -> impl Future<Output = Result<Snapshot, BrowserError>> + use<> {
        let connection = self.connection.clone();
        async move { stats::read(&connection).await }
    }

    /// What sends the microphone.
    pub(super) fn sender(&self) -> &RtcRtpSender {
        &self.sender
    }

    fn watch_link(&mut self) -> Result<(), BrowserError> {
        let connection = self.connection.clone();
        let notify = Rc::clone(&self.notify);
        self.listen("connectionstatechange", move |_| {
            if let Some(link) = link(connection.connection_state()) {
                notify(Notice::Link(link));
            }
        })
    }

    fn watch_way(&mut self) -> Result<(), BrowserError> {
        let connection = self.connection.clone();
        let notify = Rc::clone(&self.notify);
        self.listen("iceconnectionstatechange", move |_| {
            if connection.ice_connection_state() == RtcIceConnectionState::Connected {
                notify(Notice::WayFound);
            }
        })
    }

    fn watch_sound(&mut self) -> Result<(), BrowserError> {
        let notify = Rc::clone(&self.notify);
        let first = Rc::new(RefCell::new(None));
        self.listen("track", move |event| {
            let event: &RtcTrackEvent = event.unchecked_ref();
            // A track that is received is muted until something comes (WebRTC §5.3).
            let notify_first = Rc::clone(&notify);
            let heard = Listener::new(&event.track(), "unmute", move |_| {
                notify_first(Notice::FirstPacket);
            });
            *first.borrow_mut() = heard.ok();
            notify(Notice::Sound(RemoteSound::of(event)));
        })
    }

    /// What both sides agreed on: our description and the server's (SDP).
    pub fn descriptions(&self) -> [String; 2] {
        let sdp = |description: Option<RtcSessionDescription>| {
            description.map_or_else(String::new, |description| description.sdp())
        };
        [
            sdp(self.connection.local_description()),
            sdp(self.connection.remote_description()),
        ]
    }

    /// Everything the browser counts, in JSON.
    pub fn statistics(&self) -> impl Future<Output = Result<String, BrowserError>> + use<> {
        let asked = self.connection.get_stats();
        async move {
            let report = JsFuture::from(asked).await?;
            let entries = Object::from_entries(&report)?;
            let json = JSON::stringify(&Object::values(&entries))?;
            Ok(json.into())
        }
    }

    fn listen(
        &mut self,
        event: &'static str,
        heard: impl FnMut(web_sys::Event) + 'static,
    ) -> Result<(), BrowserError> {
        let listener = Listener::new(&self.connection, event, heard)?;
        self.listeners.push(listener);
        Ok(())
    }

    /// Hears the server's goodbye, from when an offer was made. A connection whose DTLS the
    /// server closed still counts as connected (WebRTC §4.3.3), so the transport is asked.
    ///
    /// # Errors
    /// The transport takes no listeners.
    pub fn watch_goodbye(&mut self) -> Result<(), BrowserError> {
        // The bindings lack the transport. A browser without it ends the call by silence.
        let transport = Reflect::get(&self.sender, &"transport".into())?;
        let Ok(transport) = transport.dyn_into::<EventTarget>() else {
            return Ok(());
        };
        let notify = Rc::clone(&self.notify);
        let listener = Listener::new(&transport, "statechange", move |event| {
            let state = event
                .target()
                .and_then(|transport| Reflect::get(&transport, &"state".into()).ok());
            if state.is_some_and(|state| state == "closed") {
                notify(Notice::Link(Link::Goodbye));
            }
        })?;
        self.listeners.push(listener);
        Ok(())
    }
}

impl Drop for PeerConnection {
    fn drop(&mut self) {
        // First, so that our own closing is not heard as the server's.
        self.listeners.clear();
        self.connection.close();
    }
}

fn link(state: RtcPeerConnectionState) -> Option<Link> {
    match state {
        RtcPeerConnectionState::Connected => Some(Link::Up),
        RtcPeerConnectionState::Disconnected => Some(Link::Shaky),
        RtcPeerConnectionState::Failed => Some(Link::Down),
        RtcPeerConnectionState::Closed => Some(Link::Goodbye),
        _ => None,
    }
}

fn local_sdp(connection: &RtcPeerConnection) -> Option<String> {
    let description = connection.local_description();
    description.map(|description| description.sdp())
}

/// Waits until all candidates are found, but not longer than that.
async fn gather(connection: &RtcPeerConnection, longest: Duration) -> Result<(), BrowserError> {
    // After a restart the state may for a moment still be that of the gathering before.
    let has_some = local_sdp(connection).is_some_and(|sdp| sdp.contains(CANDIDATE));
    if has_some && connection.ice_gathering_state() == RtcIceGatheringState::Complete {
        return Ok(());
    }
    let (enough, stop) = timer::promise();
    let stop_late = stop.clone();
    let late = Timer::after(longest, move || {
        // A promise takes any call; there is nothing to fail.
        let _ = stop_late.call0(&JsValue::NULL);
    })?;
    let gathering = connection.clone();
    let complete = Listener::new(connection, "icegatheringstatechange", move |_| {
        if gathering.ice_gathering_state() == RtcIceGatheringState::Complete {
            // As above.
            let _ = stop.call0(&JsValue::NULL);
        }
    })?;
    JsFuture::from(enough).await?;
    drop((late, complete));
    Ok(())
}
