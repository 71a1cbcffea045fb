//! What a packet costs on its way into a file, in time and in allocations: no disk, no thread. An
//! iteration is one packet, so each line tells nanoseconds and allocations of a packet.
//!
//! The references do the least that could be done with the same bytes, in the same run, so that
//! figures of two machines can be compared as ratios.

use std::collections::VecDeque;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bytes::Bytes;
use divan::{AllocProfiler, Bencher};
use jiff::Timestamp;
use server::audio::Tee;
use server::packet::AudioPacket;
use server::recording::{Channels, Limits, Moment, Origin, Recording};
use shared::ConversationId;
use shared::recording::Client;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// One page: the writer takes what waits each 200 ms.
const BATCH: usize = 10;
/// A packet of 20 ms at 40 kbit/s: CELT, full band, one frame (RFC 6716 §3.1).
static PAYLOAD: [u8; 100] = [0xF8; 100];

fn main() {
    divan::main();
}

#[divan::bench(sample_size = 1000)]
fn recording_in_order(bencher: Bencher<'_, '_>) {
    record(bencher, in_order(Instant::now()));
}

/// Every twelfth packet is lost, and of each seven that come two are swapped.
#[divan::bench(sample_size = 1000)]
fn recording_with_loss_and_disorder(bencher: Bencher<'_, '_>) {
    let is_lost = |packet: &AudioPacket| packet.sequence_number % 12 == 7;
    let mut received = in_order(Instant::now()).filter(move |packet| !is_lost(packet));
    let mut overtaken = None;
    let mut turn = 0_u64;
    record(
        bencher,
        std::iter::from_fn(move || {
            turn += 1;
            match (turn % 7, overtaken.take()) {
                (_, Some(late)) => Some(late),
                (0, None) => {
                    let first = received.next()?;
                    let mut second = received.next()?;
                    let late = AudioPacket {
                        arrived: second.arrived,
                        ..first.clone()
                    };
                    second.arrived = first.arrived;
                    overtaken = Some(late);
                    Some(second)
                }
                (_, None) => received.next(),
            }
        }),
    );
}

#[divan::bench(sample_size = 1000)]
fn tee_push_and_take(bencher: Bencher<'_, '_>) {
    let mut packets = in_order(Instant::now());
    let mut tee = Tee::default();
    let mut feed = tee.attach("bench", NonZeroUsize::MIN);
    bencher.bench_local(|| {
        if let Some(packet) = packets.next() {
            tee.push(black_box(&packet));
        }
        feed.try_next()
    });
}

/// What the tee is to be compared with: the queue alone.
#[divan::bench(sample_size = 1000)]
fn reference_queue(bencher: Bencher<'_, '_>) {
    let mut packets = in_order(Instant::now());
    let mut queue = VecDeque::with_capacity(16);
    bencher.bench_local(|| {
        if let Some(packet) = packets.next() {
            queue.push_back(black_box(&packet).clone());
        }
        queue.pop_front()
    });
}

/// What a recording is to be compared with: its bytes copied, and a checksum of them.
#[divan::bench(sample_size = 1000)]
fn reference_copy_and_checksum(bencher: Bencher<'_, '_>) {
    let table = checksum_table();
    let mut page: Vec<u8> = Vec::with_capacity(BATCH * PAYLOAD.len());
    let mut sum = 0;
    bencher.bench_local(|| {
        if page.len() == page.capacity() {
            page.clear();
        }
        let payload = black_box(&PAYLOAD);
        page.extend_from_slice(payload);
        sum = checksum(&table, sum, payload);
        sum
    });
}

/// Records a call that never ends; a batch is taken as the writer takes it.
fn record(bencher: Bencher<'_, '_>, mut packets: impl Iterator<Item = AudioPacket>) {
    let mut recording = Recording::new(&origin(), 7);
    let mut in_batch = 0;
    bencher.bench_local(|| {
        if let Some(packet) = packets.next() {
            recording.accept(packet);
        }
        in_batch += 1;
        if in_batch == BATCH {
            in_batch = 0;
            black_box(recording.take_pages());
        }
    });
}

fn origin() -> Origin {
    Origin {
        id: ConversationId::from_nanoseconds(7),
        channels: Channels::Mono,
        payload_type: 111,
        fmtp: String::new(),
        client: Client::default(),
        began: Moment {
            at: Instant::now(),
            time: Timestamp::UNIX_EPOCH,
        },
        limits: Limits {
            duration: Duration::from_secs(u64::MAX / 48_000),
            bytes: u64::MAX,
        },
    }
}

fn in_order(start: Instant) -> impl Iterator<Item = AudioPacket> {
    let mut arrived = start;
    let (mut sequence_number, mut timestamp_48k) = (0_u16, 0_u32);
    std::iter::from_fn(move || {
        arrived += Duration::from_millis(20);
        sequence_number = sequence_number.wrapping_add(1);
        timestamp_48k = timestamp_48k.wrapping_add(960);
        Some(AudioPacket {
            arrived,
            ssrc: 1,
            payload_type: 111,
            sequence_number,
            timestamp_48k,
            is_marked: false,
            sender_report: None,
            payload: Bytes::from_static(&PAYLOAD),
        })
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
