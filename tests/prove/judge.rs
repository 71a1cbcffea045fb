//! Whether a recording holds what was said, in its order and from its beginning, and plays.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tests::ogg_file::OggFile;
use tests::opus_tools;

/// A recording, and the packets of which it is to hold the first ones.
pub(crate) struct Suspect<'a> {
    pub(crate) path: &'a Path,
    pub(crate) said: &'a [Bytes],
}

/// How many packets the file holds, if nobody finds fault with it: our reader, opusinfo, opusdec
/// and ffmpeg.
pub(crate) fn judge(suspect: &Suspect<'_>) -> Result<usize, String> {
    let Suspect { path, said } = *suspect;
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file = OggFile::read(&bytes).map_err(|fault| fault.to_string())?;
    let kept = file.packets.len();
    if said.get(..kept).is_none_or(|said| file.packets != said) {
        return Err(format!(
            "its {kept} packets are not the first that were said"
        ));
    }
    assert_plays(path, file.samples)?;
    Ok(kept)
}

/// Other people's programs find no fault, and play every sample.
pub(crate) fn assert_plays(path: &Path, samples: u64) -> Result<(), String> {
    opus_tools::try_check(path)?;
    let expected = samples - u64::from(server::recording::PRE_SKIP);
    let played = opus_tools::played_samples(path)?;
    if played != [expected; 2] {
        return Err(format!("{played:?} samples play of {expected}"));
    }
    Ok(())
}

/// The same of many, on two threads, in their order.
pub(crate) fn judge_all(suspects: &[Suspect<'_>]) -> Vec<Result<usize, String>> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    let work = || {
        while let Some((at, suspect)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            suspects.get(at).map(|suspect| (at, suspect))
        } {
            let verdict = judge(suspect);
            verdicts.lock().unwrap().push((at, verdict));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let mut verdicts = verdicts.into_inner().unwrap();
    verdicts.sort_by_key(|(at, _)| *at);
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}
