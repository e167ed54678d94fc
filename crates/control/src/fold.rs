//! Texts without what upper and lower case tell apart.
//!
//! The engines fold in ways of their own, SQLite nothing but ASCII. So a folded text is made here and stored
//! beside the text itself.

/// The text by which two are the same whatever their case. By way of upper case, so that `ß` is `ss` and
/// both small sigmas are one.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_makes_no_difference_in_any_script() {
        for (one, other) in [("Östra", "öSTRA"), ("STRASSE", "straße"), ("οδός", "ΟΔΌΣ"), ("Билет", "БИЛЕТ"), ("서울", "서울")]
        {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("Ostra"), fold("Östra"));
    }
}
