//! DTLS-SRTP (RFC 5764): one association with one other side, and what its keys protect. Datagrams
//! are opened and sealed where they lie. Whoever offers and whoever answers need the same of it.

use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use rtc::crypto::RTCCryptoProvider;
use rtc::shared::error::Error;

use super::dtls::{Agreed, Dtls};
use super::offer::DtlsRole;
use super::rtp::{self, Header, Received};
use super::srtp::{Cipher, Inbound, MasterKey, Outbound};
use super::{AcceptError, Identity};

pub use super::dtls::State;

/// The association.
pub struct Secure {
    dtls: Dtls,
    provider: Arc<dyn RTCCryptoProvider>,
    /// Absent before the handshake is done.
    keys: Option<Keys>,
}

/// What protects the streams.
struct Keys {
    inbound: Inbound,
    outbound: Outbound,
}

impl Secure {
    /// An association with whoever has the certificate of that sha-256 `fingerprint`, in which
    /// `role` is ours.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn new(
        role: DtlsRole,
        fingerprint: &str,
        identity: &Identity,
    ) -> Result<Self, AcceptError> {
        Ok(Self {
            dtls: Dtls::new(role, fingerprint, identity)?,
            provider: Arc::clone(&identity.provider),
            keys: None,
        })
    }

    /// How far the handshake is.
    #[must_use]
    pub fn state(&self) -> State {
        self.dtls.state()
    }

    /// The other side's address is proven: what waited for that happens now.
    pub fn start(&mut self, now: Instant) {
        let agreed = self.dtls.start(now);
        self.take_keys(agreed);
    }

    /// Takes a datagram of the handshake.
    pub fn handle(&mut self, datagram: &[u8], now: Instant) {
        let agreed = self.dtls.handle(datagram, now);
        self.take_keys(agreed);
    }

    /// Acts on the time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.dtls.handle_timeout(now);
    }

    /// When [`Self::handle_timeout`] is wanted next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.dtls.poll_timeout()
    }

    /// Gives the next datagram of the handshake.
    pub fn poll_transmit(&mut self) -> Option<BytesMut> {
        self.dtls.poll_transmit()
    }

    /// Decrypts a packet of RTP in place: its header, and its payload without padding. `None` for
    /// what is not authentic, or was here before.
    pub fn open_rtp<'a>(&mut self, datagram: &'a mut [u8]) -> Option<(Header, &'a [u8])> {
        let keys = self.keys.as_mut()?;
        let received = Received::parse(datagram)?;
        let header = received.header;
        let opened = keys.inbound.open_rtp(
            datagram,
            received.length,
            header.ssrc,
            header.sequence_number,
        );
        let payload = received.payload(datagram.get(..opened.ok()?)?)?;
        self.dtls.note_media();
        Some((header, payload))
    }

    /// Decrypts a packet of RTCP in place.
    pub fn open_rtcp<'a>(&mut self, datagram: &'a mut [u8]) -> Option<&'a [u8]> {
        let end = self.keys.as_mut()?.inbound.open_rtcp(datagram).ok()?;
        datagram.get(..end)
    }

    /// Makes `packet` an encrypted packet of RTP. Whether there is one: not without keys, and not
    /// under a number that there was before.
    pub fn seal_rtp(&mut self, header: &Header, payload: &[u8], packet: &mut Vec<u8>) -> bool {
        let Some(keys) = &mut self.keys else {
            return false;
        };
        packet.clear();
        header.write(packet);
        packet.extend_from_slice(payload);
        keys.outbound
            .seal_rtp(packet, rtp::HEADER, header.ssrc, header.sequence_number)
            .is_ok()
    }

    /// Encrypts a packet of RTCP in place. Whether that could be done.
    pub fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> bool {
        self.keys
            .as_mut()
            .is_some_and(|keys| keys.outbound.seal_rtcp(packet).is_ok())
    }

    /// Says goodbye: the datagrams that remain to be sent tell the other side (RFC 8446 §6.1).
    pub fn close(&mut self, now: Instant) {
        self.dtls.close(now);
    }

    fn take_keys(&mut self, agreed: Option<Agreed>) {
        let Some(agreed) = agreed else {
            return;
        };
        match self.keys_of(&agreed) {
            Ok(keys) => self.keys = Some(keys),
            Err(_) => self.dtls.fail(),
        }
    }

    fn keys_of(&self, Agreed { profile, keys }: &Agreed) -> Result<Keys, Error> {
        let cipher = |key: &[u8], salt: &[u8]| {
            Cipher::new(*profile, &MasterKey { key, salt }, self.provider.crypto())
        };
        Ok(Keys {
            inbound: Inbound::new(cipher(&keys.remote_master_key, &keys.remote_master_salt)?),
            outbound: Outbound::new(cipher(&keys.local_master_key, &keys.local_master_salt)?),
        })
    }
}
