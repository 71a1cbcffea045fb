//! Who may do what with whose recording: every role, every verb, every owner.

use shared::ConversationId;
use shared::peaks::{Column, Peaks};
use shared::recording::{Client, Metadata};
use shared::recordings::RecordingPage;

use super::access::token_of;
use super::calls::{OFFER, POST};
use super::*;
use crate::config::access::Auth;
use crate::recording::tests::sample;
use crate::storage::Durability;

const TOKEN: &str = "0123456789abcdef";
const ANNAS: u64 = 1;
const BORIS: u64 = 2;
const NOBODYS: u64 = 3;

/// What somebody shows.
struct Role {
    name: &'static str,
    auth: Auth,
    is_loopback: bool,
    token: Option<String>,
    /// The recording whose permanent key, or link, he has.
    key: Option<Key>,
}

#[derive(Clone, Copy)]
enum Key {
    Permanent(u64),
    Link(u64),
}

impl Role {
    fn new(name: &'static str, auth: Auth) -> Self {
        Self {
            name,
            auth,
            is_loopback: false,
            token: None,
            key: None,
        }
    }

    fn scoped(name: &'static str) -> Self {
        Self {
            token: Some(token_of("anna", name)),
            ..Self::new(name, Auth::Jwt)
        }
    }

    fn with_key(name: &'static str, auth: Auth, key: Key) -> Self {
        Self {
            key: Some(key),
            ..Self::new(name, auth)
        }
    }

    /// A server with a recording of Anna's and one of Boris', as this role finds it.
    fn server(&self) -> Server {
        let rules = AccessConfig {
            auth: self.auth,
            token: Some(TOKEN.parse().unwrap()),
            ..AccessConfig::default()
        };
        let server = Server::ruled(&rules, self.is_loopback);
        for (id, owner) in [(ANNAS, "anna"), (BORIS, "boris")] {
            put(&server, id, owner);
        }
        server
    }

    /// A request of his, with what he shows.
    fn request(&self, server: &Server, verb: &str, path: &str) -> Request<Body> {
        let mut path = path.to_owned();
        if let Some(key) = self.key {
            let separator = if path.contains('?') { '&' } else { '?' };
            path = format!("{path}{separator}key={}", key_text(server, key));
        }
        let mut head = format!("{verb} {path}");
        if let Some(token) = &self.token {
            head = format!("{head}\nauthorization: Bearer {token}");
        }
        request(&head, "")
    }
}

fn id(nanoseconds: u64) -> ConversationId {
    ConversationId::from_nanoseconds(nanoseconds)
}

fn key_text(server: &Server, key: Key) -> String {
    let storage = Storage::new(server.folder.path().join("recordings")).unwrap();
    let secret = storage.key().unwrap();
    let open = Access::new(&AccessConfig::default(), &secret, None, false).unwrap();
    let now = std::time::SystemTime::now();
    match key {
        Key::Permanent(number) => open.callers_key(id(number)).unwrap(),
        Key::Link(number) => {
            let auth = AccessConfig {
                auth: Auth::Token,
                token: Some(TOKEN.parse().unwrap()),
                ..AccessConfig::default()
            };
            let closed = Access::new(&auth, &secret, None, false).unwrap();
            let holder = closed.asker(Some(TOKEN), None, now).unwrap();
            closed.link_key(&holder, id(number), now).unwrap()
        }
    }
}

fn put(server: &Server, number: u64, owner: &str) {
    let storage = Storage::new(server.folder.path().join("recordings")).unwrap();
    let origin = crate::recording::Origin {
        client: Client {
            user_agent: None,
            owner: Some(owner.to_owned()),
        },
        ..sample::origin(id(number))
    };
    let (file, metadata): (Vec<u8>, Metadata) = sample::complete(&origin, 10);
    let mut audio = storage.create(id(number)).unwrap();
    std::io::Write::write_all(&mut audio, &file).unwrap();
    storage.put_metadata(&metadata, Durability::Later).unwrap();
    let mut peaks = Peaks::default();
    peaks.push(Column::default());
    storage.put_peaks(id(number), &peaks).unwrap();
}

/// The statuses of describing, playing in every form, drawing and deleting one recording.
async fn verbs(role: &Role, number: u64) -> String {
    let server = role.server();
    let audio = format!("/conversations/{number}/user_audio.ogg");
    let mut statuses = Vec::new();
    for (verb, path) in [
        ("GET", format!("/conversations/{number}")),
        ("GET", audio.clone()),
        ("HEAD", audio.clone()),
        ("GET", format!("{audio}?format=wav")),
        ("GET", format!("{audio}?format=caf")),
        ("GET", format!("/conversations/{number}/peaks")),
        ("DELETE", format!("/conversations/{number}")),
    ] {
        let answer = server.ask(role.request(&server, verb, &path)).await;
        statuses.push(answer.status.as_str().to_owned());
    }
    statuses.join(" ")
}

