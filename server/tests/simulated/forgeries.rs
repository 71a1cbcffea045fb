//! Datagrams that are not the caller's come into his call, as if from his address and from others:
//! it comes up, he hears, and the recording has, what he said and nothing else.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use server::conversation::EndReason;
use server::stun::{self, Check, Key, Kind, Message, Role};

use super::world::{Link, PASSWORD, UFRAG, World};
use super::{PACKET, SECOND};

const CHANGE: u8 = 20;
const ALERT: u8 = 21;
const DATA: u8 = 23;
const HIS: &str = "192.0.2.1:5000";
const ANOTHER: &str = "203.0.113.66:6666";
/// How often each kind comes with every packet that is his.
const OF_EACH: usize = 3;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Whether it comes to the call at all: no check by somebody who does not know the password does.
fn comes_to_the_call(datagram: &[u8]) -> bool {
    Message::parse(datagram).is_none_or(|message| {
        message.kind() != Kind::BindingRequest || message.is_authentic(PASSWORD)
    })
}

/// A call into which others send, from the same addresses all the time.
struct Disturbed {
    world: World,
    senders: Vec<SocketAddr>,
    random: StdRng,
}

impl Disturbed {
    fn connected(senders: &[&str]) -> Self {
        let mut world = World::new(Link::PERFECT);
        world.connect();
        Self::within(world, senders)
    }

    fn within(world: World, senders: &[&str]) -> Self {
        Self {
            world,
            senders: senders.iter().map(|text| address(text)).collect(),
            random: StdRng::seed_from_u64(7),
        }
    }

    /// The caller speaks, and with every packet come those that `forge` makes: all that he said is
    /// echoed and recorded, and nothing else.
    fn speak_undisturbed(&mut self, mut forge: impl FnMut(&mut StdRng, &World) -> Vec<Vec<u8>>) {
        let (heard, recorded) = (self.world.caller.heard().len(), self.world.recorded().len());
        let mut sent = Vec::new();
        for _ in 0..100 {
            sent.push(self.world.caller.speak(self.world.now()));
            for sender in self.senders.clone() {
                let forged = forge(&mut self.random, &self.world);
                for forged in forged.iter().filter(|forged| comes_to_the_call(forged)) {
                    self.world.take(sender, BytesMut::from(forged.as_slice()));
                }
            }
            self.world.run_for(PACKET);
        }
        self.world.run_for(PACKET);

        assert_eq!(self.world.over(), None, "{:?}", self.senders);
        assert!(self.world.caller.heard()[heard..] == sent, "echo");
        assert!(self.world.recorded()[recorded..] == sent, "recording");
        assert_eq!(self.world.media_sent_to(address(ANOTHER)), 0);
    }

    /// He can still end it, once they leave him alone.
    fn end_well(mut self) {
        self.world.run_for(SECOND);
        self.world.caller_hangs_up();
        self.world.run_for(SECOND);

        assert_eq!(self.world.over(), Some(EndReason::HungUp));
        assert!(self.world.recording_has_ended());
    }
}

fn disturb(mut forge: impl FnMut(&mut StdRng, &World) -> Vec<Vec<u8>>) {
    for senders in [&[HIS] as &[&str], &[ANOTHER], &[HIS, ANOTHER]] {
        let mut disturbed = Disturbed::connected(senders);
        // What may be sent anew has to be there.
        disturbed.speak_undisturbed(|_, _| Vec::new());

        disturbed.speak_undisturbed(&mut forge);

        disturbed.end_well();
    }
}

/// Noise that begins like that.
fn noise(random: &mut StdRng, head: &[u8]) -> Vec<u8> {
    let length = random.random_range(head.len()..=1_400);
    let mut bytes: Vec<u8> = (0..length).map(|_| random.random()).collect();
    bytes[..head.len()].copy_from_slice(head);
    bytes
}

fn any_of(random: &mut StdRng, datagrams: &[BytesMut]) -> Vec<u8> {
    datagrams[random.random_range(0..datagrams.len())].to_vec()
}

/// A record of DTLS 1.2 (RFC 6347 §4.1) with a number that the caller's have not come to yet.
fn record(kind: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).unwrap();
    let header = [kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 200, 0, length];
    [header.as_slice(), body].concat()
}

/// RFC 7983 §7: what is neither STUN nor the handshake.
fn is_media(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(128..=191))
}

/// The same without reports (RFC 5761 §4).
fn is_audio(datagram: &[u8]) -> bool {
    is_media(datagram) && !matches!(datagram.get(1), Some(192..=223))
}

#[test]
fn noise_of_every_kind_disturbs_nobody() {
    // Nothing, STUN, an alert that says goodbye in the clear, a handshake, RTP of his, a goodbye of
    // RTCP (RFC 3550 §6.6).
    let heads: [&[u8]; 7] = [
        &[],
        &[1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42],
        &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0],
        &[22, 0xfe, 0xfd, 0, 0],
        &[23, 0xfe, 0xfd, 0, 1],
        &[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0x5e, 0xed],
        &[0x81, 203, 0, 1, 0, 0, 0x5e, 0xed],
    ];

    disturb(|random, _| {
        let heads = heads.iter().cycle().take(heads.len() * OF_EACH);
        heads.map(|head| noise(random, head)).collect()
    });
}

#[test]
fn an_alert_that_nobody_sealed_ends_no_call() {
    // Goodbye, and that the handshake failed (RFC 5246 §7.2).
    disturb(|_, _| vec![record(ALERT, 0, &[1, 0]), record(ALERT, 0, &[2, 40])]);
}

