//! The form that a number asks of the word after it.

/// The Ukrainian form: of `1 запис`, `2 записи` and `5 записів` (CLDR: one, few, many).
pub(super) fn ukrainian(count: u64, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// The English or German form: of one, and of any other number.
pub(super) fn one_or_more(count: u64, one: &'static str, more: &'static str) -> &'static str {
    if count == 1 { one } else { more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ukrainian_numbers_ask_for_three_forms() {
        let forms = ["запис", "записи", "записів"];
        let of = |counts: &[u64], form: &str| {
            for &count in counts {
                assert_eq!(ukrainian(count, forms), form, "{count}");
            }
        };

        of(&[1, 21, 31, 101, 121, 1001], "запис");
        of(&[2, 3, 4, 22, 34, 102, 1002], "записи");
        of(
            &[0, 5, 9, 10, 11, 12, 14, 15, 20, 25, 100, 111, 112, 1014],
            "записів",
        );
    }

    #[test]
    fn one_is_told_from_the_others() {
        let words = [0, 1, 2, 21].map(|count| one_or_more(count, "hour", "hours"));

        assert_eq!(words, ["hours", "hour", "hours", "hours"]);
    }
}
