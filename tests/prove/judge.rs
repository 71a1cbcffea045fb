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

/// A file whose writer was killed plays all its whole pages, before anybody completed it.
pub(crate) fn assert_plays_torn(path: &Path) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file = OggFile::read_torn(&bytes).map_err(|fault| fault.to_string())?;
    let expected = file.samples - u64::from(server::recording::PRE_SKIP);
    let played = opus_tools::played_samples(path)?;
    if played != [expected; 2] {
        return Err(format!(
            "{}: {played:?} samples play of {expected}, before it was completed",
            path.display()
        ));
    }
    Ok(())
}

/// [`judge`] of many.
pub(crate) fn judge_all(suspects: &[Suspect<'_>]) -> Vec<Result<usize, String>> {
    of_each(suspects, judge)
}

/// Looks at each, on two threads; the verdicts are in their order.
pub(crate) fn of_each<T: Sync, V: Send>(all: &[T], look: impl Fn(&T) -> V + Sync) -> Vec<V> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    let work = || {
        while let Some((at, one)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            all.get(at).map(|one| (at, one))
        } {
            let verdict = look(one);
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
