//! The handshake that agrees on keys (RFC 5764), and the goodbye. Sans-IO: one caller, wherever he
//! is.

mod flights;
mod guard;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use rtc::crypto::RTCCryptoProvider;
use rtc::dtls::config::{
    ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig,
    VerifyPeerCertificateFn,
};
use rtc::dtls::endpoint::{Endpoint, EndpointEvent};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::shared::TransportProtocol;
use rtc::shared::error::Error;
use rtc::srtp::config::{Config as SrtpConfig, LABEL_EXTRACTOR_DTLS_SRTP, SessionKeys};
use rtc::srtp::protection_profile::ProtectionProfile;

use super::identity;
use super::offer::DtlsRole;
use super::{Identity, MAX_OUTGOING};
use flights::Flights;
use guard::{Guard, HANDSHAKE_RECORD};

/// The cheapest first: as client we name them in this order.
const PROFILES: [SrtpProtectionProfile; 3] = [
    SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
    SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
    SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
];
/// What comes before the caller's address is proven waits here: the first flight of a handshake.
const MAX_EARLY: usize = 4;
/// The longest datagram of a handshake that is kept.
const MAX_EARLY_BYTES: usize = 2_048;
/// Which of the caller's addresses is meant is not the handshake's business; the library wants one.
const CALLER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// How far the handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is sent or heard before the caller's address is proven.
    Waiting,
    Shaking,
    Connected,
    /// The caller said goodbye, or we did.
    Closed,
    Failed,
}

/// What a handshake agreed on.
pub(super) struct Agreed {
    pub(super) profile: ProtectionProfile,
    pub(super) keys: SessionKeys,
}

/// The caller's DTLS association.
pub(super) struct Dtls {
    endpoint: Endpoint,
    role: DtlsRole,
    /// What a client's handshake begins with.
    begins_with: Option<Arc<HandshakeConfig>>,
    state: State,
    early: Vec<BytesMut>,
    flights: Flights,
    guard: Guard,
    /// Whether the caller may still wait for our last flight. Only his media proves that he does
    /// not, where that flight is the very last of the handshake.
    may_miss_flight: bool,
    outgoing: VecDeque<BytesMut>,
}

impl Dtls {
    /// A handshake with whoever has the certificate of that sha-256 `fingerprint`.
    pub(super) fn new(
        role: DtlsRole,
        fingerprint: &str,
        identity: &Identity,
    ) -> Result<Self, Error> {
        let is_client = role == DtlsRole::Client;
        let config = ConfigBuilder::default()
            .with_crypto_provider(Arc::clone(&identity.provider))
            .with_certificates(vec![identity.certificate.clone()])
            .with_srtp_protection_profiles(PROFILES.to_vec())
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            // Trust comes from the fingerprint, not from whoever signed (RFC 8122 §6.2).
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(verification(fingerprint, identity)))
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(is_client, None)?;
        let config = Arc::new(config);
        let (begins_with, answers_with) = if is_client {
            (Some(config), None)
        } else {
            (None, Some(config))
        };
        Ok(Self {
            endpoint: Endpoint::new(CALLER, TransportProtocol::UDP, answers_with),
            role,
            begins_with,
            state: State::Waiting,
            early: Vec::new(),
            flights: Flights::default(),
            guard: Guard::default(),
            may_miss_flight: true,
            outgoing: VecDeque::new(),
        })
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// The caller's address is proven: what waited for that happens now.
    pub(super) fn start(&mut self, now: Instant) -> Option<Agreed> {
        if self.state != State::Waiting {
            return None;
        }
        self.state = State::Shaking;
        if let Some(config) = self.begins_with.take() {
            if self.endpoint.connect(now, CALLER, config, None).is_err() {
                self.state = State::Failed;
            }
            self.pump(now);
        }
        let early = std::mem::take(&mut self.early);
        early
            .into_iter()
            .filter_map(|datagram| self.handle(&datagram, now))
            .last()
    }

