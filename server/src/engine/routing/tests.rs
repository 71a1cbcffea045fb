//! Who is found where.

use super::*;
use crate::peer;
use crate::stun::test_messages::check;

const PASSWORD: &str = "password of ours";

fn id(number: usize) -> SlotId {
    SlotId(number)
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::new([192, 0, 2, 1].into(), port)
}

fn names(current: &str, former: Option<&str>) -> Names {
    let name = |ufrag: &str| peer::Name {
        ufrag: ufrag.to_owned(),
        key: Key::new(PASSWORD),
    };
    Names {
        current: name(current),
        former: former.map(name),
    }
}

/// The routing of a shard, at a time that goes by only when it is told to.
struct Scene {
    routing: Routing,
    now: Instant,
}

impl Scene {
    /// Conversations 1 and 2 under the names `first` and `second`.
    fn new() -> Self {
        let now = Instant::now();
        let mut routing = Routing::default();
        routing.insert(&names("first", None), id(1), now);
        routing.insert(&names("second", None), id(2), now);
        Self { routing, now }
    }

    fn hear(&mut self, ufrag: &str, bytes: &[u8], port: u16) -> Result<usize, Refusal> {
        let message = Message::parse(bytes).unwrap();
        let from = (address(port), None);
        let checked = self.routing.check(ufrag, &message, from, self.now);
        checked.map(|slot| slot.0)
    }

    fn hear_check(&mut self, ufrag: &str, port: u16) -> Result<usize, Refusal> {
        let bytes = check(&format!("{ufrag}:them"), PASSWORD, &[]);
        self.hear(ufrag, &bytes, port)
    }

    fn find(&self, port: u16) -> Result<usize, Refusal> {
        self.routing.find(address(port)).map(|slot| slot.0)
    }

    fn rename(&mut self, names: &Names) -> Vec<SocketAddr> {
        self.routing.rename(id(1), names, self.now)
    }
}

#[test]
fn an_address_is_known_by_an_authentic_check_alone() {
    let mut scene = Scene::new();
    let forged = check("first:them", "a guess", &[]);

    let refused = scene.hear("first", &forged, 5);
    let after_forgery = scene.find(5);
    let taken = scene.hear_check("first", 5);

    assert_eq!(
        (refused, after_forgery),
        (Err(Refusal::NotAuthentic), Err(Refusal::Unknown))
    );
    assert_eq!((taken, scene.find(5)), (Ok(1), Ok(1)));
    assert_eq!(scene.find(6), Err(Refusal::Unknown));
    assert_eq!(scene.hear_check("third", 7), Err(Refusal::Unknown));
}

#[test]
fn a_caller_cannot_make_us_lead() {
    let mut scene = Scene::new();

    let refused = scene.hear("first", &check("first:them", PASSWORD, &[0x8029]), 5);

    assert_eq!(refused, Err(Refusal::NotAllowed));
    assert_eq!(scene.find(5), Err(Refusal::Unknown));
}

#[test]
fn only_the_addresses_a_caller_was_heard_from_last_are_his() {
    let mut scene = Scene::new();

    for port in 1..=20 {
        scene.now += Duration::from_millis(1);
        scene.hear_check("first", port).unwrap();
        // Where he stays, he goes on to send checks.
        scene.hear_check("first", 1).unwrap();
    }

    assert_eq!(scene.find(1), Ok(1));
    assert_eq!(scene.find(5), Err(Refusal::Unknown));
    assert_eq!(scene.find(6), Ok(1));
    assert_eq!(scene.find(20), Ok(1));
}

#[test]
fn a_call_has_so_many_addresses_at_once_and_then_one_every_few_seconds() {
    let mut scene = Scene::new();
    let taken = |scene: &mut Scene, ports: std::ops::Range<u16>| {
        ports
            .filter(|port| scene.hear_check("first", *port).is_ok())
            .count()
    };

    let at_once = taken(&mut scene, 1..1_000);
    let known = scene.hear_check("first", 128);
    scene.now += 3 * NEW_ADDRESS_EVERY;
    let later = taken(&mut scene, 1_000..2_000);

    assert_eq!(at_once, usize::try_from(NEW_ADDRESSES).unwrap());
    assert_eq!(known, Ok(1), "an address that is known is refused");
    assert_eq!(later, 3);
}