/// The recordings that he is shown, or the refusal.
async fn list(role: &Role) -> String {
    let server = role.server();
    let answer = server
        .ask(role.request(&server, "GET", "/conversations"))
        .await;
    if answer.status != 200 {
        return answer.status.as_str().to_owned();
    }
    let page: RecordingPage = serde_json::from_slice(&answer.body).unwrap();
    let ids = page.recordings.iter();
    let ids: Vec<String> = ids
        .map(|recording| recording.metadata.conversation_id.to_string())
        .collect();
    ids.join(",")
}

const ALL: &str = "200 200 200 200 200 200 204";
const HEARD: &str = "200 200 200 200 200 200 403";
const DELETED: &str = "200 403 403 403 403 403 204";
const KNOWN: &str = "200 403 403 403 403 403 403";
const HIDDEN: &str = "404 404 404 404 404 404 404";
const UNKNOWN: &str = "401 401 401 401 401 401 401";

/// A role, what he is shown of the list, his own recording, another's.
type Row = (Role, &'static str, &'static str, &'static str);

fn without_tokens() -> Vec<Row> {
    let local = Role {
        is_loopback: true,
        ..Role::new("on this machine", Auth::None)
    };
    let caller = Role::with_key("a caller", Auth::None, Key::Permanent(ANNAS));
    let guest = Role::with_key("a guest", Auth::None, Key::Link(ANNAS));
    vec![
        (local, "2,1", ALL, ALL),
        (Role::new("a stranger", Auth::None), "403", HIDDEN, HIDDEN),
        (caller, "403", ALL, HIDDEN),
        (guest, "403", HEARD, HIDDEN),
    ]
}

fn with_the_one_token() -> Vec<Row> {
    let token = |name, token: &str| Role {
        token: Some(token.to_owned()),
        ..Role::new(name, Auth::Token)
    };
    let wrong = token("a wrong token", "another token of his");
    let link = Role::with_key("a link", Auth::Token, Key::Link(ANNAS));
    let key = Role::with_key("a permanent key", Auth::Token, Key::Permanent(ANNAS));
    vec![
        (Role::new("no token", Auth::Token), "401", UNKNOWN, UNKNOWN),
        (wrong, "401", UNKNOWN, UNKNOWN),
        (token("the token", TOKEN), "2,1", ALL, ALL),
        (link, "403", HEARD, HIDDEN),
        (key, "401", UNKNOWN, UNKNOWN),
    ]
}

fn with_scopes() -> Vec<Row> {
    vec![
        (Role::new("no JWT", Auth::Jwt), "401", UNKNOWN, UNKNOWN),
        (Role::scoped(""), "403", HIDDEN, HIDDEN),
        (Role::scoped("echo record"), "403", HIDDEN, HIDDEN),
        (Role::scoped("list"), "1", KNOWN, HIDDEN),
        (Role::scoped("list play:own"), "1", HEARD, HIDDEN),
        (Role::scoped("play:own delete:own"), "403", ALL, HIDDEN),
        (Role::scoped("list delete:own"), "1", DELETED, HIDDEN),
        (Role::scoped("list play:any"), "2,1", HEARD, HEARD),
        (Role::scoped("play:any delete:own"), "403", ALL, HEARD),
        (Role::scoped("list delete:any"), "2,1", DELETED, DELETED),
        (Role::scoped("admin"), "2,1", ALL, ALL),
    ]
}

#[tokio::test]
async fn every_role_has_what_is_his_and_nothing_else() {
    let rows = [without_tokens(), with_the_one_token(), with_scopes()];
    for (role, listed, own, others) in rows.into_iter().flatten() {
        let found = [
            list(&role).await,
            verbs(&role, ANNAS).await,
            verbs(&role, BORIS).await,
        ];

        assert_eq!(found, [listed, own, others], "{}", role.name);
        if own != UNKNOWN {
            // What there is not looks like what is hidden, or like another's.
            let absent = others.replace("200", "404").replace("204", "404");
            assert_eq!(verbs(&role, NOBODYS).await, absent, "{}", role.name);
        }
    }
}

#[tokio::test]
async fn whoever_knows_a_calls_secret_ends_it_and_nobody_else() {
    let server = Role::new("no token", Auth::Token).server();
    let offer = format!("{POST}\nauthorization: Bearer {TOKEN}");
    let answer = server.ask(request(&offer, OFFER)).await;
    let id = answer.header("x-conversation-id").to_owned();

    let by_id = server
        .ask(request(&format!("DELETE /webrtc/{id}"), ""))
        .await;
    let other = "DELETE /webrtc/AAAAAAAAAAAAAAAAAAAAAA";
    let by_other = server.ask(request(other, "")).await;
    let still = server.conversations.active();
    let location = answer.header("location");
    let by_secret = server.ask(request(&format!("DELETE {location}"), "")).await;

    assert_eq!([by_id.status, by_other.status], [404, 404]);
    assert_eq!((still, by_secret.status.as_u16()), (1, 204));
}