#[test]
fn a_change_of_ciphers_ends_no_call() {
    // No cipher covers it, whatever keys it names: one that is none, and one more than there was.
    disturb(|_, _| vec![record(CHANGE, 1, &[0]), record(CHANGE, 1, &[1])]);
}

/// With every millisecond of its beginning comes one such datagram as if from the caller, and no
/// flight of his has to be sent again.
fn comes_up_despite(mut world: World, forged: &[u8]) {
    let began = world.now();

    while !(world.caller.is_connected() && world.conversation.is_connected()) {
        world.take(address(HIS), BytesMut::from(forged));
        world.run_for(Duration::from_millis(1));
        assert!(world.now() - began < SECOND, "{forged:?}");
    }

    let mut disturbed = Disturbed::within(world, &[HIS]);
    disturbed.speak_undisturbed(|_, _| Vec::new());
    disturbed.end_well();
}

#[test]
fn a_call_comes_up_whatever_is_forged_while_hands_are_shaken() {
    let records = [
        // Goodbye, and that the handshake failed.
        record(ALERT, 0, &[1, 0]),
        record(ALERT, 0, &[2, 40]),
        record(ALERT, 0, &[7; 26]),
        // As if it were sealed.
        record(ALERT, 1, &[7; 26]),
        record(DATA, 0, b"data"),
        record(DATA, 1, &[7; 26]),
        record(CHANGE, 0, &[1]),
        record(CHANGE, 0, &[0]),
        record(CHANGE, 1, &[1]),
        record(CHANGE, 1, &[0]),
        // Of no kind that there is.
        record(60, 0, &[7; 26]),
        // Less than a record, and no record at all.
        vec![DATA, 0xfe, 0xfd],
        [&[0x80, 111, 0, 1], [7; 40].as_slice()].concat(),
    ];
    for forged in &records {
        comes_up_despite(World::new(Link::PERFECT), forged);
        comes_up_despite(World::with_active_caller(Link::PERFECT), forged);
    }
}

#[test]
fn packets_sealed_with_the_keys_of_another_call_are_nobodys() {
    let mut stranger = World::new(Link::PERFECT);
    stranger.connect();
    stranger.speak_for(20 * SECOND);
    // Of the same source, with numbers that the caller has had and with numbers still to come.
    let sealed: Vec<BytesMut> = stranger
        .received
        .iter()
        .filter(|datagram| is_media(datagram))
        .cloned()
        .collect();
    assert!(sealed.len() > 1_000);

    disturb(|random, _| (0..OF_EACH).map(|_| any_of(random, &sealed)).collect());
}

#[test]
fn what_was_sent_before_counts_once() {
    disturb(|random, world| {
        let mut replayed: Vec<Vec<u8>> = (0..OF_EACH)
            .map(|_| any_of(random, &world.received))
            .collect();
        // The newest are within every window.
        let newest = world.received.iter().rev().take(2);
        replayed.extend(newest.map(|datagram| datagram.to_vec()));
        replayed
    });
}

#[test]
fn a_packet_of_which_one_bit_was_changed_is_not_his() {
    disturb(|random, world| {
        let media = world.received.iter().rev().filter(|it| is_media(it));
        let mut newest: Vec<Vec<u8>> = media.take(OF_EACH).map(|it| it.to_vec()).collect();
        for packet in &mut newest {
            let place = random.random_range(0..packet.len());
            packet[place] ^= 1 << random.random_range(0..8);
        }
        newest
    });
}

#[test]
fn stun_that_is_cut_or_answers_nothing_disturbs_nobody() {
    disturb(|random, world| {
        let success =
            |id, password| stun::binding_success(id, address(ANOTHER), &Key::new(password));
        let check = Check {
            id: random.random(),
            username: &format!("{UFRAG}:them"),
            role: Role::Controlling { tie_breaker: 1 },
        };
        let mut forged = vec![
            success(random.random(), "a password that is not his"),
            success(random.random(), PASSWORD),
            check.signed_with(&Key::new(PASSWORD)),
        ];
        // What he sent himself, and not all of it.
        let genuine = world.received.iter().filter(|it| stun::is_stun(it));
        forged.extend(genuine.take(OF_EACH).map(|it| it.to_vec()));
        for datagram in &mut forged[2..] {
            datagram.truncate(random.random_range(0..datagram.len()));
        }
        forged
    });
}

#[test]
fn a_flood_of_forged_packets_is_counted_and_takes_nothing_from_him_whose_address_they_name() {
    let mut disturbed = Disturbed::connected(&[HIS]);
    let (mut audio, mut reports) = (0, 0);

    // 5,000 of each a second: more than he himself may send. Some he has sent before.
    disturbed.speak_undisturbed(|random, world| {
        let heads: [&[u8]; 2] = [
            &[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0x5e, 0xed],
            &[0x81, 200, 0, 1, 0, 0, 0x5e, 0xed],
        ];
        let heads = heads.iter().cycle().take(200);
        let mut forged: Vec<Vec<u8>> = heads.map(|head| noise(random, head)).collect();
        let newest = world.received.iter().rev().find(|it| is_audio(it));
        forged.extend(newest.map(|it| it.to_vec()));
        audio += forged.iter().filter(|it| is_audio(it)).count();
        reports += 100;
        forged
    });

    disturbed.world.run_for(Duration::from_millis(500));
    assert_eq!(disturbed.world.over(), None);
    assert_eq!(disturbed.world.not_opened, audio);
    // Of reports 100 a second may come, and what was saved up for two more.
    let cut = disturbed.world.flooded;
    assert!((reports - 500..reports).contains(&cut), "{cut}");
}
