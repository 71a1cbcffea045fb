use std::fs;
use std::sync::Mutex;

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

fn nowhere() -> Addresses {
    Box::new(Vec::new)
}

#[test]
fn a_certificate_that_is_of_no_use_is_named_at_the_start_and_ignored_later() {
    let (home, storage) = storage();
    let config = files(home.path(), &storage);
    let tls = Tls::new(&config, &storage, nowhere()).unwrap().unwrap();
    let first = tls.fingerprint();
    let (_other_home, other) = self::storage();
    let other = own::pair(&other, &own::names(&[]), SystemTime::now()).unwrap();

    for bytes in [b"nonsense".as_slice(), b"", &other.certificate] {
        fs::write(home.path().join("cert.pem"), bytes).unwrap();
        assert!(tls.reload().is_err());
        assert!(Tls::new(&config, &storage, nowhere()).is_err());
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
        Tls::new(&both, &storage, nowhere()),
        Err(TlsError::Both)
    ));
    let none = Tls::new(&TlsConfig::default(), &storage, nowhere()).unwrap();
    assert!(none.is_none());
}

#[test]
fn a_certificate_of_our_own_is_for_the_addresses_of_now_and_made_anew_before_it_ends() {
    let (_home, storage) = storage();
    let config = TlsConfig {
        tls: TlsMode::Auto,
        ..TlsConfig::default()
    };
    let present = Arc::new(Mutex::new(vec!["192.0.2.7".parse().unwrap()]));
    let told = Arc::clone(&present);
    let addresses: Addresses = Box::new(move || told.lock().unwrap().clone());
    let tls = Tls::new(&config, &storage, addresses).unwrap().unwrap();
    let (first, now) = (tls.fingerprint(), SystemTime::now());
    let names = || own::names(&present.lock().unwrap());
    let day = BETWEEN_LOOKS;

    assert!(!tls.reload_at(now).unwrap());
    assert!(!tls.reload_at(now + 300 * day).unwrap());
    assert_eq!(tls.fingerprint(), first);
    present.lock().unwrap().push("192.0.2.8".parse().unwrap());
    assert!(tls.reload_at(now).unwrap());
    let kept = storage.pair().unwrap().unwrap();
    assert!(own::serves(&kept, &names(), now));
    // Of an address that it lost it need not be silent.
    present.lock().unwrap().clear();
    assert!(!tls.reload_at(now).unwrap());
    assert!(tls.reload_at(now + 370 * day).unwrap());
}
