//! The files in other people's hands: opusinfo finds no fault, opusdec and ffmpeg play to the
//! sample what the last granule position promises.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use server::packet::AudioPacket;
use server::recording::PRE_SKIP;

use crate::calls::{PAYLOAD_TYPE, record};
use crate::ogg_file::{OggFile, frames};

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

/// Five seconds of a rising tone, encoded by ffmpeg; `options` choose the coding.
fn spoken(folder: &Path, options: &[&str]) -> Vec<Vec<u8>> {
    let path = folder.join("spoken.ogg");
    let path = path.to_str().unwrap();
    let tone = "aevalsrc=0.4*sin(2*PI*(200*t+100*t*t)):s=48000:d=5";
    let source = [
        "-v", "error", "-y", "-f", "lavfi", "-i", tone, "-c:a", "libopus",
    ];
    run("ffmpeg", &[&source[..], options, &[path]].concat());
    packets_of(&std::fs::read(path).unwrap())
}

/// The packets of a stranger's file, whose pages may be laid out in other ways than ours.
fn packets_of(file: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(file));
    let packets = std::iter::from_fn(|| reader.read_packet().unwrap());
    packets.skip(2).map(|packet| packet.data).collect()
}

/// As they would arrive without any trouble.
fn sent(packets: Vec<Vec<u8>>) -> Vec<AudioPacket> {
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
                payload: payload.into(),
            }
        })
        .collect()
}

/// Decodes with two decoders: how many samples each gives.
fn decoded_samples(path: &Path, folder: &Path) -> [usize; 2] {
    let path = path.to_str().unwrap();
    let raw = folder.join("decoded.raw");
    let opusdec = ["--quiet", "--rate", "48000", "--force-stereo"];
    let raw_path = raw.to_str().unwrap();
    run("opusdec", &[&opusdec[..], &[path, raw_path]].concat());
    let by_opusdec = std::fs::read(raw).unwrap().len() / 4;
    let ffmpeg = [
        "-v", "error", "-i", path, "-f", "s16le", "-ac", "2", "-ar", "48000", "-",
    ];
    let output = run("ffmpeg", &ffmpeg);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    [by_opusdec, output.stdout.len() / 4]
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
        let clean = sent(spoken(home.path(), options));
        let third = clean.len() / 3;
        let mut lossy = clean.clone();
        lossy.drain(third..third + third / 2);

        for packets in [clean, lossy] {
            let ended_at = packets.last().unwrap().arrived;
            let (file, totals) = record(&packets, ended_at);
            let path = home.path().join("user_audio.ogg");
            std::fs::write(&path, &file).unwrap();

            let read = OggFile::read(&file).unwrap();
            let verdict = run("opusinfo", &[path.to_str().unwrap()]);
            let heard = decoded_samples(&path, home.path());

            let expected = usize::try_from(totals.samples).unwrap() - usize::from(PRE_SKIP);
            assert!(totals.samples >= 240_000 && totals.samples == read.samples);
            assert_eq!(heard, [expected; 2], "{options:?}");
            let verdict = String::from_utf8_lossy(&verdict.stdout).to_lowercase()
                + &String::from_utf8_lossy(&verdict.stderr).to_lowercase();
            assert!(!verdict.contains("warning"), "{verdict}");
            assert!(
                verdict.contains("conversation_id=1751014936301809000"),
                "{verdict}"
            );
        }
    }
}

#[test]
fn a_clean_recording_holds_the_very_packets_that_were_sent() {
    let home = tempfile::tempdir().unwrap();
    let spoken = spoken(home.path(), CODINGS[0]);
    let packets = sent(spoken.clone());

    let (file, _) = record(&packets, packets.last().unwrap().arrived);

    let file = OggFile::read(&file).unwrap();
    assert_eq!(file.packets, spoken);
    assert_eq!(file.pages, 2 + spoken.len().div_ceil(10));
    assert!(file.vendor.starts_with("voicechat "));
    assert!(
        file.comments
            .contains(&"DATE=2025-06-27T09:02:16.301809Z".to_owned())
    );
}
