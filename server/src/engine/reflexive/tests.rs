use super::*;

fn server() -> SocketAddr {
    "192.0.2.1:3478".parse().unwrap()
}

fn other_server() -> SocketAddr {
    "192.0.2.2:3478".parse().unwrap()
}

/// What a server answers to `request`, with `mapped` as it stands in RFC 8489 §14.2.
fn response(request: &[u8], mapped: SocketAddr) -> Vec<u8> {
    let (family, ip) = match mapped.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let mut value = vec![0, family];
    value.extend((mapped.port() ^ 0x2112).to_be_bytes());
    // The mask is the magic cookie and the transaction's id, as they stand in the request.
    value.extend(
        ip.iter()
            .zip(&request[4..])
            .map(|(octet, mask)| octet ^ mask),
    );
    let size = u8::try_from(value.len()).unwrap();
    let mut bytes = vec![1, 1, 0, size + 4];
    bytes.extend(&request[4..20]);
    bytes.extend([0, 0x20, 0, size]);
    bytes.extend(value);
    bytes
}

fn told(mapped: &str) -> (Reflexive, bool) {
    let mut reflexive = Reflexive::new(false);
    reflexive.ask(&[server()], Instant::now());
    let is_ours = answer_next(&mut reflexive, mapped);
    (reflexive, is_ours)
}

/// Whoever is asked next answers at once.
fn answer_next(reflexive: &mut Reflexive, mapped: &str) -> bool {
    let request = reflexive.poll_transmit().unwrap();
    let response = response(&request.bytes, mapped.parse().unwrap());
    reflexive.handle(request.remote, &Message::parse(&response).unwrap())
}

fn run_until_settled(reflexive: &mut Reflexive) -> usize {
    let mut requests = 0;
    while let Some(at) = reflexive.poll_timeout() {
        requests += std::iter::from_fn(|| reflexive.poll_transmit()).count();
        reflexive.handle_timeout(at);
    }
    requests
}

fn settled(addresses: &[&str]) -> Public {
    Public {
        is_settled: true,
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
    }
}

#[test]
fn an_answer_tells_our_public_address() {
    let (reflexive, is_ours) = told("203.0.113.9:40000");

    assert!(is_ours);
    assert_eq!(reflexive.public(), settled(&["203.0.113.9:40000"]));
    assert_eq!(reflexive.poll_timeout(), None);
}

#[test]
fn a_lying_server_tells_nothing() {
    for lie in [
        "0.0.0.0:1",
        "203.0.113.9:0",
        "127.0.0.1:5",
        "224.0.0.1:5",
        "255.255.255.255:5",
        "169.254.169.254:80",
    ] {
        let (reflexive, _) = told(lie);

        assert_eq!(reflexive.public(), settled(&[]), "{lie}");
    }
}

#[test]
fn an_answer_to_no_question_of_ours_is_ignored() {
    let mut reflexive = Reflexive::new(false);
    reflexive.ask(&[server()], Instant::now());
    let request = reflexive.poll_transmit().unwrap();
    let right = response(&request.bytes, "203.0.113.9:40000".parse().unwrap());
    let mut wrong_id = right.clone();
    wrong_id[8] ^= 1;

    let believed = [
        reflexive.handle(server(), &Message::parse(&wrong_id).unwrap()),
        reflexive.handle(other_server(), &Message::parse(&right).unwrap()),
    ];

    assert_eq!(believed, [false, false]);
    assert_eq!(
        reflexive.public(),
        Public {
            is_settled: false,
            addresses: vec![]
        }
    );
}

#[test]
fn a_silent_server_is_asked_a_few_times_and_given_up() {
    let mut reflexive = Reflexive::new(false);
    reflexive.ask(&[server()], Instant::now());

    let requests = run_until_settled(&mut reflexive);

    assert_eq!(requests, 5);
    assert_eq!(reflexive.public(), settled(&[]));
}

#[test]
fn a_round_without_an_answer_forgets_nothing() {
    let (mut reflexive, _) = told("203.0.113.9:40000");

    for servers in [&[server()][..], &[other_server()], &[]] {
        reflexive.ask(servers, Instant::now());
        run_until_settled(&mut reflexive);

        assert_eq!(
            reflexive.public(),
            settled(&["203.0.113.9:40000"]),
            "{servers:?}"
        );
    }
}

#[test]
fn an_old_answer_goes_when_another_server_has_answered() {
    let (mut reflexive, _) = told("203.0.113.9:40000");

    reflexive.ask(&[other_server()], Instant::now());
    let before = reflexive.public().addresses;
    answer_next(&mut reflexive, "198.51.100.7:40001");

    assert_eq!(before, settled(&["203.0.113.9:40000"]).addresses);
    assert_eq!(reflexive.public(), settled(&["198.51.100.7:40001"]));
}

#[test]
fn what_a_server_told_goes_when_it_is_silent_and_another_has_answered() {
    let (mut reflexive, _) = told("203.0.113.9:40000");

    reflexive.ask(&[other_server(), server()], Instant::now());
    answer_next(&mut reflexive, "198.51.100.7:40001");
    let while_it_may_answer = reflexive.public().addresses;
    run_until_settled(&mut reflexive);

    let both = settled(&["198.51.100.7:40001", "203.0.113.9:40000"]);
    assert_eq!(while_it_may_answer, both.addresses);
    assert_eq!(reflexive.public(), settled(&["198.51.100.7:40001"]));
}

#[test]
fn a_server_that_begins_to_lie_is_believed_no_more() {
    let (mut reflexive, _) = told("203.0.113.9:40000");

    reflexive.ask(&[server()], Instant::now());
    answer_next(&mut reflexive, "224.0.0.1:5");

    assert_eq!(reflexive.public(), settled(&[]));
}

#[test]
fn an_answer_over_one_family_leaves_what_was_told_over_the_other() {
    let (mut reflexive, _) = told("203.0.113.9:40000");
    let server = "[2001:db8::1]:3478".parse().unwrap();

    reflexive.ask(&[server], Instant::now());
    let request = reflexive.poll_transmit().unwrap();
    let seen = "[2001:db8::9]:40000".parse().unwrap();
    let response = response(&request.bytes, seen);
    reflexive.handle(server, &Message::parse(&response).unwrap());

    assert_eq!(
        reflexive.public(),
        settled(&["203.0.113.9:40000", "[2001:db8::9]:40000"])
    );
}

#[test]
fn whoever_is_asked_no_more_and_told_nothing_is_given_back() {
    let now = Instant::now();
    let (mut reflexive, _) = told("198.51.100.7:40000");

    let former = [
        reflexive.ask(&[server(), other_server()], now),
        // What the first one told stands until the other has answered.
        reflexive.ask(&[other_server()], now),
        reflexive.ask(&[server()], now),
    ];

    assert_eq!(former, [vec![], vec![], vec![other_server()]]);
}
