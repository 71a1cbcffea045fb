use std::fs;

use super::*;

fn storage() -> (tempfile::TempDir, Storage) {
    let home = tempfile::tempdir().unwrap();
    let storage = Storage::new(home.path().to_owned()).unwrap();
    (home, storage)
}

/// A pair in files, and the options that name them.
fn files(home: &Path, storage: &Storage) -> TlsConfig {
    let pair = own::pair(storage, &own::names(&[]), SystemTime::now()).unwrap();
    let config = TlsConfig {
        tls_cert: Some(home.join("cert.pem")),
        tls_key: Some(home.join("key.pem")),
        ..TlsConfig::default()
    };
    fs::write(home.join("cert.pem"), pair.certificate).unwrap();
    fs::write(home.join("key.pem"), pair.key).unwrap();
    config
}

#[test]
fn a_certificate_that_is_of_no_use_is_named_at_the_start_and_ignored_later() {
    let (home, storage) = storage();
    let config = files(home.path(), &storage);
    let tls = Tls::new(&config, &storage, &[]).unwrap().unwrap();
    let first = tls.fingerprint();
    let (_other_home, other) = self::storage();
    let other = own::pair(&other, &own::names(&[]), SystemTime::now()).unwrap();

    for bytes in [b"nonsense".as_slice(), b"", &other.certificate] {
        fs::write(home.path().join("cert.pem"), bytes).unwrap();
        assert!(tls.reload().is_err());
        assert!(Tls::new(&config, &storage, &[]).is_err());
        assert_eq!(tls.fingerprint(), first);
    }
    fs::write(home.path().join("cert.pem"), &other.certificate).unwrap();
    fs::write(home.path().join("key.pem"), &other.key).unwrap();
    tls.reload().unwrap();
    assert_ne!(tls.fingerprint(), first);
}

#[test]
fn files_and_a_certificate_of_our_own_exclude_each_other() {
    let (home, storage) = storage();
    let both = TlsConfig {
        tls: TlsMode::Auto,
        ..files(home.path(), &storage)
    };

    assert!(matches!(
        Tls::new(&both, &storage, &[]),
        Err(TlsError::Both)
    ));
    let none = Tls::new(&TlsConfig::default(), &storage, &[]).unwrap();
    assert!(none.is_none());
}
