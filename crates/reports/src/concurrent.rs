//! Concurrent sessions: those during which the same agent had another one, in whichever channel or source.
//!
//! It is decided over all sessions that overlap the range, before filters: whether a session is concurrent does not
//! depend on which others are asked for. Who acts as somebody is not that person: sessions of a kind are compared with
//! those of the same kind. It needs all sessions of the range in order, so it is worked out only where a definition
//! names the field.

use datafusion::dataframe::DataFrame;
use datafusion::functions::expr_fn::{coalesce, nullif};
use datafusion::functions_aggregate::min_max::max_udaf;
use datafusion::functions_window::expr_fn::lead;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, col, lit,
};
use datafusion::scalar::ScalarValue;
use rollcall_model::range::ResolvedRange;

use crate::definition::Definition;
use crate::engine::Planned;
use crate::error::Result;
use crate::login_logout;
use crate::people::Told;
use crate::plan::{as_of, moment};

/// The field.
pub(crate) const FIELD: &str = "concurrent";

/// The sessions of the range as of its end, with the field.
pub(crate) async fn rows(planned: &Planned, definition: &Definition) -> Result<DataFrame> {
    let Planned { snapshot, people, range, now, .. } = planned;
    let as_of = as_of(*range, *now);
    let agent = people.shown(Told::EmployeeId, &["employee_id", "account"]);
    let end = coalesce(vec![col("logout_time"), col("ended_no_later_than"), moment(as_of)]);
    let overlapping = login_logout::rows(snapshot, *range, as_of, true).await?;
    let overlapping = overlapping.with_column("concurrent_agent", agent)?.with_column("concurrent_end", end)?;
    let compared = overlapping.window(vec![latest_end_before()?.alias("end_before"), next_login()?.alias("login_after")])?;
    let compared = compared.with_column(FIELD, is_concurrent())?;
    let rows = if definition.spanning { compared } else { compared.filter(is_inside(*range))? };
    Ok(rows.drop_columns(&["concurrent_agent", "concurrent_end", "end_before", "login_after"])?)
}

fn same_agent() -> Vec<Expr> {
    vec![col("concurrent_agent"), col("kind")]
}

fn in_order() -> Vec<datafusion::logical_expr::SortExpr> {
    vec![col("login_time").sort(true, false), col("session_key").sort(true, false)]
}

/// The latest end of the agent's sessions that began before.
fn latest_end_before() -> Result<Expr> {
    let before = WindowFrame::new_bounds(
        WindowFrameUnits::Rows,
        WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
        WindowFrameBound::Preceding(ScalarValue::UInt64(Some(1))),
    );
    let latest = Expr::from(WindowFunction::new(WindowFunctionDefinition::AggregateUDF(max_udaf()), vec![col("concurrent_end")]));
    Ok(latest.partition_by(same_agent()).order_by(in_order()).window_frame(before).build()?)
}

/// The login of the agent's next session.
fn next_login() -> Result<Expr> {
    Ok(lead(col("login_time"), Some(1), None).partition_by(same_agent()).order_by(in_order()).build()?)
}

/// Never missing: a session of nobody, or of which it isn't known when it began, is not concurrent.
fn is_concurrent() -> Expr {
    let overlaps_earlier = col("end_before").gt(col("login_time"));
    let overlaps_later = col("login_after").lt(col("concurrent_end"));
    let is_known = col("concurrent_agent").is_not_null().and(col("login_time").is_not_null());
    is_known.and(holds(overlaps_earlier).or(holds(overlaps_later)))
}

/// Whether a condition is true, and not missing. `IS TRUE` becomes a comparison of which the query engine believes that it
/// may be missing, once it is planned: grouped by it, that is an error.
fn holds(condition: Expr) -> Expr {
    nullif(condition, lit(false)).is_not_null()
}

/// Whether a session that overlaps the range has its login or its end in it.
fn is_inside(range: ResolvedRange) -> Expr {
    col("login_time").gt_eq(moment(range.from)).or(Expr::Not(Box::new(col("open"))))
}
