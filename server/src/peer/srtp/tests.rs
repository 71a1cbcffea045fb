//! Against the library's own SRTP at the other end.

use bytes::BytesMut;
use proptest::prelude::*;
use rtc::crypto::default_provider;
use rtc::rtp::{Header, Packet};
use rtc::shared::marshal::{Marshal, Unmarshal};
use rtc::srtp::context::Context;
use rtc::srtp::protection_profile::ProtectionProfile;

use super::*;

const HEADER: usize = 12;
const PROFILES: [ProtectionProfile; 3] = [
    ProtectionProfile::AeadAes128Gcm,
    ProtectionProfile::AeadAes256Gcm,
    ProtectionProfile::Aes128CmHmacSha1_80,
];

/// Both ends of both directions.
struct Ends {
    inbound: Inbound,
    outbound: Outbound,
    sender: Context,
    receiver: Context,
}

fn ends(profile: ProtectionProfile) -> Ends {
    let provider = default_provider().unwrap();
    let crypto = provider.crypto();
    let bytes: Vec<u8> = (0..64).collect();
    let (key, salt) = (
        &bytes[..profile.key_len()],
        &bytes[40..40 + profile.salt_len()],
    );
    let master = MasterKey { key, salt };
    let ours = || Cipher::new(profile, &master, crypto).unwrap();
    let theirs = || Context::new(key, salt, profile, None, None, crypto).unwrap();
    Ends {
        inbound: Inbound::new(ours()),
        outbound: Outbound::new(ours()),
        sender: theirs(),
        receiver: theirs(),
    }
}

fn plain(ssrc: u32, sequence_number: u16) -> BytesMut {
    let header = Header {
        version: 2,
        payload_type: 111,
        sequence_number,
        timestamp: 7,
        ssrc,
        ..Header::default()
    };
    let payload = format!("packet {sequence_number}").into_bytes().into();
    Packet { header, payload }.marshal().unwrap()
}

/// A sender report without blocks (RFC 3550 §6.4.1).
fn report() -> Vec<u8> {
    let mut report = vec![0x80, 200, 0, 6];
    report.extend(0..24);
    report
}

impl Ends {
    /// What our end makes of a packet of theirs.
    fn open(&mut self, ssrc: u32, sequence_number: u16) -> Result<Vec<u8>, Refusal> {
        let plain = plain(ssrc, sequence_number);
        let mut protected = self.sender.encrypt_rtp(&plain).unwrap();
        self.open_bytes(&mut protected)
    }

    fn open_bytes(&mut self, protected: &mut [u8]) -> Result<Vec<u8>, Refusal> {
        let header = Header::unmarshal(&mut &*protected).unwrap();
        let end = self
            .inbound
            .open_rtp(protected, HEADER, header.ssrc, header.sequence_number)?;
        Ok(protected[..end].to_vec())
    }
}

#[test]
fn packets_pass_both_ways_over_many_rollovers() {
    for profile in PROFILES {
        let mut ends = ends(profile);
        let mut sequence_number = 65_000_u16;
        for _ in 0..600 {
            sequence_number = sequence_number.wrapping_add(1_500);
            let plain = plain(9, sequence_number);

            let opened = ends.open(9, sequence_number);
            let mut sealed = plain.to_vec();
            ends.outbound
                .seal_rtp(&mut sealed, HEADER, 9, sequence_number)
                .unwrap();

            assert_eq!(opened.as_deref(), Ok(&*plain), "{profile:?}");
            assert_eq!(
                ends.receiver.decrypt_rtp(&sealed).unwrap(),
                plain,
                "{profile:?}"
            );
        }
    }
}

/// Each source counts its reports for itself, from the same number on.
#[test]
fn reports_under_several_sources_pass_once_and_under_many_no_more() {
    for profile in PROFILES {
        let mut ends = ends(profile);
        let taken = (0..100_u8).filter(|source| {
            let mut plain = report();
            plain[7] = *source;
            let reported = ends.sender.encrypt_rtcp(&plain).unwrap();
            let is_taken = ends.inbound.open_rtcp(&mut reported.to_vec()).is_ok();
            let is_taken_again = ends.inbound.open_rtcp(&mut reported.to_vec()).is_ok();
            assert!(!is_taken_again, "{profile:?}");
            is_taken
        });

        assert_eq!(taken.count(), MAX_SOURCES, "{profile:?}");
    }
}

