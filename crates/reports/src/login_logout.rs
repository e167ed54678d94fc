//! The login/logout report: the sessions of a range, as they looked at its end.
//!
//! What [`rollcall_model::Session::as_of`] does to one session is done to whole columns here; a test
//! holds the two together. The range rule is applied first, before any filter, order or grouping:
//!
//! - a login in the range is a row, and shows an end only if that lies before the range's end (or now);
//! - an end in the range is a row, with the login wherever it lies;
//! - with `spanning`, so is a session that covers the whole range.

use datafusion::dataframe::DataFrame;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, col, lit, when};
use rollcall_ledger::{Snapshot, Table};
use rollcall_model::range::ResolvedRange;
use rollcall_model::{EndReason, Timestamp};

use crate::error::Result;
use crate::plan::moment;

/// The sessions of the range as of `as_of`.
pub(crate) async fn rows(snapshot: &Snapshot, range: ResolvedRange, as_of: Timestamp, spanning: bool) -> Result<DataFrame> {
    let seen = snapshot.sessions_before(as_of).await?.filter(of_range(range, as_of, spanning))?;
    Ok(seen.select(as_of_columns(&ended_by(as_of), as_of)?)?)
}

/// The range rule, as plain comparisons with the columns by which files lie and rows are sorted: whole files and
/// pages are left out by them. An open session has no `ended_at`, but may have a moment at which its limit will have
/// passed.
fn of_range(range: ResolvedRange, as_of: Timestamp, spanning: bool) -> Expr {
    let (from, as_of) = (|| moment(range.from), || moment(as_of));
    let is_open = || col("ended_at").is_null();
    // One whose login is unknown is known by its end.
    let unknown = col("login_time").is_null().and(col("ended_at").lt(as_of()));
    let begun = col("login_time").lt(as_of()).or(unknown);
    if spanning {
        let lives_on = is_open().and(col("ended_no_later_than").is_null().or(col("ended_no_later_than").gt_eq(from())));
        return begun.and(col("ended_at").gt_eq(from()).or(lives_on));
    }
    let ended_inside = |end: &str| col(end).gt_eq(from()).and(col(end).lt(as_of()));
    let expired_inside = is_open().and(ended_inside("ended_no_later_than"));
    begun.and(col("login_time").gt_eq(from()).or(ended_inside("ended_at")).or(expired_inside))
}

/// Whether a session had ended before `as_of`; never missing.
fn ended_by(as_of: Timestamp) -> Expr {
    let end = coalesce(vec![col("ended_at"), col("ended_no_later_than")]);
    end.clone().is_not_null().and(end.lt(moment(as_of)))
}

fn not(condition: Expr) -> Expr {
    Expr::Not(Box::new(condition))
}

/// Every column as it looked at `as_of`.
fn as_of_columns(ended: &Expr, as_of: Timestamp) -> Result<Vec<Expr>> {
    let columns = Table::Sessions.columns().iter().filter(|column| column.name != "ended_at");
    columns.map(|column| Ok(as_of_column(column.name, ended, as_of)?.alias(column.name))).collect()
}

fn as_of_column(name: &str, ended: &Expr, as_of: Timestamp) -> Result<Expr> {
    let if_ended = |value: Expr| Ok::<_, crate::Error>(when(ended.clone(), value).end()?);
    match name {
        "logout_time" | "logout_event_id" | "ended_no_later_than" | "ended_by" | "duration" => if_ended(col(name)),
        "end_reason" => {
            let word = |reason: EndReason| lit(datafusion::scalar::ScalarValue::Utf8View(Some(reason.as_str().to_owned())));
            let open = not(ended.clone());
            Ok(when(open, word(EndReason::StillOpen)).when(col("open"), word(EndReason::Expired)).otherwise(col(name))?)
        }
        "end_inferred" => Ok(ended.clone().and(col("open").or(col("end_inferred")))),
        "open" => Ok(not(ended.clone())),
        "last_sign_of_life" => Ok(when(col(name).lt(moment(as_of)), col(name)).end()?),
        _ => Ok(col(name)),
    }
}
