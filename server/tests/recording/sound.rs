//! Opus as libopus makes it, in the coding a test asks for, and what libopus hears in it.

use opus::{Application, Bandwidth, Bitrate, Channels, Decoder, Encoder, Signal};
use server::recording::opus::{MAX_PACKET_SAMPLES, Toc, concealment};

/// One way to code sound.
#[derive(Clone, Debug)]
pub(crate) struct Coding {
    pub(crate) name: &'static str,
    application: Application,
    signal: Signal,
    bandwidth: Bandwidth,
    bitrate: i32,
    frame_samples: usize,
    /// Of its packets.
    pub(crate) channels: Channels,
    /// The first and the last configuration number of its mode (RFC 6716 §3.1).
    configs: (u8, u8),
}

const SILK: Coding = Coding {
    name: "SILK",
    application: Application::Voip,
    signal: Signal::Voice,
    bandwidth: Bandwidth::Wideband,
    bitrate: 16_000,
    frame_samples: 960,
    channels: Channels::Mono,
    configs: (0, 11),
};

const HYBRID: Coding = Coding {
    name: "hybrid",
    bandwidth: Bandwidth::Fullband,
    bitrate: 28_000,
    configs: (12, 15),
    ..SILK
};

const CELT: Coding = Coding {
    name: "CELT",
    application: Application::LowDelay,
    signal: Signal::Music,
    bandwidth: Bandwidth::Fullband,
    bitrate: 64_000,
    frame_samples: 960,
    channels: Channels::Mono,
    configs: (16, 31),
};

/// Every mode, short and long frames, one channel and two.
#[must_use]
pub(crate) fn codings() -> Vec<Coding> {
    let stereo = |coding: Coding, name, bitrate| Coding {
        name,
        bitrate,
        channels: Channels::Stereo,
        ..coding
    };
    vec![
        SILK,
        Coding {
            name: "SILK, narrow band, 10 ms",
            bandwidth: Bandwidth::Narrowband,
            frame_samples: 480,
            ..SILK
        },
        Coding {
            name: "SILK, medium band, 60 ms",
            bandwidth: Bandwidth::Mediumband,
            frame_samples: 2880,
            ..SILK
        },
        stereo(SILK, "SILK, stereo", 32_000),
        HYBRID,
        Coding {
            name: "hybrid, super-wide band, 10 ms",
            bandwidth: Bandwidth::Superwideband,
            frame_samples: 480,
            ..HYBRID
        },
        stereo(HYBRID, "hybrid, stereo", 44_000),
        CELT,
        Coding {
            name: "CELT, 2.5 ms",
            frame_samples: 120,
            bitrate: 96_000,
            ..CELT
        },
        stereo(CELT, "CELT, stereo", 96_000),
    ]
}

impl Coding {
    /// `seconds` of what `wave` gives for each sample's time, left and right.
    #[must_use]
    pub(crate) fn encode(&self, seconds: usize, wave: impl Fn(f32) -> [f32; 2]) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(48_000, self.channels, self.application).unwrap();
        encoder.set_bandwidth(self.bandwidth).unwrap();
        encoder.set_signal(self.signal).unwrap();
        encoder.set_bitrate(Bitrate::Bits(self.bitrate)).unwrap();
        encoder
            .set_force_channels(Some(self.channels))
            .expect("not more than the encoder has");
        let channels = self.channels as usize;
        let samples: Vec<f32> = (0..seconds * 48_000)
            .flat_map(|n| wave(n as f32 / 48_000.0).into_iter().take(channels))
            .collect();
        let packets: Vec<Vec<u8>> = samples
            .chunks_exact(self.frame_samples * channels)
            .map(|frame| encoder.encode_vec_float(frame, 4000).unwrap())
            .collect();
        let (first, last) = self.configs;
        for packet in &packets {
            let toc = Toc(packet[0]);
            let is_ours = (first..=last).contains(&toc.config());
            assert!(is_ours && toc.is_stereo() == (channels == 2), "{self:?}");
        }
        packets
    }
}

/// Something like a voice: a tone of changing height and loudness, the right side softer.
#[must_use]
pub(crate) fn murmur(time: f32) -> [f32; 2] {
    let loudness = 0.4 + 0.3 * (time * 9.0).sin();
    let turns = 140.0 * time + 25.0 * (time * 2.0).sin();
    let tone: f32 = [1.0_f32, 2.0, 3.0, 5.0]
        .iter()
        .map(|harmonic| (turns * harmonic * std::f32::consts::TAU).sin() / harmonic)
        .sum();
    let left = loudness * tone / 2.0;
    [left, left * 0.6]
}

/// The same with a stretch of it lost, as the recorder fills it.
#[must_use]
pub(crate) fn with_loss(packets: &[Vec<u8>], lost_samples: u64) -> Vec<Vec<u8>> {
    let (heard, later) = packets.split_at(packets.len() / 2);
    let last = heard.last().expect("there is sound before the loss");
    let mut all = heard.to_vec();
    all.extend(concealment(Toc(last[0]), lost_samples));
    all.extend_from_slice(later);
    all
}

/// The one frame of `packet`, then `frame`, in one packet (RFC 6716 §3.2.4).
#[must_use]
pub(crate) fn joined(packet: &[u8], frame: &[u8]) -> Vec<u8> {
    let (toc, body) = packet.split_first().expect("there is a TOC byte");
    assert_eq!(toc & 3, 0, "one frame");
    let length = u8::try_from(body.len()).expect("a frame of speech");
    assert!(length < 252);
    [&[toc | 2, length], body, frame].concat()
}

/// What libopus hears, its channels interleaved.
#[must_use]
pub(crate) fn decoded(packets: &[Vec<u8>], channels: Channels) -> Vec<f32> {
    let mut decoder = Decoder::new(48_000, channels).unwrap();
    let mut one = vec![0.0; MAX_PACKET_SAMPLES as usize * channels as usize];
    let mut all = Vec::new();
    for packet in packets {
        let samples = decoder.decode_float(packet, &mut one, false).unwrap();
        all.extend_from_slice(&one[..samples * channels as usize]);
    }
    all
}
