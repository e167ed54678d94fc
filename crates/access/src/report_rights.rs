//! Which permission a report needs, by its name, and which of its rows somebody may see.

use rollcall_model::Scope;

use crate::error::Denied;
use crate::permission::{Permission, allows, allows_any};
use crate::principal::Principal;

/// Every permission with which some report can be run.
pub const ANY_REPORT: &[Permission] = &[
    Permission::SignInLogView,
    Permission::LoginLogoutView,
    Permission::AuditLogsView,
    Permission::ActivityAuditView,
    Permission::OwnSessionsView,
];

/// Every permission with which some report can be had as a file.
pub const ANY_EXPORT: &[Permission] = &[
    Permission::SignInLogExport,
    Permission::LoginLogoutExport,
    Permission::AuditLogsExport,
    Permission::ActivityAuditExport,
    Permission::OwnSessionsExport,
];

/// Every permission with which some saved report can be opened.
pub const ANY_SAVED: &[Permission] =
    &[Permission::SignInLogView, Permission::LoginLogoutView, Permission::AuditLogsView, Permission::ActivityAuditView];

/// Every permission with which some report can be saved.
pub const ANY_SAVING: &[Permission] =
    &[Permission::SignInLogView, Permission::LoginLogoutAll, Permission::AuditLogsView, Permission::ActivityAuditEdit];

/// Every permission with which some report can be scheduled.
pub const ANY_SCHEDULING: &[Permission] =
    &[Permission::SignInLogExport, Permission::LoginLogoutAll, Permission::AuditLogsExport, Permission::ActivityAuditEdit];

/// Somebody may see no rows of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRows {
    /// A permission is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// They may see what is about themselves, but nobody knows who they are.
    #[error("the permission {0} is for one's own rows, and this user is linked to no employee id; ask an administrator")]
    NoEmployee(Permission),
}

/// The permission to open and run a report.
pub fn viewing(report: &str) -> Permission {
    match report {
        "sign_in_log" => Permission::SignInLogView,
        "login_logout" => Permission::LoginLogoutView,
        "activity_audit" => Permission::ActivityAuditView,
        _ => Permission::AuditLogsView,
    }
}

/// The permission to save a report. Where none is set apart for that, who may open it may save it.
pub fn saving(report: &str) -> Permission {
    match report {
        "login_logout" => Permission::LoginLogoutAll,
        "activity_audit" => Permission::ActivityAuditEdit,
        _ => viewing(report),
    }
}

/// The permission to schedule a report. Where none is set apart for that, who may have it as a file may schedule it.
pub fn scheduling(report: &str) -> Permission {
    match report {
        "login_logout" => Permission::LoginLogoutAll,
        "activity_audit" => Permission::ActivityAuditEdit,
        _ => exporting(report),
    }
}

/// The permission to have all rows of a report as a file.
pub fn exporting(report: &str) -> Permission {
    match report {
        "sign_in_log" => Permission::SignInLogExport,
        "login_logout" => Permission::LoginLogoutExport,
        "activity_audit" => Permission::ActivityAuditExport,
        _ => Permission::AuditLogsExport,
    }
}

/// The permission for rows of a report that are about oneself, where there are any.
fn of_oneself(report: &str, as_file: bool) -> Option<Permission> {
    let is_about_sessions = matches!(report, "sign_in_log" | "login_logout");
    let permission = if as_file { Permission::OwnSessionsExport } else { Permission::OwnSessionsView };
    is_about_sessions.then_some(permission)
}

