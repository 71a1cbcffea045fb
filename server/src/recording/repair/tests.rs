//! What may be cut off without a second thought, and what may not.

use super::*;
use crate::recording::verify::page::HEADER_BYTES;

fn page(body: &[u8]) -> Vec<u8> {
    let mut page = [CAPTURE, &[0; 22]].concat();
    let lacing: Vec<u8> = body
        .chunks(254)
        .map(|packet| u8::try_from(packet.len()).unwrap())
        .collect();
    page[HEADER_BYTES - 1] = u8::try_from(lacing.len()).unwrap();
    page.extend(lacing);
    page.extend(body);
    page::seal(&mut page).unwrap();
    page
}

fn offcut(bytes: &[u8]) -> Offcut {
    let mut offcut = Offcut::default();
    for piece in bytes.chunks(4096) {
        offcut.push(piece);
    }
    offcut
}

#[test]
fn a_page_that_is_torn_anywhere_is_worthless() {
    let page = page(&[1; 1000]);

    for bytes in 0..page.len() {
        assert!(offcut(&page[..bytes]).is_worthless(), "{bytes}");
    }
}

#[test]
fn a_whole_page_is_not_worthless_whatever_is_wrong_with_it() {
    let sound = page(&[1; 1000]);
    let mut damaged = sound.clone();
    damaged[500] ^= 1;

    assert!(!offcut(&sound).is_worthless());
    assert!(!offcut(&damaged).is_worthless());
}

#[test]
fn what_whole_pages_follow_is_damage_and_not_worthless() {
    let page = page(&[1; 1000]);
    let torn = &page[..600];
    let mut longer = page.clone();
    // It pretends to reach beyond the page after it.
    longer[HEADER_BYTES..HEADER_BYTES + 4].fill(254);
    longer.splice(HEADER_BYTES - 1..HEADER_BYTES, [200]);

    assert!(!offcut(&[torn, &page].concat()).is_worthless());
    assert!(!offcut(&[&longer[..], &page].concat()).is_worthless());
    assert!(!offcut(&[torn, &page, torn].concat()).is_worthless());
}

#[test]
fn what_does_not_begin_like_a_page_is_not_worthless() {
    assert!(!offcut(b"not a page").is_worthless());
    assert!(!offcut(&[0; 4096]).is_worthless());
}

#[test]
fn more_than_a_page_is_not_worthless_and_not_kept() {
    let begun = [CAPTURE, &[255; MAX_BYTES]].concat();

    let offcut = offcut(&begun);

    assert_eq!(offcut.kept.len(), MAX_BYTES);
    assert!(!offcut.is_worthless());
}

#[test]
fn beginnings_of_pages_by_the_thousand_are_looked_through() {
    // Every seventh byte begins what may be a page of 32 KB, and none of them is one.
    let hostile: Vec<u8> = b"OggS\0\xff\xff"
        .iter()
        .copied()
        .cycle()
        .take(1 << 24)
        .collect();
    let mut torn = page(&[0; 253 * 254]);
    torn.truncate(MAX_BYTES - 2048);
    for (byte, hostile) in torn.iter_mut().skip(HEADER_BYTES + 253).zip(&hostile) {
        *byte = *hostile;
    }

    assert!(!offcut(&hostile).is_worthless());
    assert!(offcut(&torn).is_worthless());
}
