use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::config::access::JwtAlgorithm;

const KEY: [u8; KEY_BYTES] = [3; KEY_BYTES];
const TOKEN: &str = "0123456789abcdef";
const SECRET: &[u8] = b"a secret of thirty-two bytes or more";
const ANNA: Option<&str> = Some("anna");
const BORIS: Option<&str> = Some("boris");

fn id(nanoseconds: u64) -> ConversationId {
    ConversationId::from_nanoseconds(nanoseconds)
}

fn config(auth: Auth) -> AccessConfig {
    AccessConfig {
        auth,
        token: Some(TOKEN.parse().unwrap()),
        ..AccessConfig::default()
    }
}

fn access(auth: Auth, is_loopback: bool) -> Access {
    let file = JwtKeyFile(SECRET.to_vec());
    Access::new(&config(auth), &KEY, Some(&file), is_loopback).unwrap()
}

fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

fn token(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET);
    encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
}

fn scoped(scope: &str) -> String {
    token(&json!({"sub": "anna", "exp": in_seconds(60), "scope": scope}))
}

/// What somebody may do with a recording of his own and one of another: play and delete.
fn table(asker: &Asker) -> [&'static str; 4] {
    let word = |result| match result {
        Ok(()) => "yes",
        Err(Denied::Scope(_)) => "no",
        Err(Denied::Hidden) => "unknown",
    };
    [
        word(asker.may_play(id(1), ANNA)),
        word(asker.may_delete(id(1), ANNA)),
        word(asker.may_play(id(2), BORIS)),
        word(asker.may_delete(id(2), BORIS)),
    ]
}

/// The same for calling, recording and listing.
fn calls(asker: &Asker) -> [bool; 3] {
    [asker.may_call(), asker.may_record(), asker.may_list()].map(|may| may.is_ok())
}

#[test]
fn on_one_machine_everything_is_open_and_elsewhere_only_calls_are() {
    let now = SystemTime::now();

    let local = access(Auth::None, true).asker(None, None, now).unwrap();
    let remote = access(Auth::None, false).asker(None, None, now).unwrap();

    assert_eq!(calls(&local), [true, true, true]);
    assert_eq!(table(&local), ["yes"; 4]);
    let proxied = access(Auth::None, true).from_elsewhere(local);

    assert_eq!(proxied, remote);
    assert_eq!(calls(&remote), [true, true, false]);
    assert_eq!(table(&remote), ["unknown"; 4]);
}

#[test]
fn a_callers_key_plays_and_deletes_his_recording_and_a_link_only_plays_it() {
    let now = SystemTime::now();
    let open = access(Auth::None, false);
    let key = open.callers_key(id(1)).unwrap();
    let caller = open.asker(None, Some(&key), now).unwrap();
    let token = access(Auth::Token, false);
    let holder = token.asker(Some(TOKEN), None, now).unwrap();
    let link = token.link_key(&holder, id(1), now).unwrap();
    let guest = open.asker(None, Some(&link), now).unwrap();

    assert_eq!(table(&caller), ["yes", "yes", "unknown", "unknown"]);
    assert_eq!(open.link_key(&caller, id(1), now).as_ref(), Some(&key));
    assert_eq!(table(&guest), ["yes", "no", "unknown", "unknown"]);
}

#[test]
fn where_tokens_are_asked_for_a_permanent_key_is_worth_nothing() {
    let now = SystemTime::now();
    let key = access(Auth::None, false).callers_key(id(1)).unwrap();
    for auth in [Auth::Token, Auth::Jwt] {
        let access = access(auth, true);

        assert_eq!(access.asker(None, None, now), Err(Unauthorized::Missing));
        assert_eq!(
            access.asker(None, Some(&key), now),
            Err(Unauthorized::Missing)
        );
        assert_eq!(access.callers_key(id(1)), None);
    }
}

#[test]
fn the_one_token_opens_everything_and_no_other_does() {
    let access = access(Auth::Token, true);
    let now = SystemTime::now();

    let holder = access.asker(Some(TOKEN), None, now).unwrap();

    assert_eq!(calls(&holder), [true, true, true]);
    assert_eq!(table(&holder), ["yes"; 4]);
    for wrong in [
        "",
        "0123456789abcdeF",
        "0123456789abcde",
        "0123456789abcdef0",
    ] {
        let refused = access.asker(Some(wrong), None, now);
        assert_eq!(refused, Err(Unauthorized::Invalid), "{wrong}");
    }
}

#[test]
fn a_scope_opens_what_it_names() {
    let access = access(Auth::Jwt, true);
    let rows = [
        ("", [false, false, false], ["unknown"; 4]),
        ("echo", [true, false, false], ["unknown"; 4]),
        ("record echo", [true, true, false], ["unknown"; 4]),
        (
            "list",
            [false, false, true],
            ["no", "no", "unknown", "unknown"],
        ),
        ("play:own", [false; 3], ["yes", "no", "unknown", "unknown"]),
        ("play:any", [false; 3], ["yes", "no", "yes", "no"]),
        (
            "delete:own",
            [false; 3],
            ["no", "yes", "unknown", "unknown"],
        ),
        ("delete:any", [false; 3], ["no", "yes", "no", "yes"]),
        (
            "play:any play:own delete:own",
            [false; 3],
            ["yes", "yes", "yes", "no"],
        ),
        ("admin", [true, true, true], ["yes"; 4]),
        ("fly Echo play", [false; 3], ["unknown"; 4]),
    ];
    for (scope, may_call, may_hear) in rows {
        let asker = access.asker(Some(&scoped(scope)), None, SystemTime::now());
        let asker = asker.unwrap();

        assert_eq!(
            (calls(&asker), table(&asker)),
            (may_call, may_hear),
            "{scope}"
        );
        assert_eq!(asker.owner(), ANNA);
    }
}