/// The rows of a report that somebody may see, or have as a file. Refuses those who may see none.
///
/// They are those of each profile that gives the permission: one that gives another permission for more rows adds
/// nothing.
pub fn rows_of(principal: &Principal, report: &str, as_file: bool) -> Result<Scope, NoRows> {
    let permission = if as_file { exporting(report) } else { viewing(report) };
    // Who sees others' rows too and may not download those is not handed a file of fewer rows than they see.
    let only_own = !as_file || allows(principal, viewing(report)).is_err() || allows(principal, permission).is_ok();
    let own = of_oneself(report, as_file).filter(|_| only_own);
    let scope = principal.scope_of(permission).or(own.map_or(Scope::Nothing, |own| principal.own_rows(own)));
    if scope == Scope::Nothing {
        // Who has a profile whose scope has come to nothing sees nothing; who has none is told what is missing.
        let needed: Vec<Permission> = std::iter::once(permission).chain(own).collect();
        allows_any(principal, &needed)?;
        if let Some(own) = own.filter(|_| allows(principal, permission).is_err()) {
            return Err(NoRows::NoEmployee(own));
        }
    }
    Ok(scope)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rollcall_model::TenantId;
    use rollcall_model::scope::ScopePart;
    use uuid::Uuid;

    use super::*;
    use crate::principal::{Grant, Person, SignedIn, Who};

    const REPORTS: [&str; 7] =
        ["sign_in_log", "login_logout", "access_log", "activity_log", "activity_audit", "webhook_failures", "integration_failures"];

    fn part(branch: &str) -> Scope {
        Scope::Parts(vec![ScopePart { hierarchies: vec![branch.to_owned()], ..ScopePart::default() }])
    }

    fn grant(permission: Permission, scope: Scope) -> Grant {
        Grant { permissions: permission.with_included(), scope }
    }

    fn user(employee_id: Option<&str>, grants: Vec<Grant>) -> Principal {
        let user = Person {
            id: Uuid::nil(),
            account: "mara".to_owned(),
            name: "Mara".to_owned(),
            email: None,
            employee_id: employee_id.map(str::to_owned),
            has_second_factor: false,
        };
        let signed_in = SignedIn { user, session_id: Uuid::nil(), restriction: None, impersonator: None };
        Principal { who: Who::User(Box::new(signed_in)), grants, ..Principal::local_operator(TenantId::default()) }
    }

    #[test]
    fn a_profile_gives_its_rows_for_its_permissions_alone() {
        let reader = user(None, vec![grant(Permission::SignInLogView, part("North")), grant(Permission::SignInLogExport, part("South"))]);
        assert_eq!(rows_of(&reader, "sign_in_log", false).unwrap(), part("North").or(part("South")));
        assert_eq!(rows_of(&reader, "sign_in_log", true).unwrap(), part("South"), "to have them as a file is another right");
        assert!(rows_of(&reader, "login_logout", false).is_err());
        assert!(rows_of(&reader, "access_log", false).is_err());
    }

    #[test]
    fn one_sees_ones_own_sessions_and_sign_ins_and_nothing_else() {
        let own = Scope::Parts(vec![ScopePart { employee_ids: vec!["4711".to_owned()], ..ScopePart::default() }]);
        let agent = user(Some("4711"), vec![grant(Permission::OwnSessionsView, Scope::All)]);
        for name in ["login_logout", "sign_in_log"] {
            assert_eq!(rows_of(&agent, name, false).unwrap(), own);
            assert!(rows_of(&agent, name, true).is_err(), "to see is not to download");
        }
        for name in ["access_log", "activity_log", "activity_audit", "webhook_failures", "integration_failures"] {
            assert!(rows_of(&agent, name, false).is_err(), "{name}");
        }
        let unknown = user(None, vec![grant(Permission::OwnSessionsView, Scope::All)]);
        assert!(matches!(rows_of(&unknown, "login_logout", false), Err(NoRows::NoEmployee(_))));
        let both =
            user(Some("4711"), vec![grant(Permission::OwnSessionsView, Scope::All), grant(Permission::LoginLogoutView, part("North"))]);
        assert_eq!(rows_of(&both, "login_logout", false).unwrap(), part("North").or(own));
    }

    #[test]
    fn each_report_has_permissions_of_one_area() {
        for report in REPORTS {
            assert!(ANY_REPORT.contains(&viewing(report)) && ANY_SAVED.contains(&viewing(report)));
            assert!(ANY_SAVING.contains(&saving(report)) && ANY_SCHEDULING.contains(&scheduling(report)));
            assert!(ANY_EXPORT.contains(&exporting(report)));
            let areas: BTreeSet<&str> = [viewing(report), saving(report), scheduling(report), exporting(report)]
                .iter()
                .map(|permission| permission.area())
                .collect();
            assert_eq!(areas.len(), 1, "{report}");
        }
    }
}
