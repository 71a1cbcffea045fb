use super::*;

/// A page with one packet, of the stream 7.
fn page_bytes(flags: u8, granule: u64, number: u32, packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(7_u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(1);
    page.push(u8::try_from(packet.len()).unwrap());
    page.extend(packet);
    let crc = checksum(&page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

fn file() -> Vec<Vec<u8>> {
    let head = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0";
    let tags = b"OpusTags\x01\0\0\0v\x01\0\0\0\x03\0\0\0A=b";
    vec![
        page_bytes(2, 0, 0, head),
        page_bytes(0, 0, 1, tags),
        page_bytes(0, 960, 2, &[0x78, 1]),
        page_bytes(4, 1920, 3, &[0x78]),
    ]
}

#[test]
fn a_sound_file_is_read() {
    let file = OggFile::read(&file().concat()).unwrap();

    let expected = OggFile {
        serial: 7,
        pages: 4,
        channels: 1,
        pre_skip: 312,
        vendor: "v".to_owned(),
        comments: vec!["A=b".to_owned()],
        packets: vec![vec![0x78, 1], vec![0x78]],
        samples: 1920,
        concealed_samples: 960,
    };
    assert_eq!(file, expected);
}

#[test]
fn no_flipped_bit_goes_unnoticed() {
    let sound = file().concat();

    for bit in 0..sound.len() * 8 {
        let mut damaged = sound.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(OggFile::read(&damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn no_missing_swapped_or_repeated_page_goes_unnoticed() {
    for at in 0..4 {
        let mut missing = file();
        missing.remove(at);
        let mut repeated = file();
        repeated.insert(at, repeated[at].clone());
        let mut swapped = file();
        swapped.swap(at, (at + 1) % 4);

        for damaged in [missing, repeated, swapped] {
            assert!(OggFile::read(&damaged.concat()).is_err(), "page {at}");
        }
    }
}

#[test]
fn a_prefix_of_whole_pages_is_a_file_without_an_end() {
    let prefix = file()[..3].concat();

    assert_eq!(OggFile::read_prefix(&prefix).map(|it| it.samples), Ok(960));
    assert_eq!(
        OggFile::read(&prefix).unwrap_err().rule,
        "the last page ends the stream"
    );
}

#[test]
fn a_granule_position_that_is_not_the_sum_is_a_fault() {
    let mut pages = file();
    pages[3] = page_bytes(4, 1919, 3, &[0x78]);

    let fault = OggFile::read(&pages.concat()).unwrap_err();

    assert_eq!(
        fault.to_string(),
        "page 3: granule position is the sum of durations"
    );
}
