//! What holds for the catalogue as a whole: in every language, every sentence is there, and is in that
//! language.

mod sentences;

use std::collections::BTreeSet;

use sentences::sentences;

use super::*;

/// What German says as English does.
const AS_IN_ENGLISH: [&str; 8] = [
    "Token",
    "Live",
    "240 ms",
    "1 kB",
    "Jitter",
    "Codec",
    "Bitrate",
    "32 kbit/s",
];

#[test]
fn every_language_says_as_much_and_leaves_nothing_empty() {
    let lengths = Language::ALL.map(|language| sentences(of(language)).len());

    assert_eq!(lengths, [lengths[0]; 3]);
    for language in Language::ALL {
        for sentence in sentences(of(language)) {
            assert!(!sentence.trim().is_empty(), "{language:?}");
            assert_eq!(sentence.trim(), sentence, "{language:?}");
            assert!(!sentence.contains("  "), "{language:?}: {sentence}");
        }
    }
}

#[test]
fn what_has_words_in_english_has_ukrainian_letters_in_ukrainian() {
    for (english, ukrainian) in pairs(Language::Ukrainian) {
        if has_letters(&english) {
            assert!(
                ukrainian.chars().any(is_cyrillic),
                "{ukrainian} is not Ukrainian for {english}"
            );
        }
    }
}

#[test]
fn no_ukrainian_sentence_has_letters_of_another_cyrillic_alphabet() {
    for sentence in sentences(of(Language::Ukrainian)) {
        let strange = sentence.chars().find(|&letter| {
            is_cyrillic(letter) && !"абвгґдеєжзиіїйклмнопрстуфхцчшщьюя".contains(lower(letter))
        });

        assert_eq!(strange, None, "{sentence}");
    }
}

#[test]
fn no_word_mixes_alphabets_that_look_alike() {
    for sentence in sentences(of(Language::Ukrainian)) {
        for word in sentence.split(|letter: char| !letter.is_alphabetic()) {
            let has_latin = word.chars().any(|letter| letter.is_ascii_alphabetic());

            assert!(!(has_latin && word.chars().any(is_cyrillic)), "{sentence}");
        }
    }
    for language in [Language::English, Language::German] {
        for sentence in sentences(of(language)) {
            assert!(!sentence.chars().any(is_cyrillic), "{sentence}");
        }
    }
}

#[test]
fn nothing_is_left_in_english() {
    for language in [Language::Ukrainian, Language::German] {
        for (english, other) in pairs(language) {
            if has_letters(&english) && !AS_IN_ENGLISH.contains(&english.as_str()) {
                assert_ne!(english, other, "{language:?}");
            }
        }
    }
    let german: BTreeSet<_> = sentences(of(Language::German)).into_iter().collect();
    assert!(AS_IN_ENGLISH.iter().all(|&word| german.contains(word)));
}

#[test]
fn sentences_end_alike_in_every_language() {
    for language in [Language::Ukrainian, Language::German] {
        for (english, other) in pairs(language) {
            for end in ['.', '…', '?'] {
                assert_eq!(english.ends_with(end), other.ends_with(end), "{other}");
            }
        }
    }
}

#[test]
fn apostrophes_and_numbers_are_written_as_the_language_does() {
    for sentence in Language::ALL
        .into_iter()
        .flat_map(|language| sentences(of(language)))
    {
        assert!(!sentence.contains(['\'', '"', '`']), "{sentence}");
    }
    for language in [Language::Ukrainian, Language::German] {
        for sentence in sentences(of(language)) {
            let letters: Vec<char> = sentence.chars().collect();
            let has_point = letters.windows(3).any(|three| {
                three[0].is_ascii_digit() && three[1] == '.' && three[2].is_ascii_digit()
            });

            assert!(!has_point, "{sentence}");
        }
    }
}

#[test]
fn the_language_spoken_is_the_one_asked_for() {
    for language in Language::ALL {
        speak(language);

        assert_eq!(super::language(), language);
        assert_eq!(now().page.title, of(language).page.title);
    }
    speak(Language::English);
}

#[test]
fn others_words_become_sentences() {
    let sentences = ["no Opus", "no Opus. ", " ", "Why?"].map(|words| sentence(words, "none."));

    assert_eq!(sentences, ["no Opus.", "no Opus.", "none.", "Why?"]);
}

fn is_cyrillic(letter: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&letter)
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// Words, not the name of the program and not units alone.
fn has_letters(sentence: &str) -> bool {
    sentence != page::BRAND && sentence.chars().any(char::is_alphabetic)
}

/// What English says, beside what the other language says.
fn pairs(other: Language) -> impl Iterator<Item = (String, String)> {
    sentences(of(Language::English))
        .into_iter()
        .zip(sentences(of(other)))
}
