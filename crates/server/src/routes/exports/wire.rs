//! Export tasks as they go over the wire.

use rollcall_delivery::exports::{Export, ExportTask, Password, Refusal};
use rollcall_delivery::file::Asked;
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::problem::Problem;
use crate::routes::reports::schema::ReportDefinition;

/// A task that is to be made: of a `definition`, or of a `saved_report`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExport {
    /// The report definition, of at most 16 KiB; `report` in it names the kind.
    #[schema(value_type = Option<ReportDefinition>, nullable = false)]
    pub(super) definition: Option<Map<String, Value>>,
    /// The id of a saved report, whose definition is taken as it is now.
    #[schema(nullable = false)]
    pub(super) saved_report: Option<String>,
    /// What is asked of it: `rows`, `groups` or `signed_in`; `rows` if left out.
    #[schema(nullable = false)]
    pub(super) question: Option<String>,
    /// Of groups: how many of the keys make them; all if left out.
    #[schema(nullable = false)]
    pub(super) depth: Option<usize>,
    /// The format of the file: `csv`, `ndjson`, `xlsx` or `parquet`; `csv` if left out.
    #[schema(nullable = false)]
    pub(super) format: Option<String>,
    /// Whether texts that a spreadsheet would run as a formula are left as they are (CSV).
    #[serde(default)]
    #[schema(required = false)]
    pub(super) raw: bool,
    /// Whether the file begins with a byte order mark (CSV).
    #[serde(default)]
    #[schema(required = false)]
    pub(super) bom: bool,
    /// The password that opens the archive. It is told to nobody, and forgotten once the archive is written.
    #[schema(value_type = String, format = "password")]
    pub(super) password: Password,
}

/// A password that somebody thinks of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordToCheck {
    /// It is neither stored nor logged.
    #[schema(value_type = String, format = "password")]
    pub(super) password: Password,
}

/// Whether a password is taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasswordChecked {
    /// Whether it is.
    pub(super) ok: bool,
    /// The rule: `reference` or `passphrase`.
    pub(super) rule: &'static str,
    /// The rule in words.
    pub(super) expected: &'static str,
    /// All reasons why not.
    pub(super) reasons: Vec<PasswordReason>,
}

/// Why a password is not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasswordReason {
    /// What is wrong: `length`, `characters`, `letter`, `digit` or `sign`.
    rule: &'static str,
    /// The same for people.
    message: String,
}

impl From<Refusal> for PasswordReason {
    fn from(refusal: Refusal) -> Self {
        PasswordReason { rule: refusal.rule, message: refusal.message }
    }
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Also those of others; needs the permission `saved_reports manage_others`.
    #[param(value_type = Option<bool>)]
    pub(super) all: Option<String>,
    /// Most tasks, 1 to 1,000; 100 if left out.
    #[param(value_type = Option<usize>)]
    pub(super) limit: Option<String>,
    /// The `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
}

/// Export tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportList {
    /// The newest first.
    pub(super) exports: Vec<ExportAnswer>,
    /// Where the next page begins; missing after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
}

/// A file that is made in the background.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportAnswer {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    id: uuid::Uuid,
    /// `waiting`, `running`, `successful`, `failed`, `cancelled` or `expired`.
    status: &'static str,
    /// Why it has failed.
    failure: Option<String>,
    /// The kind of report.
    report: String,
    /// The report definition.
    #[schema(value_type = ReportDefinition)]
    definition: Box<RawValue>,
    /// What is asked of it: `rows`, `groups` or `signed_in`.
    question: &'static str,
    /// Of groups: how many of the keys make them.
    depth: Option<usize>,
    /// The format of the file.
    format: &'static str,
    /// Whether texts that a spreadsheet would run as a formula are left as they are.
    raw: bool,
    /// Whether the file begins with a byte order mark.
    bom: bool,
    /// Name of the file in the archive.
    file_name: String,
    /// Who owns it: `user:` and an id, `key:` and an id, or `operator`.
    owner: String,
    /// What they were called when they made it.
    owner_name: String,
    /// Whether it is the caller's own.
    mine: bool,
    /// Its rows; while it runs, those so far.
    rows: Option<i64>,
    /// Rows that there will be, once that is known.
    total: Option<i64>,
    /// Size of the archive in bytes.
    bytes: Option<i64>,
    /// SHA-256 of the archive, in hexadecimal digits.
    sha256: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// When its file is removed.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl ExportAnswer {
    pub(super) fn of(Export { task, progress }: Export, caller: &Caller) -> Result<Self, Problem> {
        let told = |name: &str| progress.as_ref().and_then(|progress| progress.get(name)?.as_i64());
        let asked: Asked = serde_json::from_str(&task.wish).map_err(|error| Problem::internal("reading an export task", &error))?;
        let definition = RawValue::from_string(task.definition.clone());
        let definition = definition.map_err(|error| Problem::internal("reading a stored definition", &error))?;
        let ExportTask { id, owner, created_by_name, report, file_name, status, failure, rows, bytes, sha256, .. } = task;
        Ok(ExportAnswer {
            id,
            status: status.as_str(),
            failure,
            report,
            definition,
            question: asked.question.as_str(),
            depth: asked.depth,
            format: asked.style.format.extension(),
            raw: asked.style.raw,
            bom: asked.style.bom,
            file_name,
            mine: owner == caller.0.id(),
            owner,
            owner_name: created_by_name,
            rows: rows.or_else(|| told("rows")),
            total: rows.or_else(|| told("total")),
            bytes,
            sha256,
            created_at: task.created_at,
            started_at: task.started_at,
            finished_at: task.finished_at,
            expires_at: task.expires_at,
        })
    }
}
