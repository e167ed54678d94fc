//! An agent's place in the organisation: levels, outermost first, as one text.
//!
//! Levels are joined by ` / `. A slash inside a level is written `\/`, so `A\/B / C` has the two
//! levels `A/B` and `C`.

/// What stands between two levels.
pub const SEPARATOR: &str = " / ";

/// Joins levels into one text; `None` if there are none.
pub fn join<I, S>(levels: I) -> Option<String>
where
    I: IntoIterator<Item = S>,
    S: AsRef<str>,
{
    let escaped: Vec<String> =
        levels.into_iter().map(|level| level.as_ref().trim().replace('/', "\\/")).filter(|level| !level.is_empty()).collect();
    (!escaped.is_empty()).then(|| escaped.join(SEPARATOR))
}

/// The levels of a text, as they are called.
pub fn levels(hierarchy: &str) -> Vec<String> {
    hierarchy.split(SEPARATOR).map(|level| level.replace("\\/", "/")).collect()
}

/// Whether `hierarchy` is `branch` or lies under it. Whole levels are compared: `EMEA / Stockholm`
/// is not under `EMEA / Stock`.
pub fn is_under(hierarchy: &str, branch: &str) -> bool {
    hierarchy.strip_prefix(branch).is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_levels_are_compared() {
        assert!(is_under("EMEA / Stockholm / Billing", "EMEA / Stockholm"));
        assert!(is_under("EMEA / Stockholm", "EMEA / Stockholm"));
        assert!(!is_under("EMEA / Stockholm", "EMEA / Stock"));
        assert!(!is_under("EMEA", "EMEA / Stockholm"));
    }

    #[test]
    fn a_slash_inside_a_level_survives() {
        let text = join(["A/B", "C"]).unwrap();
        assert_eq!(text, "A\\/B / C");
        assert_eq!(levels(&text), ["A/B", "C"]);
        assert!(!is_under(&text, "A\\"));
        assert!(join(Vec::<&str>::new()).is_none());
    }
}
