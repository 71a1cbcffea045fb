//! How the library is set up for one call, and how its packets become ours.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{Registry, Slot};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::configure_rtcp_reports;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::{SettingEngine, SettingEngineBuilder};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::{RTCDtlsRole, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp;
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RtpCodecKind,
};
use rtc::shared::marshal::MarshalSize;

use super::offer::{Direction, DtlsRole, Offer};
use super::reports::Deliver;
use super::{AcceptError, IceMode, Identity, LocalSide, candidates};
use crate::packet::{AudioPacket, SenderReport};

/// Behind everything that reads reports, before the end of the chain, which drops them.
const DELIVER: Slot = Slot::Custom(20_000);
/// The caller's consent to be sent to is asked for this often (RFC 7675 §5.1 wants 4–6 s at most).
const KEEPALIVE: Duration = Duration::from_secs(2);
const DISCONNECTED_AFTER: Duration = Duration::from_secs(5);
/// A packet is told from one that somebody sends a second time if no more than so many overtook it
/// (RFC 3711 §3.3.2: at least 64); more than the recorder ever waits for.
const REPLAY_WINDOW: usize = 2048;
/// A payload shares the buffer of its packet, unless its header takes up more than this there.
const SMALL_HEADER: usize = 128;

pub(super) struct Accepted {
    pub(super) connection: RTCPeerConnection,
    pub(super) sender: Option<RTCRtpSenderId>,
    pub(super) echo_ssrc: u32,
    pub(super) answer: String,
}

pub(super) fn accept(
    offer: &Offer,
    local: &LocalSide,
    identity: &Identity,
    now: Instant,
) -> Result<Accepted, AcceptError> {
    let mut media = MediaEngine::default();
    media.register_codec(
        RTCRtpCodecParameters {
            rtp_codec: opus(offer),
            payload_type: offer.opus_payload_type,
        },
        RtpCodecKind::Audio,
    )?;
    let configuration = RTCConfigurationBuilder::new()
        .with_certificates(vec![identity.certificate.clone()])
        .build();
    let mut connection = RTCPeerConnectionBuilder::new()
        .with_configuration(configuration)
        .with_setting_engine(settings(offer, local))
        .with_media_engine(media)
        .with_interceptor_registry(interceptors())
        .build(now)?;

    let echo_ssrc = rand::random();
    let sender = match offer.direction {
        Direction::SendRecv => Some(connection.add_track(echo_track(offer, echo_ssrc))?),
        Direction::SendOnly => None,
    };
    connection.set_remote_description(now, RTCSessionDescription::offer(offer.sdp.clone())?)?;
    if local.mode == IceMode::Full {
        let checked = offer
            .candidates
            .iter()
            .filter(|address| candidates::may_check(**address, &local.candidates));
        for (index, address) in checked.enumerate() {
            connection.add_remote_candidate(candidate(index, *address))?;
        }
    }
    for (index, address) in candidates::one_host_a_family(&local.candidates)
        .into_iter()
        .enumerate()
    {
        connection.add_local_candidate(candidate(index, address))?;
    }
    connection.add_local_candidate(RTCIceCandidateInit::default())?;
    let answer = connection.create_answer(None)?;
    connection.set_local_description(now, answer.clone())?;
    let answer = connection
        .local_description()
        .map_or(answer.sdp, |description| description.sdp);
    Ok(Accepted {
        connection,
        sender,
        echo_ssrc,
        answer,
    })
}

fn interceptors() -> Registry {
    configure_rtcp_reports(Registry::new()).with(DELIVER, Deliver::default())
}

fn settings(offer: &Offer, local: &LocalSide) -> SettingEngine {
    let role = match offer.answering_role {
        DtlsRole::Client => RTCDtlsRole::Client,
        DtlsRole::Server => RTCDtlsRole::Server,
    };
    SettingEngineBuilder::new()
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_ice_credentials(local.ufrag.clone(), local.password.clone())
        .with_answering_dtls_role(role)
        .with_lite(local.mode == IceMode::Lite)
        // Zero: the core never gives up by itself. Whether a caller is still there is judged by
        // the conversation, which sees him at every address he uses.
        .with_ice_timeouts(
            Some(DISCONNECTED_AFTER),
            Some(Duration::ZERO),
            Some(KEEPALIVE),
        )
        .with_srtp_replay_protection_window(REPLAY_WINDOW)
        .build()
}

fn opus(offer: &Offer) -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: offer.fmtp().to_owned(),
        rtcp_feedback: vec![],
    }
}

fn echo_track(offer: &Offer, ssrc: u32) -> MediaStreamTrack {
    MediaStreamTrack::new(
        "voicechat".to_owned(),
        "echo".to_owned(),
        "echo".to_owned(),
        RtpCodecKind::Audio,
        vec![RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                ..Default::default()
            },
            codec: opus(offer),
            ..Default::default()
        }],
    )
}

fn candidate(index: usize, address: std::net::SocketAddr) -> RTCIceCandidateInit {
    RTCIceCandidateInit {
        candidate: candidates::host_value(index, address),
        ..Default::default()
    }
}

/// The same audio under another source: what belongs to the way up alone is left out.
pub(super) fn rtp_packet(packet: &AudioPacket, ssrc: u32) -> rtp::Packet {
    rtp::Packet {
        header: rtp::Header {
            version: 2,
            marker: packet.is_marked,
            payload_type: packet.payload_type,
            sequence_number: packet.sequence_number,
            timestamp: packet.timestamp_48k,
            ssrc,
            ..Default::default()
        },
        payload: packet.payload.clone(),
    }
}

pub(super) fn audio_packet(
    packet: rtp::Packet,
    sender_report: Option<SenderReport>,
    arrived: Instant,
) -> AudioPacket {
    let payload = if packet.header.marshal_size() <= SMALL_HEADER {
        packet.payload
    } else {
        // Queues are bounded by what payloads weigh.
        Bytes::copy_from_slice(&packet.payload)
    };
    AudioPacket {
        arrived,
        ssrc: packet.header.ssrc,
        payload_type: packet.header.payload_type,
        sequence_number: packet.header.sequence_number,
        timestamp_48k: packet.header.timestamp,
        is_marked: packet.header.marker,
        sender_report,
        payload,
    }
}

#[cfg(test)]
mod tests {
    use rtc::rtp::header::Extension;

    use super::*;

    #[test]
    fn a_payload_keeps_no_large_header_in_memory() {
        for (extension_bytes, kept_bytes) in [(4, 1200), (1000, 20)] {
            let mut datagram = Bytes::from(vec![7; 1200]);
            let extension = datagram.split_to(extension_bytes);
            let packet = rtp::Packet {
                header: rtp::Header {
                    extension: true,
                    extensions: vec![Extension {
                        id: 1,
                        payload: extension,
                    }],
                    ..Default::default()
                },
                payload: datagram.split_to(20),
            };
            drop(datagram);

            let payload = audio_packet(packet, None, Instant::now()).payload;

            assert_eq!(payload, vec![7; 20]);
            let buffer = payload.try_into_mut().unwrap();
            assert!(buffer.capacity() <= kept_bytes, "{}", buffer.capacity());
        }
    }
}
