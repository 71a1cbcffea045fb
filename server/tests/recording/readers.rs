//! Two readers of one file that share no code, the verifier and the tests' own: they agree.

use server::recording::verify::{Fault, Stream, Verifier};

use crate::ogg_file::OggFile;

/// What the verifier says of a file that reaches it in pieces of so many bytes.
pub(crate) fn verified(file: &[u8], piece_bytes: usize) -> Result<Stream, Fault> {
    let mut verifier = Verifier::default();
    let mut heard = 0;
    for piece in file.chunks(piece_bytes.max(1)) {
        verifier.push(piece, &mut |_| heard += 1)?;
    }
    let stream = verifier.finish()?;
    assert_eq!(heard, stream.packets, "the listener gets every packet");
    Ok(stream)
}

/// What the verifier has to say of a file that the other reader read.
pub(crate) fn stream_of(file: &OggFile, bytes: u64) -> Stream {
    Stream {
        serial: file.serial,
        channels: file.channels,
        pre_skip: file.pre_skip,
        bytes,
        pages: file.pages as u64,
        packets: file.packets.len() as u64,
        samples: file.samples,
        concealed_samples: file.concealed_samples,
    }
}

/// Panics unless both readers find the same in the file, whole and in small pieces.
pub(crate) fn assert_readers_agree(name: &str, file: &[u8]) -> OggFile {
    let read = OggFile::read(file).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let expected = stream_of(&read, file.len() as u64);
    for piece_bytes in [file.len(), 4096, 7] {
        let stream = verified(file, piece_bytes);
        assert_eq!(stream, Ok(expected), "{name}, {piece_bytes} bytes a piece");
    }
    read
}
