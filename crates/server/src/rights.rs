//! Which permission a kind of report needs, and which of its rows somebody may see.

use rollcall_access::{Permission, Principal, allows, allows_any};
use rollcall_model::Scope;
use rollcall_reports::Kind;

use crate::problem::Problem;

/// Every permission with which some report can be run.
pub(crate) const ANY_REPORT: &[Permission] = &[
    Permission::SignInLogView,
    Permission::LoginLogoutView,
    Permission::AuditLogsView,
    Permission::ActivityAuditView,
    Permission::OwnSessionsView,
];

/// Every permission with which some saved report can be opened.
pub(crate) const ANY_SAVED: &[Permission] =
    &[Permission::SignInLogView, Permission::LoginLogoutView, Permission::AuditLogsView, Permission::ActivityAuditView];

/// Every permission with which some report can be saved.
pub(crate) const ANY_SAVING: &[Permission] =
    &[Permission::SignInLogView, Permission::LoginLogoutAll, Permission::AuditLogsView, Permission::ActivityAuditEdit];

/// The permission to open and run a kind of report.
pub(crate) fn viewing(kind: Kind) -> Permission {
    match kind.name() {
        "sign_in_log" => Permission::SignInLogView,
        "login_logout" => Permission::LoginLogoutView,
        "activity_audit" => Permission::ActivityAuditView,
        _ => Permission::AuditLogsView,
    }
}

/// The permission to save a kind of report. Where none is set apart for that, who may open it may save it.
pub(crate) fn saving(kind: Kind) -> Permission {
    match kind.name() {
        "login_logout" => Permission::LoginLogoutAll,
        "activity_audit" => Permission::ActivityAuditEdit,
        _ => viewing(kind),
    }
}

/// The permission to have all rows of a kind of report as a file.
fn exporting(kind: Kind) -> Permission {
    match kind.name() {
        "sign_in_log" => Permission::SignInLogExport,
        "login_logout" => Permission::LoginLogoutExport,
        "activity_audit" => Permission::ActivityAuditExport,
        _ => Permission::AuditLogsExport,
    }
}

/// The permission for rows of a kind that are about oneself, where there are any.
fn of_oneself(kind: Kind, as_file: bool) -> Option<Permission> {
    let is_about_sessions = matches!(kind.name(), "sign_in_log" | "login_logout");
    let permission = if as_file { Permission::OwnSessionsExport } else { Permission::OwnSessionsView };
    is_about_sessions.then_some(permission)
}

/// The rows of a kind that somebody may see, or have as a file. Refuses those who may see none.
///
/// They are those of each profile that gives the permission: one that gives another permission for more rows adds
/// nothing.
pub(crate) fn rows_of(principal: &Principal, kind: Kind, as_file: bool) -> Result<Scope, Problem> {
    let permission = if as_file { exporting(kind) } else { viewing(kind) };
    // Who sees others' rows too and may not download those is not handed a file of fewer rows than they see.
    let only_own = !as_file || allows(principal, viewing(kind)).is_err() || allows(principal, permission).is_ok();
    let own = of_oneself(kind, as_file).filter(|_| only_own);
    let scope = principal.scope_of(permission).or(own.map_or(Scope::Nothing, |own| principal.own_rows(own)));
    if scope == Scope::Nothing {
        // Who has a profile whose scope has come to nothing sees nothing; who has none is told what is missing.
        let needed: Vec<Permission> = std::iter::once(permission).chain(own).collect();
        allows_any(principal, &needed)?;
        if let Some(own) = own.filter(|_| allows(principal, permission).is_err()) {
            return Err(no_employee(own));
        }
    }
    Ok(scope)
}

/// Somebody may see what is about themselves, but nobody knows who they are.
fn no_employee(own: Permission) -> Problem {
    let detail = format!("the permission {own} is for one's own rows, and this user is linked to no employee id; ask an administrator");
    Problem::new(crate::problem::Kind::Forbidden, detail)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rollcall_access::{Grant, Person, SignedIn, Who};
    use rollcall_model::TenantId;
    use rollcall_model::scope::ScopePart;
    use uuid::Uuid;

    use super::*;

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
        };
        let signed_in = SignedIn { user, session_id: Uuid::nil(), restriction: None, impersonator: None };
        Principal { who: Who::User(Box::new(signed_in)), grants, ..Principal::local_operator(TenantId::default()) }
    }

    fn kind(name: &str) -> Kind {
        Kind::parse(name).unwrap()
    }

    #[test]
    fn a_profile_gives_its_rows_for_its_permissions_alone() {
        let reader = user(None, vec![grant(Permission::SignInLogView, part("North")), grant(Permission::SignInLogExport, part("South"))]);
        assert_eq!(rows_of(&reader, kind("sign_in_log"), false).unwrap(), part("North").or(part("South")));
        assert_eq!(rows_of(&reader, kind("sign_in_log"), true).unwrap(), part("South"), "to have them as a file is another right");
        assert!(rows_of(&reader, kind("login_logout"), false).is_err());
        assert!(rows_of(&reader, kind("access_log"), false).is_err());
    }

    #[test]
    fn one_sees_ones_own_sessions_and_sign_ins_and_nothing_else() {
        let own = Scope::Parts(vec![ScopePart { employee_ids: vec!["4711".to_owned()], ..ScopePart::default() }]);
        let agent = user(Some("4711"), vec![grant(Permission::OwnSessionsView, Scope::All)]);
        for name in ["login_logout", "sign_in_log"] {
            assert_eq!(rows_of(&agent, kind(name), false).unwrap(), own);
            assert!(rows_of(&agent, kind(name), true).is_err(), "to see is not to download");
        }
        for name in ["access_log", "activity_log", "activity_audit", "webhook_failures", "integration_failures"] {
            assert!(rows_of(&agent, kind(name), false).is_err(), "{name}");
        }
        let unknown = user(None, vec![grant(Permission::OwnSessionsView, Scope::All)]);
        assert!(rows_of(&unknown, kind("login_logout"), false).is_err());
        let both =
            user(Some("4711"), vec![grant(Permission::OwnSessionsView, Scope::All), grant(Permission::LoginLogoutView, part("North"))]);
        assert_eq!(rows_of(&both, kind("login_logout"), false).unwrap(), part("North").or(own));
    }

    #[test]
    fn each_kind_has_permissions_of_one_area() {
        for kind in Kind::ALL {
            assert!(ANY_REPORT.contains(&viewing(*kind)) && ANY_SAVED.contains(&viewing(*kind)) && ANY_SAVING.contains(&saving(*kind)));
            let areas: BTreeSet<&str> =
                [viewing(*kind), saving(*kind), exporting(*kind)].iter().map(|permission| permission.area()).collect();
            assert_eq!(areas.len(), 1, "{}", kind.name());
        }
    }
}
