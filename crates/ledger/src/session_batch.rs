//! Sessions as columns and back.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch};
use rollcall_model::{EndReason, Session, SessionKind};

use crate::error::{Error, Result};
use crate::event_batch::{Columns, moments, tags, texts, uuids};
use crate::schema::Table;

/// Makes columns of sessions.
pub(crate) fn encode<'a>(sessions: impl IntoIterator<Item = &'a Session>) -> Result<RecordBatch> {
    let sessions: Vec<&Session> = sessions.into_iter().collect();
    let rows = sessions.len();
    let text = |of: fn(&Session) -> Option<&str>| -> ArrayRef { Arc::new(texts(rows, sessions.iter().copied().map(of))) };
    let flag = |of: fn(&Session) -> bool| -> ArrayRef { Arc::new(BooleanArray::from_iter(sessions.iter().map(|s| Some(of(s))))) };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(uuids(rows, sessions.iter().map(|s| Some(s.session_key)))?),
        text(|s| Some(&s.source)),
        text(|s| s.stream.as_deref()),
        text(|s| s.channel.as_deref()),
        text(|s| Some(s.kind.as_str())),
        text(|s| s.session_id.as_deref()),
        text(|s| s.account.as_deref()),
        text(|s| s.employee_id.as_deref()),
        text(|s| s.agent_name.as_deref()),
        text(|s| s.routing_profile.as_deref()),
        text(|s| s.hierarchy.as_deref()),
        text(|s| s.brand.as_deref()),
        tags(Table::Sessions, sessions.iter().map(|s| &s.tags))?,
        Arc::new(moments(sessions.iter().map(|s| s.login_time))),
        Arc::new(uuids(rows, sessions.iter().map(|s| s.login_event_id))?),
        flag(|s| s.login_forced),
        text(|s| s.sign_in_method.as_deref()),
        text(|s| s.source_ip.as_deref()),
        Arc::new(moments(sessions.iter().map(|s| s.last_sign_of_life))),
        Arc::new(moments(sessions.iter().map(|s| s.logout_time))),
        Arc::new(uuids(rows, sessions.iter().map(|s| s.logout_event_id))?),
        text(|s| Some(s.end_reason.as_str())),
        flag(|s| s.end_inferred),
        text(|s| s.ended_by.as_deref()),
        text(|s| s.impersonator.as_deref()),
        Arc::new(moments(sessions.iter().map(|s| s.ended_no_later_than))),
        Arc::new(Float64Array::from_iter(sessions.iter().map(|s| s.duration()))),
        flag(|s| s.open),
        // An open session has not ended, even where a limit says when it will have.
        Arc::new(moments(sessions.iter().map(|s| s.end_time().filter(|_| !s.open)))),
    ];
    Ok(RecordBatch::try_new(Table::Sessions.schema(), columns)?)
}

/// Reads sessions back out of columns.
pub fn decode(batch: &RecordBatch) -> Result<Vec<Session>> {
    let columns = Columns::new(batch);
    (0..batch.num_rows()).map(|row| session(&columns, row)).collect()
}

fn session(columns: &Columns<'_>, row: usize) -> Result<Session> {
    let missing = |name: &str| Error::Corrupt(format!("a session without {name}"));
    let word = |name: &str| columns.text(name, row).ok_or_else(|| missing(name));
    let text = |name: &str| columns.owned(name, row);
    let moment = |name: &str| columns.moment(name, row);
    let flag = |name: &str| columns.boolean(name, row).ok_or_else(|| missing(name));
    Ok(Session {
        session_key: columns.uuid("session_key", row).ok_or_else(|| missing("session_key"))?,
        source: word("source")?.to_owned(),
        stream: text("stream"),
        channel: text("channel"),
        kind: SessionKind::from_word(word("kind")?).ok_or_else(|| missing("a known kind"))?,
        session_id: text("session_id"),
        account: text("account"),
        employee_id: text("employee_id"),
        agent_name: text("agent_name"),
        routing_profile: text("routing_profile"),
        hierarchy: text("hierarchy"),
        brand: text("brand"),
        tags: columns.tags(row),
        login_time: moment("login_time"),
        login_event_id: columns.uuid("login_event_id", row),
        login_forced: flag("login_forced")?,
        sign_in_method: text("sign_in_method"),
        source_ip: text("source_ip"),
        last_sign_of_life: moment("last_sign_of_life"),
        logout_time: moment("logout_time"),
        logout_event_id: columns.uuid("logout_event_id", row),
        end_reason: EndReason::from_word(word("end_reason")?).ok_or_else(|| missing("a known end_reason"))?,
        end_inferred: flag("end_inferred")?,
        ended_by: text("ended_by"),
        impersonator: text("impersonator"),
        ended_no_later_than: moment("ended_no_later_than"),
        open: flag("open")?,
    })
}
