//! `dist/`: the built page's files with compressed copies (`.br`, `.gz`) beside those that shrink.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

const COMPRESSIBLE: [&str; 7] = ["css", "html", "js", "json", "svg", "wasm", "webmanifest"];

/// Smaller files fit into one packet anyway.
const WORTH_COMPRESSING_BYTES: usize = 512;

/// Makes `dist` hold exactly the files of `built` and their compressed copies.
///
/// A file that is already there is left as it is, down to its time of change.
pub(crate) fn update(built: &Path, dist: &Path) -> io::Result<()> {
    let files = files_below(built)?;
    let mut wanted = BTreeSet::new();

    for file in files {
        let name = file.strip_prefix(built).map_err(io::Error::other)?;
        let content = fs::read(&file)?;
        let (target, copies) = (dist.join(name), Copies::of(&dist.join(name), &content));

        let is_current = fs::read(&target).is_ok_and(|present| present == content);
        if !is_current || !copies.exist() {
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder)?;
            }
            copies.write(&content)?;
            fs::write(&target, &content)?;
        }
        wanted.extend(copies.paths());
        wanted.insert(target);
    }
    remove_all_but(&wanted, dist)
}

/// The compressed copies a file should have.
struct Copies(Option<[PathBuf; 2]>);

impl Copies {
    fn of(target: &Path, content: &[u8]) -> Self {
        let extension = target.extension().and_then(|extension| extension.to_str());
        let shrinks = extension.is_some_and(|extension| COMPRESSIBLE.contains(&extension));
        if !shrinks || content.len() < WORTH_COMPRESSING_BYTES {
            return Self(None);
        }
        Self(Some(["br", "gz"].map(|extension| {
            let mut name = target.as_os_str().to_owned();
            name.push(".");
            name.push(extension);
            PathBuf::from(name)
        })))
    }

    fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.0.iter().flatten().cloned()
    }

    fn exist(&self) -> bool {
        self.paths().all(|path| path.is_file())
    }

    fn write(&self, content: &[u8]) -> io::Result<()> {
        if let Some([brotli, gzip]) = &self.0 {
            fs::write(brotli, compress_brotli(content)?)?;
            fs::write(gzip, compress_gzip(content)?)?;
        }
        Ok(())
    }
}

fn compress_brotli(content: &[u8]) -> io::Result<Vec<u8>> {
    let best = brotli::enc::BrotliEncoderParams {
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();

    brotli::BrotliCompress(&mut &content[..], &mut compressed, &best)?;
    Ok(compressed)
}

fn compress_gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());

    encoder.write_all(content)?;
    encoder.finish()
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn remove_all_but(wanted: &BTreeSet<PathBuf>, dist: &Path) -> io::Result<()> {
    for file in files_below(dist)? {
        if !wanted.contains(&file) {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn page(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = files_below(folder)
            .unwrap()
            .iter()
            .map(|file| file.strip_prefix(folder).unwrap().display().to_string())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_shrinks_has_both_copies_and_they_unpack_to_it() {
        let text = "echo ".repeat(1000);
        let built = page(&[
            ("app.js", text.as_bytes()),
            ("beep.opus", &[7; 2000]),
            ("s.css", b"a{}"),
        ]);
        let dist = tempfile::tempdir().unwrap();

        update(built.path(), dist.path()).unwrap();

        assert_eq!(
            names(dist.path()),
            ["app.js", "app.js.br", "app.js.gz", "beep.opus", "s.css"]
        );
        let mut unpacked = Vec::new();
        let packed = fs::read(dist.path().join("app.js.br")).unwrap();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut unpacked).unwrap();
        assert_eq!(unpacked, text.as_bytes());
        let mut unpacked = String::new();
        let packed = fs::File::open(dist.path().join("app.js.gz")).unwrap();
        flate2::read::GzDecoder::new(packed)
            .read_to_string(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);
    }

    #[test]
    fn a_file_of_the_page_before_does_not_stay() {
        let before = page(&[("a/app-1.js", &[b'1'; 600]), ("index.html", b"1")]);
        let after = page(&[("a/app-2.js", &[b'2'; 600]), ("index.html", b"2")]);
        let dist = tempfile::tempdir().unwrap();

        update(before.path(), dist.path()).unwrap();
        update(after.path(), dist.path()).unwrap();

        assert_eq!(
            names(dist.path()),
            ["a/app-2.js", "a/app-2.js.br", "a/app-2.js.gz", "index.html"]
        );
        assert_eq!(fs::read(dist.path().join("index.html")).unwrap(), b"2");
    }

    #[test]
    fn an_unchanged_page_is_not_touched() {
        let built = page(&[("app.js", &[b'1'; 600])]);
        let dist = tempfile::tempdir().unwrap();
        update(built.path(), dist.path()).unwrap();
        // What is not written again keeps its marks.
        fs::write(dist.path().join("app.js.br"), b"mark").unwrap();

        update(built.path(), dist.path()).unwrap();

        assert_eq!(fs::read(dist.path().join("app.js.br")).unwrap(), b"mark");
    }

    #[test]
    fn a_lost_copy_is_made_again() {
        let built = page(&[("app.js", &[b'1'; 600])]);
        let dist = tempfile::tempdir().unwrap();
        update(built.path(), dist.path()).unwrap();
        fs::remove_file(dist.path().join("app.js.gz")).unwrap();

        update(built.path(), dist.path()).unwrap();

        assert_eq!(names(dist.path()), ["app.js", "app.js.br", "app.js.gz"]);
    }
}
