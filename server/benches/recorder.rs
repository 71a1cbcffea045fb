//! What a packet costs on its way into a file, in time and in allocations: no disk, no thread.
//!
//! The references do the least that could be done with the same bytes, in the same run, so that
//! figures of two machines can be compared as ratios.

use std::collections::VecDeque;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bytes::Bytes;
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use jiff::Timestamp;
use server::audio::Tee;
use server::packet::AudioPacket;
use server::recording::{Channels, Limits, Moment, Origin, Recording};
use shared::ConversationId;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// Twenty seconds of a call.
const PACKETS: u16 = 1000;
/// One page: the writer takes what waits each 200 ms.
const BATCH: usize = 10;
/// A packet of 20 ms at 40 kbit/s: CELT, full band, one frame (RFC 6716 §3.1).
static PAYLOAD: [u8; 100] = [0xF8; 100];

fn main() {
    divan::main();
}

#[divan::bench]
fn recording_in_order(bencher: Bencher<'_, '_>) {
    let packets: Vec<AudioPacket> = in_order(Instant::now()).collect();
    record(bencher, &packets);
}

#[divan::bench]
fn recording_with_loss_and_disorder(bencher: Bencher<'_, '_>) {
    let start = Instant::now();
    let is_lost = |packet: &AudioPacket| packet.sequence_number % 25 % 12 == 7;
    let mut packets: Vec<AudioPacket> = in_order(start).filter(|p| !is_lost(p)).collect();
    for pair in packets.chunks_exact_mut(7) {
        if let [.., second, last] = pair {
            std::mem::swap(second, last);
            std::mem::swap(&mut second.arrived, &mut last.arrived);
        }
    }
    record(bencher, &packets);
}

#[divan::bench]
fn tee_push(bencher: Bencher<'_, '_>) {
    let packets: Vec<AudioPacket> = in_order(Instant::now()).collect();
    let room = NonZeroUsize::new(usize::from(PACKETS)).unwrap_or(NonZeroUsize::MIN);
    bencher
        .counter(ItemsCount::new(packets.len()))
        .with_inputs(|| {
            let mut tee = Tee::default();
            let feed = tee.attach("bench", room);
            (tee, feed)
        })
        .bench_local_refs(|(tee, _feed)| {
            for packet in &packets {
                tee.push(black_box(packet));
            }
        });
}

/// What `tee_push` is to be compared with: the queue alone.
#[divan::bench]
fn reference_queue(bencher: Bencher<'_, '_>) {
    let packets: Vec<AudioPacket> = in_order(Instant::now()).collect();
    bencher
        .counter(ItemsCount::new(packets.len()))
        .with_inputs(|| VecDeque::with_capacity(16))
        .bench_local_refs(|queue| {
            for packet in &packets {
                queue.push_back(black_box(packet).clone());
            }
        });
}

/// What a recording is to be compared with: its bytes copied, and a checksum of them.
#[divan::bench]
fn reference_copy_and_checksum(bencher: Bencher<'_, '_>) {
    let table = checksum_table();
    bencher
        .counter(ItemsCount::new(PACKETS))
        .with_inputs(|| Vec::with_capacity(usize::from(PACKETS) * PAYLOAD.len()))
        .bench_local_refs(|file: &mut Vec<u8>| {
            let mut sum = 0;
            for _ in 0..PACKETS {
                let payload = black_box(&PAYLOAD);
                file.extend_from_slice(payload);
                sum = checksum(&table, sum, payload);
            }
            sum
        });
}

fn record(bencher: Bencher<'_, '_>, packets: &[AudioPacket]) {
    let origin = origin();
    bencher
        .counter(ItemsCount::new(packets.len()))
        .with_inputs(|| packets.to_vec())
        .bench_local_values(|packets| {
            let mut recording = Recording::new(&origin, 7);
            for (number, packet) in packets.into_iter().enumerate() {
                recording.accept(packet);
                if number % BATCH == 0 {
                    black_box(recording.take_pages());
                }
            }
            recording.finish(None)
        });
}

fn origin() -> Origin {
    Origin {
        id: ConversationId::from_nanoseconds(7),
        channels: Channels::Mono,
        payload_type: 111,
        fmtp: String::new(),
        user_agent: None,
        began: Moment {
            at: Instant::now(),
            time: Timestamp::UNIX_EPOCH,
        },
        limits: Limits::default(),
    }
}

fn in_order(start: Instant) -> impl Iterator<Item = AudioPacket> {
    (0..PACKETS).map(move |number| AudioPacket {
        arrived: start + Duration::from_millis(20) * u32::from(number),
        ssrc: 1,
        payload_type: 111,
        sequence_number: number,
        timestamp_48k: u32::from(number) * 960,
        is_marked: false,
        sender_report: None,
        payload: Bytes::from_static(&PAYLOAD),
    })
}

/// RFC 3533 §6, a byte at a time.
fn checksum(table: &[u32; 256], sum: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(sum, |sum, &byte| {
        let [high, ..] = sum.to_be_bytes();
        let step = table.get(usize::from(high ^ byte)).copied();
        (sum << 8) ^ step.unwrap_or_default()
    })
}

fn checksum_table() -> [u32; 256] {
    let mut table = [0; 256];
    for (byte, step) in (0_u32..).zip(&mut table) {
        *step = (0..8).fold(byte << 24, |sum, _| {
            (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        });
    }
    table
}
