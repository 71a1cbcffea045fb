use opus::{Application, Channels, Encoder};
use proptest::prelude::*;

use super::caf::Caf;
use super::wav::Wav;
use super::*;

const PRE_SKIP: u16 = 312;
/// A second.
const PACKETS: usize = 50;
const FRAME: usize = 960;
const WAV_HEAD: usize = 44;

/// A recording in memory.
#[derive(Clone)]
struct Recorded {
    channels: u8,
    packets: Vec<Vec<u8>>,
    next: usize,
}

impl Packets for Recorded {
    fn rewind(&mut self) -> io::Result<()> {
        self.next = 0;
        Ok(())
    }

    fn next(&mut self, packet: &mut Vec<u8>) -> io::Result<bool> {
        let Some(next) = self.packets.get(self.next) else {
            return Ok(false);
        };
        packet.clone_from(next);
        self.next += 1;
        Ok(true)
    }

    fn header(&self) -> Option<Header> {
        (!self.packets.is_empty()).then_some(Header {
            channels: self.channels,
            pre_skip: PRE_SKIP,
        })
    }
}

/// A tone of 400 Hz.
fn tone(channels: u8) -> Recorded {
    let layout = if channels == 1 {
        Channels::Mono
    } else {
        Channels::Stereo
    };
    let mut encoder = Encoder::new(48_000, layout, Application::Voip).unwrap();
    let packets = (0..PACKETS).map(|number| {
        let samples = (number * FRAME..(number + 1) * FRAME).flat_map(|sample| {
            let turn = sample as f32 / 120.0 * std::f32::consts::TAU;
            vec![turn.sin() * 0.5; channels.into()]
        });
        let samples: Vec<f32> = samples.collect();
        encoder.encode_vec_float(&samples, 1_500).unwrap()
    });
    Recorded {
        channels,
        packets: packets.collect(),
        next: 0,
    }
}

fn whole(form: &mut dyn Form) -> Vec<u8> {
    read(form, 0, usize::MAX)
}

/// So many bytes from a place, or all that follow.
fn read(form: &mut dyn Form, at: u64, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        let mut piece = Vec::new();
        form.read(at + bytes.len() as u64, &mut piece).unwrap();
        if piece.is_empty() {
            break;
        }
        bytes.extend(piece);
    }
    bytes.truncate(count);
    bytes
}

fn samples_of(pcm: &[u8]) -> Vec<f32> {
    let (samples, _) = pcm.as_chunks::<2>();
    let samples = samples.iter();
    samples
        .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0)
        .collect()
}

/// The greatest difference of two sounds of the same length.
fn difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    let pairs = one.iter().zip(other);
    pairs.fold(0.0, |most: f32, (one, other)| most.max((one - other).abs()))
}

#[test]
fn a_wave_file_is_as_long_as_the_recording_and_sounds_like_it() {
    for channels in [1, 2] {
        let recorded = tone(channels);
        let mut wav = Wav::new(recorded.clone()).unwrap();
        let bytes = whole(&mut wav);

        let layout = if channels == 1 {
            Channels::Mono
        } else {
            Channels::Stereo
        };
        let mut decoder = opus::Decoder::new(48_000, layout).unwrap();
        let mut expected = Vec::new();
        for packet in &recorded.packets {
            let mut samples = vec![0.0; FRAME * usize::from(channels)];
            decoder.decode_float(packet, &mut samples, false).unwrap();
            expected.extend(samples);
        }
        let expected = &expected[usize::from(PRE_SKIP) * usize::from(channels)..];

        assert_eq!(wav.bytes(), bytes.len() as u64);
        assert_eq!(&bytes[..4], b"RIFF");
        let heard = samples_of(&bytes[WAV_HEAD..]);
        assert!(difference(&heard, expected) < 0.02);
    }
}

#[test]
fn a_packet_that_no_decoder_takes_leaves_the_rest_in_its_place() {
    let mut recorded = tone(1);
    let sound = Wav::new(recorded.clone()).unwrap().bytes();
    // Concealment of 20 ms: a TOC byte and nothing else.
    recorded.packets[20] = vec![0xf8];

    let mut wav = Wav::new(recorded).unwrap();

    assert_eq!(wav.bytes(), sound);
    assert_eq!(whole(&mut wav).len() as u64, sound);
}

#[test]
fn what_has_no_audio_has_no_form() {
    let empty = Recorded {
        channels: 1,
        packets: Vec::new(),
        next: 0,
    };

    assert!(matches!(Wav::new(empty.clone()), Err(FormError::Empty)));
    assert!(matches!(Caf::new(empty), Err(FormError::Empty)));
}

#[test]
fn a_core_audio_file_has_the_same_packets_behind_their_sizes() {
    let recorded = tone(2);
    let mut caf = Caf::new(recorded.clone()).unwrap();

    let bytes = whole(&mut caf);

    let audio = recorded.packets.concat();
    assert_eq!(caf.bytes(), bytes.len() as u64);
    assert!(bytes.ends_with(&audio));
    let head = &bytes[..bytes.len() - audio.len()];
    assert_eq!(&head[..8], b"caff\0\x01\0\0");
    assert_eq!(&head[8..12], b"desc");
    // 960 samples in each packet.
    assert_eq!(head[40..44], 960_u32.to_be_bytes());
    assert_eq!(&head[52..56], b"pakt");
    assert_eq!(head[64..72], 50_i64.to_be_bytes());
    assert_eq!(head[72..80], (48_000_i64 - 312).to_be_bytes());
    assert_eq!(head[80..84], 312_u32.to_be_bytes());
}

#[test]
fn packets_of_many_lengths_say_what_each_lasts() {
    let mut recorded = tone(1);
    // 2.5 ms.
    recorded.packets.push(vec![0xe0]);

    let bytes = whole(&mut Caf::new(recorded).unwrap());

    assert_eq!(bytes[40..44], [0; 4]);
    // A size of 1, and 120 samples.
    let audio_at = bytes.windows(4).position(|name| name == b"data").unwrap();
    assert_eq!(bytes[audio_at - 2..audio_at], [1, 120]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_place_of_a_wave_file_can_be_read_first(at in 0_usize..95_420, count in 1_usize..5_000) {
        let mut wav = Wav::new(tone(1)).unwrap();
        let all = whole(&mut wav);
        let at = at / 2 * 2;

        let part = read(&mut Wav::new(tone(1)).unwrap(), at as u64, count / 2 * 2);
        let again = read(&mut wav, at as u64, count / 2 * 2);

        let end = all.len().min(at + count / 2 * 2);
        prop_assert_eq!(part.len(), end.saturating_sub(at));
        // A decoder that began half a second before is as good as one that began with the recording.
        for part in [part, again] {
            let expected = samples_of(&all[at.min(end)..end]);
            prop_assert!(difference(&samples_of(&part), &expected) < 0.05);
        }
    }

    #[test]
    fn any_place_of_a_core_audio_file_can_be_read_first(at in 0_usize..9_000, count in 1_usize..5_000) {
        let all = whole(&mut Caf::new(tone(1)).unwrap());

        let part = read(&mut Caf::new(tone(1)).unwrap(), at as u64, count);

        let end = all.len().min(at + count);
        prop_assert_eq!(part, &all[at.min(end)..end]);
    }
}
