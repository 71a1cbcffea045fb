//! What a browser counts of a call, as its statistics (W3C webrtc-stats) tell it at one moment.

/// Counters count from the call's beginning, or from wherever the browser began anew.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub inbound: Inbound,
    pub outbound: Outbound,
    /// `remote-inbound-rtp.roundTripTime`, by the reports of RTCP, in seconds.
    pub reported_round_trip_s: Option<f64>,
    /// `candidate-pair.currentRoundTripTime`, by the checks of ICE, in seconds.
    pub checked_round_trip_s: Option<f64>,
    pub path: Option<Path>,
    pub codec: Option<Codec>,
}

/// What came back (`inbound-rtp`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Inbound {
    pub packets_received: Option<f64>,
    /// Falls when a packet comes that was thought lost; may be negative (RFC 3550 §6.4.1).
    pub packets_lost: Option<f64>,
    pub jitter_s: Option<f64>,
    pub bytes_received: Option<f64>,
    /// Of all samples that left the buffer, together.
    pub jitter_buffer_delay_s: Option<f64>,
    /// Samples that left the buffer.
    pub jitter_buffer_emitted: Option<f64>,
    pub concealed_samples: Option<f64>,
    /// Those of them that are silence: what was not sent is no loss.
    pub silent_concealed_samples: Option<f64>,
    pub total_samples_received: Option<f64>,
}

/// What goes out (`outbound-rtp`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outbound {
    pub packets_sent: Option<f64>,
    pub bytes_sent: Option<f64>,
}

/// The way of the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    pub candidate: Candidate,
    pub protocol: Protocol,
}

/// What our end of the way is (RFC 8445 §5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// An address of this device.
    Host,
    /// An address that a STUN server told, of a router before this device.
    ServerReflexive,
    /// The same, as the server sees it.
    PeerReflexive,
    /// An address of a TURN server.
    Relay,
}

/// What carries the packets; with a relay, as far as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Udp,
    /// TCP, or TLS upon it.
    Tcp,
}

/// How the sound is packed.
#[derive(Clone, Debug, PartialEq)]
pub struct Codec {
    /// Such as `audio/opus`.
    pub mime_type: String,
    pub clock_rate_hz: Option<f64>,
}

impl Inbound {
    /// What is counted before anything came. Firefox tells nothing of it till then.
    pub const NOTHING: Self = Self {
        packets_received: Some(0.0),
        packets_lost: Some(0.0),
        jitter_s: None,
        bytes_received: Some(0.0),
        jitter_buffer_delay_s: Some(0.0),
        jitter_buffer_emitted: Some(0.0),
        concealed_samples: Some(0.0),
        silent_concealed_samples: Some(0.0),
        total_samples_received: Some(0.0),
    };
}

impl Candidate {
    /// By its name in the statistics (`RTCIceCandidateType`).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "host" => Some(Self::Host),
            "srflx" => Some(Self::ServerReflexive),
            "prflx" => Some(Self::PeerReflexive),
            "relay" => Some(Self::Relay),
            _ => None,
        }
    }

    /// As it is called in the page's attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relay => "relay",
        }
    }
}

impl Protocol {
    /// By its name in the statistics (`protocol`, `relayProtocol`).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "udp" => Some(Self::Udp),
            "tcp" | "tls" => Some(Self::Tcp),
            _ => None,
        }
    }

    /// As it is called in the page's attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}
