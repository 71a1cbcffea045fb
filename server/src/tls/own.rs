//! A certificate of our own: signed by itself, for this machine's names and addresses, kept on the
//! disk so that a browser that was told to trust it need not be told again.

use std::io;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::machine;
use crate::storage::{Pair, Storage};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Safari takes none that lasts for more than 398 days.
const LASTS: Duration = Duration::from_secs(397 * 24 * 60 * 60);
/// With less left it is made anew.
const RENEWED_BEFORE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A certificate of our own could not be had.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    #[error("the certificate of our own could not be made")]
    Make(#[from] rcgen::Error),
    #[error("the certificate of our own could not be kept")]
    Disk(#[from] io::Error),
}

/// By what this machine is called from anywhere: names, then addresses.
pub(super) fn names(addresses: &[IpAddr]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let own = machine::names();
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let are_names = own.iter().all(|name| name.bytes().all(is_sign));
    if are_names && !own.contains(&"localhost".to_owned()) {
        names.extend(own);
    }
    let local = ["127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(local);
    for address in addresses.iter().map(ToString::to_string) {
        if !names.contains(&address) {
            names.push(address);
        }
    }
    names
}

/// The pair that lies on the disk if it still serves, or else a new one.
pub(super) fn pair(storage: &Storage, names: &[String], now: SystemTime) -> Result<Pair, OwnError> {
    if let Some(pair) = storage.pair()?
        && serves(&pair, names, now)
    {
        return Ok(pair);
    }
    let pair = make(names, now)?;
    storage.put_pair(&pair)?;
    Ok(pair)
}

fn make(names: &[String], now: SystemTime) -> Result<Pair, OwnError> {
    let mut params = CertificateParams::new(names)?;
    // Clocks of phones may be behind.
    params.not_before = (now - DAY).into();
    params.not_after = (now - DAY + LASTS).into();
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CommonName, "voicechat");
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(Pair {
        certificate: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
    })
}

/// Whether a pair matches, lasts for a while, and has all the names.
pub(super) fn serves(pair: &Pair, names: &[String], now: SystemTime) -> bool {
    let Ok(der) = CertificateDer::from_pem_slice(&pair.certificate) else {
        return false;
    };
    let Ok((_, certificate)) = X509Certificate::from_der(&der) else {
        return false;
    };
    let ends = certificate.validity().not_after.timestamp();
    let needed = (now + RENEWED_BEFORE).duration_since(SystemTime::UNIX_EPOCH);
    let needed = needed.map_or(i64::MAX, |needed| {
        i64::try_from(needed.as_secs()).unwrap_or(i64::MAX)
    });
    let Ok(Some(alternatives)) = certificate.subject_alternative_name() else {
        return false;
    };
    let has = |name: &String| {
        let mut alternatives = alternatives.value.general_names.iter();
        alternatives.any(|alternative| is_called(alternative, name))
    };
    ends > needed && names.iter().all(has) && super::Current::new(pair).is_ok()
}

fn is_called(alternative: &GeneralName<'_>, name: &str) -> bool {
    match alternative {
        GeneralName::DNSName(dns) => *dns == name,
        GeneralName::IPAddress(bytes) => match name.parse() {
            Ok(IpAddr::V4(ip)) => ip.octets() == *bytes,
            Ok(IpAddr::V6(ip)) => ip.octets() == *bytes,
            Err(_) => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage() -> (tempfile::TempDir, Storage) {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        (home, storage)
    }

    fn named(ips: &[&str]) -> Vec<String> {
        let ips: Vec<IpAddr> = ips.iter().map(|ip| ip.parse().unwrap()).collect();
        names(&ips)
    }

    #[test]
    fn a_certificate_is_kept_until_it_ends_or_lacks_a_name() {
        use std::os::unix::fs::PermissionsExt;
        let (home, storage) = storage();
        let now = SystemTime::now();
        let at_home = named(&["192.0.2.7"]);
        let get = |names: &[String], now| pair(&storage, names, now).unwrap().certificate;

        let first = get(&at_home, now);
        let again = get(&at_home, now + 300 * DAY);
        let elsewhere = get(&named(&["192.0.2.8", "2001:db8::1"]), now);
        let later = get(&named(&["192.0.2.8"]), now + 370 * DAY);

        assert_eq!(first, again);
        assert_ne!(first, elsewhere);
        assert_ne!(elsewhere, later);
        let key = home.path().join(".tls/key.pem");
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&key), 0o600);
        assert_eq!(mode(key.parent().unwrap()), 0o700);
        assert!(storage.ids().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_pair_is_made_anew() {
        let (home, storage) = storage();
        let now = SystemTime::now();
        let names = named(&[]);
        pair(&storage, &names, now).unwrap();
        let other = make(&names, now).unwrap();
        for (file, bytes) in [
            ("key.pem", other.key.as_slice()),
            ("cert.pem", b"nonsense"),
            ("key.pem", b""),
        ] {
            std::fs::write(home.path().join(".tls").join(file), bytes).unwrap();

            let made = pair(&storage, &names, now).unwrap();

            assert!(serves(&made, &names, now), "{file}");
        }
    }
}
