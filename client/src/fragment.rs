//! ICE begun anew, in SDP: what a fragment has of an offer, and what an answer becomes by a fragment
//! (RFC 8840 §9, RFC 9725 §4.3.3).

/// The lines that a fragment and a description have in common.
const ICE: [&str; 4] = [
    "a=ice-ufrag:",
    "a=ice-pwd:",
    "a=candidate:",
    "a=end-of-candidates",
];
const CREDENTIALS: [&str; 2] = ["a=ice-ufrag:", "a=ice-pwd:"];
const MEDIA: &str = "m=";
const NAME: &str = "a=mid:";

/// What the server has to know of our new offer, or nothing if it has no credentials.
#[must_use]
pub fn of_offer(offer: &str) -> Option<String> {
    let mut lines = Vec::new();
    for line in offer.lines() {
        if let Some(media) = line.strip_prefix(MEDIA) {
            lines.push(media_line(media)?);
        } else if line.starts_with(NAME) || is_of_ice(line) {
            lines.push(line.to_owned());
        }
    }
    has_credentials(&lines).then(|| joined(&lines))
}

/// Port and formats say nothing in a fragment (RFC 8840 §9).
fn media_line(media: &str) -> Option<String> {
    let mut words = media.split(' ');
    let (kind, _port, protocol) = (words.next()?, words.next()?, words.next()?);
    Some(format!("{MEDIA}{kind} 9 {protocol} 0"))
}

/// The answer in force after the server sent that fragment.
///
/// The credentials and candidates of each section that the fragment names are those of the fragment.
/// Nothing, if it names none of ours, or has no credentials.
#[must_use]
pub fn renew(answer: &str, fragment: &str) -> Option<String> {
    let (common, news) = sections(fragment);
    let common = of_ice(&common);
    let (mut lines, ours) = sections(answer);
    let mut is_renewed = false;
    for section in ours {
        let name = name(&section);
        let new = news
            .iter()
            .find(|new| name.is_some() && self::name(new) == name);
        let Some(new) = new else {
            lines.extend(section);
            continue;
        };
        let mut new = of_ice(new);
        if !has_credentials(&new) {
            new.splice(0..0, common.iter().copied());
        }
        if !has_credentials(&new) {
            return None;
        }
        lines.extend(section.into_iter().filter(|line| !is_of_ice(line)));
        lines.extend(new);
        is_renewed = true;
    }
    is_renewed.then(|| joined(&lines))
}

/// What stands before the first section, and each section from its `m=` on.
fn sections(sdp: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut before = Vec::new();
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in sdp.lines() {
        if line.starts_with(MEDIA) {
            sections.push(vec![line]);
        } else {
            sections.last_mut().unwrap_or(&mut before).push(line);
        }
    }
    (before, sections)
}

fn name<'a>(section: &[&'a str]) -> Option<&'a str> {
    section.iter().find_map(|line| line.strip_prefix(NAME))
}

fn of_ice<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let lines = lines.iter().copied();
    lines.filter(|line| is_of_ice(line)).collect()
}

fn is_of_ice(line: &str) -> bool {
    ICE.iter().any(|kind| line.starts_with(kind))
}

fn has_credentials(lines: &[impl AsRef<str>]) -> bool {
    let has = |kind: &&str| lines.iter().any(|line| line.as_ref().starts_with(kind));
    CREDENTIALS.iter().all(has)
}

/// Each line ended as SDP wants it (RFC 8866 §5).
fn joined(lines: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(line.as_ref());
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        m=audio 53210 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 127.0.0.1\r\n\
        a=candidate:1 1 udp 2113937151 a.local 53210 typ host\r\n\
        a=ice-ufrag:new1\r\na=ice-pwd:a-password-of-twenty-two\r\na=ice-options:trickle\r\n\
        a=fingerprint:sha-256 00\r\na=setup:actpass\r\na=mid:0\r\na=sendrecv\r\n";

    const ANSWER: &str = "v=0\r\no=- 7 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n\
        a=ice-ufrag:old\r\na=ice-pwd:the-password-before-this\r\na=setup:active\r\n\
        a=rtpmap:111 opus/48000/2\r\na=candidate:1 1 udp 1 192.0.2.7 3001 typ host\r\n\
        a=end-of-candidates\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";

    const FRAGMENT: &str = "a=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n\
        a=ice-ufrag:fresh\r\na=ice-pwd:the-password-after-that\r\n\
        a=candidate:1 1 udp 1 192.0.2.8 3001 typ host\r\na=end-of-candidates\r\n";

    #[test]
    fn a_fragment_has_the_names_credentials_and_candidates_of_the_offer() {
        let fragment = of_offer(OFFER).unwrap();

        assert_eq!(
            fragment,
            "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n\
             a=candidate:1 1 udp 2113937151 a.local 53210 typ host\r\n\
             a=ice-ufrag:new1\r\na=ice-pwd:a-password-of-twenty-two\r\na=mid:0\r\n"
        );
    }

    #[test]
    fn an_offer_without_credentials_makes_no_fragment() {
        for offer in ["", "v=0\r\n", "m=audio\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\n"] {
            assert_eq!(of_offer(offer), None, "{offer:?}");
        }
    }

    #[test]
    fn an_answer_takes_the_credentials_and_candidates_of_the_fragment_and_nothing_else() {
        let renewed = renew(ANSWER, FRAGMENT).unwrap();

        assert_eq!(
            renewed,
            "v=0\r\no=- 7 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n\
             a=setup:active\r\na=rtpmap:111 opus/48000/2\r\n\
             a=ice-ufrag:fresh\r\na=ice-pwd:the-password-after-that\r\n\
             a=candidate:1 1 udp 1 192.0.2.8 3001 typ host\r\na=end-of-candidates\r\n\
             m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
        );
    }

    #[test]
    fn credentials_before_the_first_section_hold_for_all() {
        let fragment = "a=ice-ufrag:fresh\r\na=ice-pwd:the-password-after-that\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n";

        let renewed = renew(ANSWER, fragment).unwrap();

        let credentials = "a=ice-ufrag:fresh\r\na=ice-pwd:the-password-after-that\r\nm=video";
        assert!(renewed.contains(credentials), "{renewed}");
        assert!(!renewed.contains("ufrag:old"), "{renewed}");
    }

    #[test]
    fn an_answer_can_be_renewed_again_and_again() {
        let once = renew(ANSWER, FRAGMENT).unwrap();

        let twice = renew(&once, FRAGMENT).unwrap();

        assert_eq!(twice, once);
    }

    #[test]
    fn a_fragment_that_renews_nothing_is_no_answer() {
        let nameless = FRAGMENT.replace("a=mid:0\r\n", "");
        let another = FRAGMENT.replace("a=mid:0", "a=mid:7");
        let keyless = FRAGMENT.replace("a=ice-pwd:the-password-after-that\r\n", "");

        for fragment in ["", "<html>", &nameless, &another, &keyless] {
            assert_eq!(renew(ANSWER, fragment), None, "{fragment}");
        }
    }
}