#[test]
fn reports_pass_both_ways_once() {
    for profile in PROFILES {
        let mut ends = ends(profile);
        for _ in 0..3 {
            let theirs = ends.sender.encrypt_rtcp(&report()).unwrap();
            let mut first = theirs.to_vec();
            let mut again = theirs.to_vec();

            let end = ends.inbound.open_rtcp(&mut first).unwrap();
            let mut ours = report();
            ends.outbound.seal_rtcp(&mut ours).unwrap();

            assert_eq!(first[..end], report(), "{profile:?}");
            assert_eq!(ends.inbound.open_rtcp(&mut again), Err(Refusal::Replayed));
            assert_eq!(ends.receiver.decrypt_rtcp(&ours).unwrap(), report());
        }
    }
}

#[test]
fn a_first_packet_may_come_after_a_rollover() {
    for profile in PROFILES {
        let mut ends = ends(profile);
        let lost = plain(9, 65_534);
        ends.sender.encrypt_rtp(&lost).unwrap();

        assert!(ends.open(9, 3).is_ok(), "{profile:?}");
        assert!(ends.open(9, 65_535).is_ok(), "{profile:?}");
    }
}

#[test]
fn a_packet_is_let_in_once_and_out_once() {
    for profile in PROFILES {
        let mut ends = ends(profile);
        let protected = ends.sender.encrypt_rtp(&plain(9, 5)).unwrap();

        let first = ends.open_bytes(&mut protected.to_vec()).is_ok();
        let again = ends.open_bytes(&mut protected.to_vec());
        let mut out = || {
            let mut packet = plain(9, 5).to_vec();
            ends.outbound.seal_rtp(&mut packet, HEADER, 9, 5)
        };

        assert_eq!((first, again), (true, Err(Refusal::Replayed)));
        assert_eq!((out(), out()), (Ok(()), Err(Refusal::Replayed)));
    }
}

#[test]
fn a_change_of_any_bit_is_noticed_and_leaves_no_trace() {
    for profile in PROFILES {
        let mut ends = ends(profile);
        ends.open(9, 4).unwrap();
        let protected = ends.sender.encrypt_rtp(&plain(9, 5)).unwrap().to_vec();
        let reported = ends.sender.encrypt_rtcp(&report()).unwrap().to_vec();
        for bit in 0..protected.len() * 8 {
            let mut forged = protected.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let parsed = crate::peer::rtp::Received::parse(&forged);
            let opened = parsed.map(|parsed| {
                let header = parsed.header;
                ends.inbound.open_rtp(
                    &mut forged,
                    parsed.length,
                    header.ssrc,
                    header.sequence_number,
                )
            });

            assert!(!matches!(opened, Some(Ok(_))), "{profile:?} {bit}");
        }
        for bit in 0..reported.len() * 8 {
            let mut forged = reported.clone();
            forged[bit / 8] ^= 1 << (bit % 8);

            assert!(
                ends.inbound.open_rtcp(&mut forged).is_err(),
                "{profile:?} {bit}"
            );
        }
        assert!(ends.open_bytes(&mut protected.clone()).is_ok());
        assert!(ends.inbound.open_rtcp(&mut reported.clone()).is_ok());
    }
}

#[test]
fn strangers_cannot_fill_the_table_of_sources() {
    let mut ends = ends(ProtectionProfile::AeadAes128Gcm);
    for ssrc in 0..1_000 {
        let mut forged = plain(ssrc, 1).to_vec();
        forged.extend([0; 16]);
        assert_eq!(ends.open_bytes(&mut forged), Err(Refusal::NotAuthentic));
    }

    let taken = (0..100).filter(|ssrc| ends.open(*ssrc, 1).is_ok()).count();

    assert_eq!(taken, MAX_SOURCES);
    assert!(ends.open(3, 2).is_ok());
}

proptest! {
    #[test]
    fn junk_is_refused_without_a_panic(
        junk in proptest::collection::vec(any::<u8>(), 0..100),
        header in 0_usize..120,
    ) {
        for profile in PROFILES {
            let mut ends = ends(profile);
            prop_assert!(ends.inbound.open_rtp(&mut junk.clone(), header, 1, 1).is_err());
            prop_assert!(ends.inbound.open_rtcp(&mut junk.clone()).is_err());
        }
    }
}
