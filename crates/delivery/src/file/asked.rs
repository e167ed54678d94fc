//! What is asked of a definition, as it is stored with a task or a schedule.

use rollcall_reports::{Definition, Kind};
use serde::{Deserialize, Serialize};

use super::{FileWish, Question, Style};
use crate::error::{DeliveryError, Result};

/// What is asked of a definition, and how it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What is asked.
    pub question: Asking,
    /// Of groups: how many of the keys make them; all if none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// How it is told.
    pub style: Style,
}

/// The questions, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// All rows.
    #[default]
    Rows,
    /// The groups.
    Groups,
    /// For how long each agent was signed in on each day.
    SignedIn,
}

impl Asking {
    /// All of them.
    pub const ALL: [Asking; 3] = [Asking::Rows, Asking::Groups, Asking::SignedIn];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Asking::Rows => "rows",
            Asking::Groups => "groups",
            Asking::SignedIn => "signed_in",
        }
    }

    /// The question of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|asking| asking.as_str() == name)
    }
}

impl Asked {
    /// The file that is meant, of a definition that can have it.
    pub(crate) fn of(&self, definition: Definition) -> Result<FileWish> {
        let question = match self.question {
            Asking::Rows => Question::Rows,
            Asking::Groups => Question::Groups { depth: self.depth },
            Asking::SignedIn => Question::SignedIn,
        };
        if self.depth.is_some() && self.question != Asking::Groups {
            return Err(DeliveryError::invalid("depth", "expected with the question groups alone; leave it out"));
        }
        let keys = definition.group_by.len();
        match (&question, self.depth) {
            (Question::Groups { .. }, _) if keys == 0 => {
                return Err(DeliveryError::invalid(
                    "question",
                    "expected a definition with group_by for groups, got one without; let it group, or take its rows",
                ));
            }
            (Question::Groups { .. }, Some(depth)) if !(1..=keys).contains(&depth) => {
                return Err(DeliveryError::invalid("depth", format!("expected 1 to {keys}, as many keys as group_by has; got {depth}")));
            }
            (Question::SignedIn, _) if definition.report != Kind::LoginLogout => {
                return Err(DeliveryError::invalid(
                    "question",
                    "expected a definition of login_logout for signed_in; take rows of other reports",
                ));
            }
            _ => {}
        }
        Ok(FileWish { definition, question, style: self.style })
    }
}
