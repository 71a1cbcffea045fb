//! The files in other people's hands: opusinfo finds no fault, opusdec and ffmpeg play to the
//! sample what the last granule position promises.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use bytes::Bytes;
use server::packet::AudioPacket;
use server::recording::PRE_SKIP;

use crate::calls::{PAYLOAD_TYPE, record};
use crate::ogg_file::frames;
use crate::readers::assert_readers_agree;
use crate::vectors::speech::encoded;
use crate::vectors::{self, Vector};

/// Runs a foreign program, with its words in one language.
fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("{program} has to be installed: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {words}");
    output
}

/// As they would arrive without any trouble.
fn sent(packets: Vec<Bytes>) -> Vec<AudioPacket> {
    let start = Instant::now();
    let mut sent_48k = 0;
    let packets = packets.into_iter().zip(0..);
    packets
        .map(|(payload, sequence_number)| {
            let timestamp_48k = sent_48k;
            sent_48k += u32::try_from(frames(&payload).unwrap().samples()).unwrap();
            AudioPacket {
                arrived: start + Duration::from_nanos(u64::from(timestamp_48k) * 1_000_000 / 48),
                ssrc: 1,
                payload_type: PAYLOAD_TYPE,
                sequence_number,
                timestamp_48k,
                is_marked: false,
                sender_report: None,
                payload,
            }
        })
        .collect()
}

/// Decodes with three decoders: how many samples each gives.
fn decoded_samples(path: &Path, folder: &Path) -> [usize; 3] {
    let path = path.to_str().unwrap();
    let raw = folder.join("decoded.raw");
    let opusdec = ["--quiet", "--rate", "48000", "--force-stereo"];
    let raw_path = raw.to_str().unwrap();
    run("opusdec", &[&opusdec[..], &[path, raw_path]].concat());
    let by_opusdec = usize::try_from(raw.metadata().unwrap().len()).unwrap() / 4;
    let [by_native, by_libopus] = ["opus", "libopus"].map(|decoder| {
        let decoder = ["-v", "warning", "-c:a", decoder, "-i", path];
        let output = run(
            "ffmpeg",
            &[
                &decoder[..],
                &["-f", "s16le", "-ac", "2", "-ar", "48000", "-"],
            ]
            .concat(),
        );
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        output.stdout.len() / 4
    });
    [by_opusdec, by_native, by_libopus]
}

/// Panics when opusinfo finds fault with the file; returns what it says.
fn verdict(path: &Path) -> String {
    let output = run("opusinfo", &[path.to_str().unwrap()]);
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words).to_lowercase();
    assert!(!words.contains("warning"), "{words}");
    words
}

/// What every reader says of a vector's file.
fn assert_judged_well(vector: &Vector) {
    let name = vector.name;
    let recorded = vector.record();
    assert_eq!(recorded.totals, vector.expected, "{name}");
    let read = assert_readers_agree(name, &recorded.file);
    assert_eq!(read.samples, vector.expected.samples, "{name}");
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("user_audio.ogg");
    std::fs::write(&path, &recorded.file).unwrap();
    verdict(&path);
    let expected = usize::try_from(vector.playable()).unwrap();
    assert_eq!(decoded_samples(&path, home.path()), [expected; 3], "{name}");
}

#[test]
fn every_vector_is_as_long_as_it_must_be_for_every_reader() {
    let vectors = vectors::all();
    let (front, back) = vectors.split_at(vectors.len() / 2);

    std::thread::scope(|scope| {
        scope.spawn(|| front.iter().for_each(assert_judged_well));
        back.iter().for_each(assert_judged_well);
    });
}

/// Decoding them takes minutes, which a proof does; reading them does not.
#[test]
fn twelve_hours_of_silence_are_twelve_hours_of_file() {
    for vector in vectors::of_twelve_hours() {
        let recorded = vector.record();

        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("user_audio.ogg");
        std::fs::write(&path, &recorded.file).unwrap();
        verdict(&path);
        assert_eq!(recorded.totals, vector.expected, "{}", vector.name);
        let read = assert_readers_agree(vector.name, &recorded.file);
        assert_eq!(read.samples, vector.expected.samples, "{}", vector.name);
    }
}

/// What each coding sounds like on the wire.
const CODINGS: [&[&str]; 4] = [
    &["-ac", "1", "-b:a", "32k", "-application", "voip"],
    &[
        "-ac",
        "1",
        "-b:a",
        "12k",
        "-application",
        "voip",
        "-frame_duration",
        "60",
    ],
    &[
        "-ac",
        "1",
        "-application",
        "lowdelay",
        "-frame_duration",
        "5",
    ],
    &["-ac", "2", "-b:a", "96k", "-frame_duration", "10"],
];

#[test]
fn players_hear_every_sample_of_every_coding_with_and_without_loss() {
    let home = tempfile::tempdir().unwrap();
    for options in CODINGS {
        let clean = sent(encoded(options));
        let third = clean.len() / 3;
        let mut lossy = clean.clone();
        lossy.drain(third..third + third / 2);

        for packets in [clean, lossy] {
            let ended_at = packets.last().unwrap().arrived;
            let (file, totals) = record(&packets, ended_at);
            let path = home.path().join("user_audio.ogg");
            std::fs::write(&path, &file).unwrap();

            let read = assert_readers_agree("a coding", &file);
            let verdict = verdict(&path);
            let heard = decoded_samples(&path, home.path());

            let expected = usize::try_from(totals.samples).unwrap() - usize::from(PRE_SKIP);
            assert!(totals.samples >= 240_000 && totals.samples == read.samples);
            assert_eq!(heard, [expected; 3], "{options:?}");
            assert!(
                verdict.contains("conversation_id=1751014936301809000"),
                "{verdict}"
            );
        }
    }
}

#[test]
fn a_clean_recording_holds_the_very_packets_that_were_sent() {
    let spoken = encoded(CODINGS[0]);
    let packets = sent(spoken.clone());

    let (file, _) = record(&packets, packets.last().unwrap().arrived);

    let file = assert_readers_agree("a clean recording", &file);
    assert_eq!(file.packets, spoken);
    assert_eq!(file.pages, 2 + spoken.len().div_ceil(10));
    assert!(file.vendor.starts_with("voicechat "));
    assert!(
        file.comments
            .contains(&"DATE=2025-06-27T09:02:16.301809Z".to_owned())
    );
}

/// One page has room for 255 segments: large packets fill it before 200 ms are over.
#[test]
fn large_packets_stay_whole_on_their_pages() {
    let start = Instant::now();
    // Two and a half milliseconds in one frame; and 20 ms whose most is padding.
    let padded = [&[0xfb, 0x41, 255, 255, 188][..], &[0; 700]].concat();
    for (payload, samples) in [
        (vec![0xe0; 1276], 120),
        (vec![0xe0; 510], 120),
        (padded, 960),
    ] {
        let packets = (0..250_u16).map(|n| AudioPacket {
            arrived: start + Duration::from_millis(20) * n.into(),
            ssrc: 1,
            payload_type: PAYLOAD_TYPE,
            sequence_number: n,
            timestamp_48k: u32::from(n) * samples,
            is_marked: false,
            sender_report: None,
            payload: payload.clone().into(),
        });

        let (file, _) = record(&packets.collect::<Vec<_>>(), start + Duration::from_secs(5));

        let file = assert_readers_agree("large packets", &file);
        assert_eq!(file.samples, 250 * u64::from(samples));
        assert!(file.packets.iter().all(|packet| *packet == payload));
    }
}
