//! A native caller on the library's async layer: it offers, speaks Opus, and hears its echo.
//!
//! The server stands on the sans-IO core, so the two ends go two ways through the library.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::rtp;
use shared::ConversationId;
use shared::signaling::{CONVERSATION_ID_HEADER, OFFER_PATH};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, RTCPeerConnectionState, RTCSessionDescription, Registry,
    SettingEngineBuilder, configure_rtcp_reports,
};

use crate::signal::FRAME;
use crate::test_server::TestServer;
use crate::waiting::soon;

mod hearing;
mod microphone;
mod network;
mod restart;

pub use hearing::Heard;
pub use microphone::PAYLOAD_TYPE;
pub use network::{Link, Network};
pub use restart::without_candidates;

use hearing::Hearing;

/// Someone who calls. Call [`hang_up`](Self::hang_up) or [`vanish`](Self::vanish) at the end.
pub struct Caller {
    connection: Arc<dyn PeerConnection>,
    voice: Arc<TrackLocalStaticRTP>,
    hearing: Arc<Hearing>,
    network: Network,
    next: Numbers,
    sent_at: Vec<Instant>,
}

/// An answered call, as the HTTP answer names it.
#[derive(Clone, Debug)]
pub struct Call {
    pub id: ConversationId,
    /// Ends the call by DELETE.
    pub location: String,
    /// Names the ICE session in force.
    pub tag: String,
    pub answer: String,
}

/// The numbers of the next packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    pub sequence_number: u16,
    pub timestamp_48k: u32,
}

impl Numbers {
    /// What a packet of 20 ms leads to. Both wrap around (RFC 3550 §5.1).
    #[must_use]
    pub fn after(self, packets: u16) -> Self {
        let samples = u32::from(packets) * u32::try_from(FRAME).unwrap();
        Self {
            sequence_number: self.sequence_number.wrapping_add(packets),
            timestamp_48k: self.timestamp_48k.wrapping_add(samples),
        }
    }
}

/// Both numbers wrap around in the course of every longer call.
pub const FIRST_NUMBERS: Numbers = Numbers {
    sequence_number: u16::MAX - 20,
    timestamp_48k: u32::MAX - 30_000,
};

impl Caller {
    /// A caller on IPv4 loopback with a network that works.
    pub async fn new() -> Self {
        Self::on("127.0.0.1:0", Link::Up).await
    }

    /// A caller whose socket is bound to that address.
    pub async fn on(address: &str, link: Link) -> Self {
        let network = Network::new(link);
        let hearing = Hearing::new();
        let connection = connection(address, hearing.clone(), network.clone()).await;
        let voice = Arc::new(TrackLocalStaticRTP::new(microphone::track()));
        connection.add_track(voice.clone()).await.unwrap();
        Self {
            connection,
            voice,
            hearing,
            network,
            next: FIRST_NUMBERS,
            sent_at: Vec::new(),
        }
    }

    /// The complete offer, candidates included.
    pub async fn offer(&self) -> String {
        let offer = self.connection.create_offer(None).await.unwrap();
        self.connection.set_local_description(offer).await.unwrap();
        until(&self.hearing.is_gathered, "gathering", |is_done| *is_done).await;
        self.connection.local_description().await.unwrap().sdp
    }

    /// Takes the server's answer; the connection begins.
    pub async fn accept(&self, answer: &str) {
        let answer = RTCSessionDescription::answer(answer.to_owned()).unwrap();
        self.connection
            .set_remote_description(answer)
            .await
            .unwrap();
    }

    /// Offers and takes the answer.
    pub async fn call(&self, server: &TestServer) -> Call {
        let call = self.dial(server).await;
        self.accept(&call.answer).await;
        call
    }

    /// Offers and does not look at the answer.
    pub async fn dial(&self, server: &TestServer) -> Call {
        self.dial_at(server, OFFER_PATH).await
    }

    /// The same at another path, or with a query.
    pub async fn dial_at(&self, server: &TestServer, path: &str) -> Call {
        let offer = self.offer().await;
        Self::post(server, path, offer).await
    }

