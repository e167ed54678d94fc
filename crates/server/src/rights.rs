//! What a kind of report needs, as `access` decides it by the kind's name.

use rollcall_access::report_rights::{self, NoRows};
use rollcall_access::{Permission, Principal};
use rollcall_model::Scope;
use rollcall_reports::Kind;

use crate::problem::{self, Problem};

/// The permission to open and run a kind of report.
pub(crate) fn viewing(kind: Kind) -> Permission {
    report_rights::viewing(kind.name())
}

/// The permission to save a kind of report.
pub(crate) fn saving(kind: Kind) -> Permission {
    report_rights::saving(kind.name())
}

/// The rows of a kind that somebody may see, or have as a file. Refuses those who may see none.
pub(crate) fn rows_of(principal: &Principal, kind: Kind, as_file: bool) -> Result<Scope, Problem> {
    Ok(report_rights::rows_of(principal, kind.name(), as_file)?)
}

impl From<NoRows> for Problem {
    fn from(error: NoRows) -> Self {
        match error {
            NoRows::Denied(denied) => denied.into(),
            NoRows::NoEmployee(_) => Problem::new(problem::Kind::Forbidden, error.to_string()),
        }
    }
}
