//! What people have made in the demo: users and profiles, saved reports, a destination and schedules.
//!
//! It is asked for by the API, like all that anybody makes, so it is recorded in the activity audit too.

use std::path::Path;

use anyhow::Context;
use rollcall_generator::Colleague;
use rollcall_model::TenantId;
use serde_json::{Value, json};

use crate::connection::{self, Call};
use crate::store::Store;

/// Makes all of it. Reports are delivered into `folder`, if there is one.
pub(super) async fn make(store: &Store, tenant: &TenantId, colleagues: &[Colleague], folder: Option<&Path>) -> anyhow::Result<()> {
    let api = Api { store, tenant };
    people(&api, colleagues).await?;
    let mut ids = Vec::new();
    for report in reports() {
        ids.push(api.make(&["saved-reports"], &report).await?);
    }
    let (Some(folder), [payroll, failed, ..]) = (folder, ids.as_slice()) else { return Ok(()) };
    let config = json!({"path": folder});
    let destination = api.make(&["destinations"], &json!({"name": "Demo folder", "kind": "folder", "config": config})).await?;
    let zone = super::local_zone();
    let daily = json!({
        "report_id": payroll, "destinations": [destination], "time_zone": zone.name(), "prefix": "payroll",
        "rule": {"every": "day"}, "range": "ended_day", "question": "signed_in",
        // Some of the invented sources are late, and the demo is not to wait for them.
        "max_wait_hours": 0,
    });
    let weekly = json!({
        "report_id": failed, "destinations": [destination], "time_zone": zone.name(), "prefix": "security",
        "rule": {"every": "week", "on": ["monday", "thursday"]}, "range": "previous_week", "max_wait_hours": 0,
    });
    let daily = api.make(&["schedules"], &daily).await?;
    api.make(&["schedules"], &weekly).await?;
    // One file is there to be looked at.
    api.make(&["schedules", &daily, "run"], &json!({})).await?;
    Ok(())
}

/// Team leads who see their region, and somebody for each profile that comes with Rollcall. Nobody knows their passwords:
/// an administrator gives new ones, or acts as them.
async fn people(api: &Api<'_>, colleagues: &[Colleague]) -> anyhow::Result<()> {
    let region = |colleague: &Colleague| colleague.hierarchy.split(" / ").next().unwrap_or_default().to_owned();
    let mut leads = colleagues.iter().filter(|colleague| colleague.leads);
    let Some(lead) = leads.next() else { return Ok(()) };
    let profile = json!({
        "name": format!("Team leads, {}", region(lead)),
        "permissions": ["login_logout view", "login_logout export", "sign_in_log view", "directory view"],
        "scope": {"parts": [{"hierarchies": [region(lead)]}]},
    });
    let profile = api.make(&["profiles"], &profile).await?;
    let of_each = [profile.as_str(), "supervisor", "analyst", "auditor"];
    for (profile, colleague) in of_each.into_iter().zip(std::iter::once(lead).chain(leads)) {
        let account = colleague.email.split('@').next().unwrap_or_default();
        let user = json!({
            "account": account, "display_name": colleague.name, "email": colleague.email,
            "employee_id": colleague.employee_id, "profiles": [profile],
        });
        api.make(&["users"], &user).await?;
    }
    Ok(())
}

/// Reports that everybody may open. Schedules deliver the first two.
fn reports() -> [Value; 5] {
    let report = |name: &str, definition: Value| json!({"name": name, "published": true, "definition": definition});
    [
        report(
            "Signed-in time for payroll",
            json!({
                "report": "login_logout",
                "range": {"preset": "last_30_days"},
                "columns": ["agent", "employee_id", "login_time", "logout_time", "duration", "end_reason", "routing_profile", "hierarchy"],
                "sort": [{"field": "agent"}, {"field": "login_time"}],
            }),
        ),
        report(
            "Failed sign-ins by reason",
            json!({
                "report": "sign_in_log",
                "range": {"preset": "7_days"},
                "filters": [{"field": "outcome", "op": "in", "values": ["failure"]}],
                "group_by": [{"field": "failure_reason"}, {"field": "account"}],
            }),
        ),
        report(
            "Billing yesterday",
            json!({
                "report": "login_logout",
                "range": {"preset": "yesterday"},
                "filters": [{"field": "routing_profile", "op": "in", "values": ["Billing"]}],
            }),
        ),
        report(
            "Changes of administrators",
            json!({
                "report": "activity_log",
                "range": {"preset": "last_7_days"},
            }),
        ),
        report(
            "Impersonations",
            json!({
                "report": "sign_in_log",
                "range": {"preset": "last_30_days"},
                "filters": [{"field": "activity", "op": "in", "values": ["impersonation_start", "impersonation_end"]}],
            }),
        ),
    ]
}

/// The API of the store, called by whoever runs this process.
struct Api<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
}

impl Api<'_> {
    /// Makes something, and gives its id.
    async fn make(&self, path: &[&str], body: &Value) -> anyhow::Result<String> {
        let call = Call::post_here(path)?.json(body)?;
        let answer = connection::ask_here(self.store, self.tenant, call).await;
        let made: Value = connection::json(answer.with_context(|| format!("making one of the demo's {}", path.join("/")))?).await?;
        Ok(made.get("id").and_then(Value::as_str).context("what was made has no id")?.to_owned())
    }
}