    /// Takes a datagram of the caller's. Gives back what is agreed on, once.
    pub(super) fn handle(&mut self, datagram: &[u8], now: Instant) -> Option<Agreed> {
        match self.state {
            State::Waiting => {
                // No other record begins a handshake, or takes the room of what does.
                let is_first = datagram.first() == Some(&HANDSHAKE_RECORD);
                let has_room = self.early.len() < MAX_EARLY && datagram.len() <= MAX_EARLY_BYTES;
                if is_first && has_room {
                    self.early.push(datagram.into());
                }
                return None;
            }
            State::Shaking | State::Connected => {}
            // A server's endpoint would take it for the first word of a new handshake.
            State::Closed | State::Failed => return None,
        }
        if self.may_miss_flight && self.flights.is_repeated(datagram) {
            self.repeat();
            return None;
        }
        if !self.guard.admits(datagram, self.state == State::Shaking) {
            return None;
        }
        let mut agreed = None;
        // A datagram that is refused changes nothing.
        let events = self
            .endpoint
            .read(now, CALLER, None, datagram.into())
            .unwrap_or_default();
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => agreed = self.agree(),
                EndpointEvent::PeerClosed => self.finish(State::Closed),
                _ => {}
            }
        }
        self.pump(now);
        agreed
    }

    /// The caller's media came: he has had our last flight.
    pub(super) fn note_media(&mut self) {
        if self.may_miss_flight {
            self.forget_flights();
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if !matches!(self.state, State::Shaking | State::Connected) {
            return;
        }
        let is_due = self
            .endpoint
            .poll_timeout(&CALLER)
            .is_some_and(|at| at <= now);
        if is_due && self.endpoint.handle_timeout(CALLER, now).is_err() {
            self.finish(State::Failed);
        }
        self.pump(now);
        if self.may_miss_flight && self.flights.is_overdue(now) {
            self.repeat();
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if !matches!(self.state, State::Shaking | State::Connected) {
            return None;
        }
        let repetition = self.flights.poll_timeout().filter(|_| self.may_miss_flight);
        [self.endpoint.poll_timeout(&CALLER), repetition]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn poll_transmit(&mut self) -> Option<BytesMut> {
        self.outgoing.pop_front()
    }

    /// Says goodbye (RFC 8446 §6.1).
    pub(super) fn close(&mut self, now: Instant) {
        if matches!(self.state, State::Shaking | State::Connected) {
            // The only error is that there is nobody to say goodbye to.
            let _ = self.endpoint.close(now);
            self.finish(State::Closed);
            self.pump(now);
        }
    }

    /// It can never work any more.
    pub(super) fn fail(&mut self) {
        self.finish(State::Failed);
    }

    fn agree(&mut self) -> Option<Agreed> {
        match self.agreement() {
            Ok(agreed) => {
                self.state = State::Connected;
                if self.role == DtlsRole::Client {
                    // Our last flight was answered, or it would not be connected.
                    self.forget_flights();
                }
                Some(agreed)
            }
            Err(_) => {
                self.fail();
                None
            }
        }
    }

    /// The keys of both directions (RFC 5764 §4.2).
    fn agreement(&self) -> Result<Agreed, Error> {
        let state = self
            .endpoint
            .get_connection_state(CALLER)
            .ok_or(Error::ErrConnClosed)?;
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm => ProtectionProfile::AeadAes256Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => {
                ProtectionProfile::Aes128CmHmacSha1_80
            }
            _ => return Err(Error::ErrNoAvailableCipherSuites),
        };
        let mut config = SrtpConfig {
            profile,
            ..SrtpConfig::default()
        };
        let length = config.keying_material_len();
        let material = state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length)?;
        let is_client = self.role == DtlsRole::Client;
        config.set_session_keys_from_keying_material(material.as_ref(), is_client)?;
        Ok(Agreed {
            profile,
            keys: config.keys,
        })
    }

    fn finish(&mut self, state: State) {
        self.state = state;
        self.forget_flights();
    }

    fn forget_flights(&mut self) {
        self.may_miss_flight = false;
        self.flights = Flights::default();
    }

    /// Sends our last flight again, unless it still waits to be sent: the caller may not be sent to
    /// for as long as he likes.
    fn repeat(&mut self) {
        if self.outgoing.is_empty() {
            self.outgoing.extend(self.flights.ours().iter().cloned());
        }
    }

    fn pump(&mut self, now: Instant) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            if self.may_miss_flight {
                self.flights.note_sent(&transmit.message, now);
            }
            // What is lost is repeated, as on any network.
            if self.outgoing.len() < MAX_OUTGOING {
                self.outgoing.push_back(transmit.message);
            }
        }
    }
}

fn verification(fingerprint: &str, identity: &Identity) -> VerifyPeerCertificateFn {
    let expected = fingerprint.to_ascii_uppercase();
    let provider: Arc<dyn RTCCryptoProvider> = Arc::clone(&identity.provider);
    Arc::new(move |certificates, _| {
        let certificate = certificates.first().ok_or(Error::ErrNonCertificate)?;
        if identity::fingerprint(provider.as_ref(), certificate)? == expected {
            Ok(())
        } else {
            Err(Error::ErrNoMatchingCertificateFingerprint)
        }
    })
}