#[test]
fn a_recording_without_an_owner_is_nobodys_own() {
    let access = access(Auth::Jwt, true);
    let token = scoped("list play:own delete:own");

    let asker = access.asker(Some(&token), None, SystemTime::now()).unwrap();

    assert_eq!(asker.may_play(id(1), None), Err(Denied::Hidden));
}

fn good() -> Value {
    json!({"sub": "anna", "exp": in_seconds(60), "nbf": in_seconds(-60),
        "aud": "voicechat", "iss": "issuer", "scope": "echo"})
}

/// Signed by something else, or not at all.
fn forged() -> [String; 3] {
    let signed = |algorithm, secret: &[u8]| {
        let key = EncodingKey::from_secret(secret);
        encode(&Header::new(algorithm), &good(), &key).unwrap()
    };
    // {"alg":"none"} and no signature.
    let unsigned = token(&good());
    let unsigned = format!(
        "eyJhbGciOiJub25lIn0.{}.",
        unsigned.split('.').nth(1).unwrap()
    );
    [
        signed(Algorithm::HS512, SECRET),
        signed(Algorithm::HS256, b"another secret of thirty-two bytes"),
        unsigned,
    ]
}

#[test]
fn a_token_that_is_not_as_it_has_to_be_is_refused() {
    let strict = AccessConfig {
        jwt_audience: Some("voicechat".to_owned()),
        jwt_issuer: Some("issuer".to_owned()),
        ..config(Auth::Jwt)
    };
    let file = JwtKeyFile(SECRET.to_vec());
    let strict = Access::new(&strict, &KEY, Some(&file), true).unwrap();
    let good = good();
    let changed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        token(&claims)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        token(&claims)
    };
    let ask = |token: &str| strict.asker(Some(token), None, SystemTime::now());

    assert!(ask(&token(&good)).is_ok());
    assert!(
        ask(&changed("exp", json!(in_seconds(-20)))).is_ok(),
        "leeway"
    );
    assert!(
        ask(&changed("aud", json!(["another", "voicechat"]))).is_ok(),
        "one of several"
    );
    for refused in [
        changed("exp", json!(in_seconds(-40))),
        changed("nbf", json!(in_seconds(40))),
        changed("aud", json!("another")),
        changed("iss", json!("another")),
        changed("sub", json!("")),
        changed("sub", json!("x".repeat(257))),
        changed("scope", json!(["echo"])),
        changed("scope", json!("echo ".repeat(2_000))),
        without("exp"),
        without("aud"),
        without("iss"),
        without("sub"),
        String::new(),
        "a.b.c".to_owned(),
        TOKEN.to_owned(),
    ]
    .into_iter()
    .chain(forged())
    {
        assert_eq!(ask(&refused), Err(Unauthorized::Invalid), "{refused}");
    }
}

#[test]
fn what_a_mode_needs_has_to_be_there() {
    let none = AccessConfig {
        token: None,
        ..config(Auth::Token)
    };
    let refusal = |config: &AccessConfig, file: Option<&[u8]>| {
        let file = file.map(|bytes| JwtKeyFile(bytes.to_vec()));
        Access::new(config, &KEY, file.as_ref(), true)
            .err()
            .map(|error| format!("{:#}", anyhow::Error::from(error)))
    };
    let pem = AccessConfig {
        jwt_algorithm: JwtAlgorithm::EdDsa,
        ..config(Auth::Jwt)
    };

    assert!(refusal(&none, None).unwrap().contains("VOICECHAT_TOKEN"));
    assert!(
        refusal(&config(Auth::Jwt), None)
            .unwrap()
            .contains("--jwt-key")
    );
    assert!(
        refusal(&config(Auth::Jwt), Some(b"short"))
            .unwrap()
            .contains("32 bytes")
    );
    assert!(refusal(&pem, Some(SECRET)).unwrap().contains("PEM"));
    assert_eq!(refusal(&config(Auth::Jwt), Some(SECRET)), None);
}

#[test]
fn a_link_ends_and_a_key_does_not() {
    let now = SystemTime::now();
    let later = now + Duration::from_secs(3_600);
    let open = access(Auth::None, false);
    let key = open.callers_key(id(1)).unwrap();
    let token = access(Auth::Token, true);
    let holder = token.asker(Some(TOKEN), None, now).unwrap();
    let link = token.link_key(&holder, id(1), now).unwrap();

    assert_eq!(
        table(&open.asker(None, Some(&key), later).unwrap())[0],
        "yes"
    );
    assert!(token.asker(None, Some(&link), now).is_ok());
    assert_eq!(
        token.asker(None, Some(&link), later),
        Err(Unauthorized::Missing)
    );
}

#[test]
fn whoever_followed_a_link_gets_no_longer_one() {
    let now = SystemTime::now();
    let later = now + Duration::from_secs(200);
    for auth in [Auth::Token, Auth::Jwt, Auth::None] {
        let token = access(Auth::Token, false);
        let holder = token.asker(Some(TOKEN), None, now).unwrap();
        let link = token.link_key(&holder, id(1), now).unwrap();
        let access = access(auth, false);

        let guest = access.asker(None, Some(&link), later).unwrap();

        assert_eq!(access.link_key(&guest, id(1), later), Some(link));
    }
}
