//! Passwords of archives, and which ones are taken.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

/// Most characters by the rule of the reference system.
const REFERENCE_MOST: usize = 12;
/// How many characters a passphrase has.
const PASSPHRASE: std::ops::RangeInclusive<usize> = 12..=128;
/// The signs of the rule of the reference system.
const SIGNS: [char; 3] = ['_', '@', '%'];

/// The password of an archive. It is overwritten in memory when it is done with, and never told.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// A password, whichever it is: [`PasswordRule::check`] says whether it is taken.
    pub fn new(text: String) -> Self {
        Password(Zeroizing::new(text))
    }

    /// Its text.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What is no text is not repeated in the error.
        let text = String::deserialize(deserializer).map_err(|_| serde::de::Error::custom("password: expected a text"))?;
        Ok(Password::new(text))
    }
}

/// Which passwords are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordRule {
    /// That of the reference system: letters, digits and `_ @ %` alone, at least one of each, at most 12 characters.
    #[default]
    Reference,
    /// 12 to 128 characters that can be printed.
    Passphrase,
}

/// Why a password is not taken. It tells nothing of the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which part of the rule it breaks: `length`, `characters`, `letter`, `digit` or `sign`.
    pub rule: &'static str,
    /// The same for people.
    pub message: String,
}

impl PasswordRule {
    /// Every rule.
    pub const ALL: [PasswordRule; 2] = [PasswordRule::Reference, PasswordRule::Passphrase];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            PasswordRule::Reference => "reference",
            PasswordRule::Passphrase => "passphrase",
        }
    }

    /// The rule of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// The rule in words.
    pub const fn told(self) -> &'static str {
        match self {
            PasswordRule::Reference => "letters, digits and _ @ %, at least one of each, at most 12 characters",
            PasswordRule::Passphrase => "12 to 128 characters that can be printed",
        }
    }

    /// All reasons not to take a password; none if it is taken.
    pub fn check(self, password: &Password) -> Vec<Refusal> {
        let text = password.expose();
        let length = text.chars().count();
        let refusal = |rule, message: String| Refusal { rule, message };
        let checks = match self {
            PasswordRule::Reference => vec![
                (length > REFERENCE_MOST, refusal("length", format!("expected at most {REFERENCE_MOST} characters, got {length}"))),
                (!text.chars().all(is_of_reference), refusal("characters", "expected only a to z, A to Z, 0 to 9, _, @ and %".to_owned())),
                (
                    !text.contains(|c: char| c.is_ascii_alphabetic()),
                    refusal("letter", "expected at least one letter, a to z or A to Z".to_owned()),
                ),
                (!text.contains(|c: char| c.is_ascii_digit()), refusal("digit", "expected at least one digit".to_owned())),
                (!text.contains(SIGNS), refusal("sign", "expected at least one of _ @ %".to_owned())),
            ],
            PasswordRule::Passphrase => {
                let expected = format!("expected {} to {} characters, got {length}", PASSPHRASE.start(), PASSPHRASE.end());
                let printed = "expected characters that can be printed, no line ends or tabs".to_owned();
                vec![
                    (!PASSPHRASE.contains(&length), refusal("length", expected)),
                    (text.contains(char::is_control), refusal("characters", printed)),
                ]
            }
        };
        checks.into_iter().filter_map(|(is_broken, refusal)| is_broken.then_some(refusal)).collect()
    }
}

fn is_of_reference(c: char) -> bool {
    c.is_ascii_alphanumeric() || SIGNS.contains(&c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn broken(rule: PasswordRule, text: &str) -> Vec<&'static str> {
        rule.check(&Password::new(text.to_owned())).into_iter().map(|refusal| refusal.rule).collect()
    }

    #[test]
    fn all_reasons_are_told_at_once() {
        let reference = |text: &str| broken(PasswordRule::Reference, text);
        assert_eq!(reference(""), ["letter", "digit", "sign"]);
        assert_eq!(reference("geheim"), ["digit", "sign"]);
        assert_eq!(reference("Käse 1"), ["characters", "sign"]);
        assert_eq!(reference("a1_aaaaaaaaaa"), ["length"]);
        assert!(reference("a1_").is_empty() && reference("Z9%aaaaaaaaa").is_empty() && reference("0@x").is_empty());
        let passphrase = |text: &str| broken(PasswordRule::Passphrase, text);
        assert_eq!(passphrase("a1_"), ["length"]);
        assert_eq!(passphrase("a lamp\tover the river"), ["characters"]);
        assert!(passphrase("a lamp over the river").is_empty() && passphrase(&"é".repeat(128)).is_empty());
        assert_eq!(passphrase(&"x".repeat(129)), ["length"]);
    }

    #[test]
    fn what_shows_a_password_tells_nothing_of_it() {
        let password = Password::new("Zebra_17".to_owned());
        assert_eq!(format!("{password:?}"), "Password(…)");
        let wrong = serde_json::from_str::<Password>("174711").unwrap_err().to_string();
        assert!(!wrong.contains("174711"), "{wrong}");
    }

    proptest! {
        #[test]
        fn the_reference_rule_takes_what_the_specification_says_and_nothing_else(text in "[a-cX-Z0-3_@%é !-]{0,15}") {
            let only = |set: &str| text.chars().any(|c| set.contains(c));
            let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
            let fits = text.chars().count() <= 12
                && text.chars().all(|c| letters.contains(c) || "0123456789_@%".contains(c))
                && only(letters) && only("0123456789") && only("_@%");
            prop_assert_eq!(broken(PasswordRule::Reference, &text).is_empty(), fits);
        }

        #[test]
        fn no_refusal_repeats_the_password(text in "[^a-zA-Z0-9 ,_@%]{3,20}") {
            for rule in PasswordRule::ALL {
                for refusal in rule.check(&Password::new(text.clone())) {
                    prop_assert!(!refusal.message.contains(&text));
                }
            }
        }
    }
}
