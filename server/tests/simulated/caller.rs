//! The caller's end: the library as an offerer, driven by hand.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use rtc::interceptor::Registry;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::configure_rtcp_reports;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::{RTCDtlsTransportState, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp;
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RtpCodecKind,
};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

const SSRC: u32 = 0x5eed;
const PAYLOAD_TYPE: u8 = 111;

/// What a caller says or hears: sequence number, timestamp and payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) sequence_number: u16,
    pub(crate) timestamp_48k: u32,
    pub(crate) payload: Bytes,
}

pub(crate) struct Caller {
    connection: RTCPeerConnection,
    sender: RTCRtpSenderId,
    address: SocketAddr,
    server: SocketAddr,
    next_sequence_number: u16,
    next_timestamp_48k: u32,
    heard: Vec<Spoken>,
    outgoing: VecDeque<BytesMut>,
    is_connected: bool,
}

impl Caller {
    pub(crate) fn new(address: SocketAddr, server: SocketAddr, now: Instant) -> Self {
        let opus = RTCRtpCodec {
            mime_type: MIME_TYPE_OPUS.to_owned(),
            clock_rate: 48_000,
            channels: 2,
            sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
            rtcp_feedback: vec![],
        };
        let mut media = MediaEngine::default();
        let codec = RTCRtpCodecParameters {
            rtp_codec: opus.clone(),
            payload_type: PAYLOAD_TYPE,
        };
        media.register_codec(codec, RtpCodecKind::Audio).unwrap();
        let mut connection = RTCPeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_setting_engine(
                SettingEngineBuilder::new()
                    .with_discard_local_candidates_during_ice_restart(true)
                    .build(),
            )
            .with_media_engine(media)
            .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
            .build(now)
            .unwrap();
        let track = MediaStreamTrack::new(
            "caller".to_owned(),
            "microphone".to_owned(),
            "microphone".to_owned(),
            RtpCodecKind::Audio,
            vec![RTCRtpEncodingParameters {
                rtp_coding_parameters: RTCRtpCodingParameters {
                    ssrc: Some(SSRC),
                    ..Default::default()
                },
                codec: opus,
                ..Default::default()
            }],
        );
        let sender = connection.add_track(track).unwrap();
        Self {
            connection,
            sender,
            address,
            server,
            // Both wrap around in the first second.
            next_sequence_number: u16::MAX - 10,
            next_timestamp_48k: u32::MAX - 9_600,
            heard: Vec::new(),
            outgoing: VecDeque::new(),
            is_connected: false,
        }
    }

    pub(crate) fn offer(&mut self, now: Instant) -> String {
        let offer = self.connection.create_offer(None).unwrap();
        self.connection.set_local_description(now, offer).unwrap();
        let (ip, port) = (self.address.ip(), self.address.port());
        let candidate = format!("candidate:1 1 udp 2130706431 {ip} {port} typ host");
        let init = RTCIceCandidateInit {
            candidate,
            ..Default::default()
        };
        self.connection.add_local_candidate(init).unwrap();
        self.connection
            .add_local_candidate(RTCIceCandidateInit::default())
            .unwrap();
        self.connection.local_description().unwrap().sdp
    }

    /// Another offer, under new credentials and from this address from now on.
    pub(crate) fn restart(&mut self, address: SocketAddr, now: Instant) -> String {
        self.connection.restart_ice();
        self.address = address;
        self.offer(now)
    }

    pub(crate) fn take_answer(&mut self, answer: String, now: Instant) {
        let answer = RTCSessionDescription::answer(answer).unwrap();
        self.connection.set_remote_description(now, answer).unwrap();
        self.pump(now);
    }

    pub(crate) fn handle(&mut self, bytes: BytesMut, now: Instant) {
        let transport = TransportContext {
            local_addr: self.address,
            peer_addr: self.server,
            transport_protocol: TransportProtocol::UDP,
            ecn: None,
        };
        let _ = self.connection.handle_read(TaggedBytesMut {
            now,
            transport,
            message: bytes,
        });
        self.pump(now);
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let _ = self.connection.handle_timeout(now);
        self.pump(now);
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<BytesMut> {
        self.outgoing.pop_front()
    }

    pub(crate) fn speak(&mut self, now: Instant) -> Spoken {
        self.speak_of(5, now)
    }

    /// The same with a payload of so many bytes, five at least.
    pub(crate) fn speak_of(&mut self, bytes: usize, now: Instant) -> Spoken {
        // A CELT frame of 20 ms by its TOC, with a stamp of its own behind it.
        let mut payload = [&[0xf8], self.next_timestamp_48k.to_be_bytes().as_slice()].concat();
        payload.resize(bytes.max(payload.len()), 0);
        let spoken = Spoken {
            sequence_number: self.next_sequence_number,
            timestamp_48k: self.next_timestamp_48k,
            payload: payload.into(),
        };
        self.next_sequence_number = self.next_sequence_number.wrapping_add(1);
        self.next_timestamp_48k = self.next_timestamp_48k.wrapping_add(960);
        let packet = rtp::Packet {
            header: rtp::Header {
                version: 2,
                payload_type: PAYLOAD_TYPE,
                sequence_number: spoken.sequence_number,
                timestamp: spoken.timestamp_48k,
                ssrc: SSRC,
                ..Default::default()
            },
            payload: spoken.payload.clone(),
        };
        self.connection
            .rtp_sender(self.sender)
            .unwrap()
            .write_rtp(now, packet)
            .unwrap();
        self.pump(now);
        spoken
    }

    pub(crate) fn hang_up(&mut self, now: Instant) {
        self.connection.close().unwrap();
        self.pump(now);
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected
    }

    pub(crate) fn heard(&self) -> Vec<Spoken> {
        self.heard.clone()
    }

    pub(crate) fn was_told_goodbye(&mut self) -> bool {
        let sender = self.connection.rtp_sender(self.sender).unwrap();
        sender.transport().unwrap().state() == RTCDtlsTransportState::Closed
    }

    fn pump(&mut self, now: Instant) {
        loop {
            let mut has_moved = false;
            while let Some(datagram) = self.connection.poll_write() {
                has_moved = true;
                self.outgoing.push_back(datagram.message);
            }
            while self.connection.poll_event().is_some() {
                has_moved = true;
                let _ = self.connection.handle_timeout(now);
            }
            while let Some(read) = self.connection.poll_read() {
                has_moved = true;
                if let RTCMessage::RtpPacket(_, packet) = read.message {
                    self.heard.push(Spoken {
                        sequence_number: packet.header.sequence_number,
                        timestamp_48k: packet.header.timestamp,
                        payload: packet.payload,
                    });
                }
            }
            if !has_moved {
                break;
            }
        }
        let sender = self.connection.rtp_sender(self.sender).unwrap();
        let state = sender.transport().map(|transport| transport.state());
        self.is_connected |= state == Some(RTCDtlsTransportState::Connected);
    }
}