    /// Has that offer answered.
    pub async fn post(server: &TestServer, path: &str, offer: String) -> Call {
        let response = server.post_offer_to(path, offer).await;
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().unwrap();
            Some(value.to_owned())
        };
        let id = header(CONVERSATION_ID_HEADER);
        let location = header("location");
        let tag = header("etag");
        let answer = response.text().await.unwrap();
        assert!(status.is_success(), "{status}: {answer}");
        Call {
            id: id.unwrap().parse().unwrap(),
            location: location.unwrap(),
            tag: tag.unwrap(),
            answer,
        }
    }

    /// Calls and waits for the connection.
    pub async fn connect(server: &TestServer) -> (Self, Call) {
        Self::connect_at(server, OFFER_PATH).await
    }

    /// The same at another path, or with a query.
    pub async fn connect_at(server: &TestServer, path: &str) -> (Self, Call) {
        let caller = Self::new().await;
        let call = caller.dial_at(server, path).await;
        caller.accept(&call.answer).await;
        caller.until(RTCPeerConnectionState::Connected).await;
        (caller, call)
    }

    /// The same by a way that begins at this port, where a proxy is before the server's.
    pub async fn connect_by(port: u16, server: &TestServer) -> (Self, Call) {
        let caller = Self::new().await;
        let call = caller.dial(server).await;
        let direct = format!(" 127.0.0.1 {} typ", server.udp_port().await);
        let detour = format!(" 127.0.0.1 {port} typ");
        caller.accept(&call.answer.replace(&direct, &detour)).await;
        caller.until(RTCPeerConnectionState::Connected).await;
        (caller, call)
    }

    /// Waits for a state of the connection.
    pub async fn until(&self, wanted: RTCPeerConnectionState) {
        let what = format!("the caller is {wanted}");
        until(&self.hearing.state, &what, |state| *state == wanted).await;
    }

    /// What the network carries from now on.
    pub fn set_link(&self, link: Link) {
        self.network.set(link);
    }

    /// The numbers of the next packet.
    #[must_use]
    pub fn next_numbers(&self) -> Numbers {
        self.next
    }

    /// Speaks in real time: a packet each 20 ms.
    pub async fn say(&mut self, packets: &[Bytes]) {
        let mut ticks = interval(Duration::from_millis(20));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for packet in packets {
            ticks.tick().await;
            self.say_now(packet.clone()).await;
        }
    }

    /// Leaves a packet out, as a network would that loses it.
    pub fn lose(&mut self, packets: u16) {
        self.next = self.next.after(packets);
    }

    /// Numbers the next packet like this.
    pub fn set_next_numbers(&mut self, numbers: Numbers) {
        self.next = numbers;
    }

    /// Says nothing for that many packets, as an encoder does that saves silence (RFC 7587 §3.1.3):
    /// the time goes on, the packets are numbered on.
    pub fn keep_silent(&mut self, packets: u16) {
        self.next.timestamp_48k = self.next.after(packets).timestamp_48k;
    }

    /// Sends one packet at once.
    pub async fn say_now(&mut self, payload: Bytes) {
        self.send(rtp::Header::default(), payload).await;
    }

    /// Sends one packet at once, filled up to whole words behind its audio (RFC 3550 §5.1: P).
    pub async fn say_padded_now(&mut self, payload: Bytes) {
        let header = rtp::Header {
            padding: true,
            ..Default::default()
        };
        self.send(header, payload).await;
    }

    async fn send(&mut self, header: rtp::Header, payload: Bytes) {
        let packet = rtp::Packet {
            header: rtp::Header {
                version: 2,
                payload_type: PAYLOAD_TYPE,
                sequence_number: self.next.sequence_number,
                timestamp: self.next.timestamp_48k,
                ssrc: microphone::SSRC,
                ..header
            },
            payload,
        };
        self.sent_at.push(Instant::now());
        self.voice.write_rtp(packet).await.unwrap();
        self.next = self.next.after(1);
    }

    /// When each packet was sent, in the order it was.
    #[must_use]
    pub fn sent_at(&self) -> &[Instant] {
        &self.sent_at
    }

    /// The echo so far, in the order it came.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.hearing.heard.borrow().clone()
    }

    /// Waits until that many packets of the echo have come.
    pub async fn until_heard(&self, count: usize) -> Vec<Heard> {
        let mut heard = self.hearing.heard.subscribe();
        let enough = heard.wait_for(|heard| heard.len() >= count);
        let what = format!("{count} packets of the echo");
        soon(&what, enough).await.unwrap().clone()
    }

    /// Waits until RTCP packets of all these types have come in (RFC 3550 §12.1).
    pub async fn until_reported(&self, packet_types: &[u8]) {
        until(self.network.reports(), "RTCP", |reports| {
            packet_types.iter().all(|wanted| reports.contains(wanted))
        })
        .await;
    }

    /// Ends the call with a goodbye (`close_notify`).
    pub async fn hang_up(self) {
        self.connection.close().await.unwrap();
    }

    /// Is gone without a word.
    pub async fn vanish(self) {
        self.network.set(Link::Down);
        self.connection.close().await.unwrap();
    }
}

async fn connection(
    address: &str,
    hearing: Arc<Hearing>,
    network: Network,
) -> Arc<dyn PeerConnection> {
    let settings = SettingEngineBuilder::new()
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_srtp_replay_protection_window(256)
        // A restart of ICE takes another socket.
        .with_discard_local_candidates_during_ice_restart(true)
        .build();
    let builder = PeerConnectionBuilder::new()
        .with_media_engine(microphone::opus_only())
        .with_setting_engine(settings)
        .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
        .with_handler(hearing)
        .with_runtime(Arc::new(network))
        .with_udp_addrs(vec![address.to_owned()]);
    // The library's future is large: it is boxed, so that no test has to carry it.
    Arc::new(Box::pin(builder.build()).await.unwrap())
}

async fn until<T>(value: &watch::Sender<T>, what: &str, is_reached: impl FnMut(&T) -> bool) {
    let mut value = value.subscribe();
    drop(soon(what, value.wait_for(is_reached)).await.unwrap());
}
