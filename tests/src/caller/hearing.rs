//! What a caller's connection tells him: its states, and every packet of the echo.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinSet;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionState,
};

/// One packet of the echo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When.
    pub at: Instant,
    pub ssrc: u32,
    pub payload_type: u8,
    pub sequence_number: u16,
    pub timestamp_48k: u32,
    pub payload: Bytes,
}

/// Collects everything one connection reports.
pub(super) struct Hearing {
    pub(super) state: watch::Sender<RTCPeerConnectionState>,
    pub(super) is_gathered: watch::Sender<bool>,
    pub(super) heard: watch::Sender<Vec<Heard>>,
    listeners: Mutex<JoinSet<()>>,
}

impl Hearing {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: watch::Sender::new(RTCPeerConnectionState::New),
            is_gathered: watch::Sender::new(false),
            heard: watch::Sender::new(Vec::new()),
            listeners: Mutex::new(JoinSet::new()),
        })
    }
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Hearing {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.is_gathered.send_replace(true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let heard = self.heard.clone();
        let listening = async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    heard.send_modify(|heard| {
                        heard.push(Heard {
                            at: Instant::now(),
                            ssrc: packet.header.ssrc,
                            payload_type: packet.header.payload_type,
                            sequence_number: packet.header.sequence_number,
                            timestamp_48k: packet.header.timestamp,
                            payload: packet.payload,
                        });
                    });
                }
            }
        };
        self.listeners.lock().unwrap().spawn(listening);
    }
}