#[test]
fn a_caller_whose_nat_gives_him_a_new_address_every_few_minutes_stays_for_days() {
    let mut scene = Scene::new();

    for port in 1..=2_000 {
        scene.now += Duration::from_secs(300);
        assert_eq!(scene.hear_check("first", port), Ok(1));
    }

    assert_eq!(scene.find(2_000), Ok(1));
}

#[test]
fn nobody_takes_an_address_from_which_another_caller_is_heard() {
    let mut scene = Scene::new();
    scene.hear_check("first", 5).unwrap();
    scene.now += HELD / 2;
    scene.hear_check("first", 5).unwrap();
    scene.now += HELD - Duration::from_millis(1);

    let forged = scene.hear_check("second", 5);
    let still_his = scene.find(5);
    scene.routing.find_asker(address(5), scene.now).unwrap();
    scene.now += Duration::from_millis(1);
    let answered = scene.hear_check("second", 5);
    scene.now += HELD;
    let after_silence = scene.hear_check("second", 5);

    assert_eq!((forged, still_his), (Err(Refusal::NotAllowed), Ok(1)));
    assert_eq!(answered, Err(Refusal::NotAllowed));
    assert_eq!((after_silence, scene.find(5)), (Ok(2), Ok(2)));
}

#[test]
fn an_address_that_changes_hands_belongs_to_the_last_one_alone() {
    let mut scene = Scene::new();
    scene.hear_check("first", 5).unwrap();
    scene.now += HELD;
    scene.hear_check("second", 5).unwrap();

    scene.routing.remove(id(1));

    assert_eq!(scene.find(5), Ok(2));
    scene.routing.remove(id(2));
    assert_eq!(scene.find(5), Err(Refusal::Unknown));
    assert!(!scene.routing.knows("second"));
}

#[test]
fn whoever_hangs_up_leaves_his_address_to_the_next() {
    let mut scene = Scene::new();
    scene.hear_check("first", 5).unwrap();

    scene.routing.remove(id(1));

    assert_eq!(scene.hear_check("second", 5), Ok(2));
}

#[test]
fn where_we_sent_a_check_only_its_answer_is_taken_from() {
    let mut scene = Scene::new();
    scene.routing.note_check(id(1), address(5));

    let answer = scene.routing.find_asker(address(5), scene.now);

    assert_eq!((answer, scene.find(5)), (Ok(id(1)), Err(Refusal::Unknown)));
    scene.routing.remove(id(1));
    assert!(scene.routing.find_asker(address(5), scene.now).is_err());
}

#[test]
fn whoever_restarts_is_known_by_both_names_until_one_is_given_up() {
    let mut scene = Scene::new();
    scene.hear_check("first", 5).unwrap();

    scene.rename(&names("anew", Some("first")));
    let both = ["first", "anew"].map(|name| scene.hear_check(name, 6));
    scene.rename(&names("anew", None));
    let one = ["first", "anew"].map(|name| scene.hear_check(name, 7));

    assert_eq!(both, [Ok(1), Ok(1)]);
    assert_eq!(one, [Err(Refusal::Unknown), Ok(1)]);
    // What was sent from an address before may still come.
    assert_eq!(scene.find(5), Ok(1));
    scene.routing.remove(id(1));
    assert_eq!(scene.find(5), Err(Refusal::Unknown));
    assert!(!scene.routing.knows("anew"));
}

#[test]
fn a_restart_gives_a_caller_as_many_addresses_and_us_as_many_checks_as_before() {
    let mut scene = Scene::new();
    for port in 1..=200 {
        let _ = scene.hear_check("first", port);
    }
    for port in 1_001..=1_100 {
        scene.routing.note_check(id(1), address(port));
    }
    assert_eq!(scene.hear_check("first", 300), Err(Refusal::NotAllowed));
    assert!(!scene.routing.note_check(id(1), address(2_000)));

    let asked = scene.rename(&names("anew", Some("first")));

    assert_eq!(asked.len(), MAX_ADDRESSES);
    assert_eq!(scene.hear_check("anew", 300), Ok(1));
    assert!(scene.routing.note_check(id(1), address(2_000)));
    assert!(scene.rename(&names("anew", None)).is_empty());
}
