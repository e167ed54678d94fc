//! Security profiles: named sets of permissions, each with one scope. Five come with Rollcall; a tenant makes others.

use std::collections::BTreeSet;

use rollcall_control::profiles::Profile as Stored;
use rollcall_model::Scope;

use crate::permission::Permission;
use crate::principal::Grant;

/// A security profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name of a built-in one in small letters, else a UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it allows.
    pub permissions: BTreeSet<Permission>,
    /// Within which scope.
    pub scope: Scope,
    /// Whether it comes with Rollcall, and can't be changed.
    pub built_in: bool,
    /// The version of one that a tenant has made; 0 of a built-in one.
    pub version: i64,
}

/// The profile without whose last holder nobody could give rights any more.
pub const ADMIN: &str = "admin";

impl Profile {
    /// The profiles that come with Rollcall.
    pub fn built_in() -> [Profile; 5] {
        use Permission as P;
        let profile = |id: &str, name: &str, permissions: BTreeSet<P>| Profile {
            id: id.to_owned(),
            name: name.to_owned(),
            permissions,
            scope: Scope::All,
            built_in: true,
            version: 0,
        };
        let of = |permissions: &[P]| permissions.iter().flat_map(|permission| permission.with_included()).collect();
        let changes_nothing = |permission: &P| matches!(permission.level(), "view" | "export");
        [
            profile(ADMIN, "Admin", P::ALL.iter().copied().collect()),
            profile(
                "supervisor",
                "Supervisor",
                of(&[P::SignInLogView, P::LoginLogoutAll, P::ActivityAuditView, P::DirectoryView, P::OwnSessionsExport]),
            ),
            profile(
                "analyst",
                "Analyst",
                of(&[
                    P::SignInLogExport,
                    P::LoginLogoutAll,
                    P::AuditLogsView,
                    P::ActivityAuditEdit,
                    P::ActivityAuditExport,
                    P::DirectoryView,
                ]),
            ),
            profile("auditor", "Auditor", P::ALL.iter().copied().filter(changes_nothing).collect()),
            profile("agent", "Agent", of(&[P::OwnSessionsExport])),
        ]
    }

    /// The built-in profile of that id.
    pub fn find_built_in(id: &str) -> Option<Profile> {
        Profile::built_in().into_iter().find(|profile| profile.id == id)
    }

    /// A profile as it is stored. A permission that a newer version has given is none that this one could honour; a
    /// scope that can't be read shows nothing.
    pub(crate) fn of(stored: Stored) -> Profile {
        let known = stored.permissions.iter().filter_map(|permission| permission.parse::<Permission>().ok());
        Profile {
            id: stored.id.to_string(),
            permissions: known.flat_map(Permission::with_included).collect(),
            scope: serde_json::from_str(&stored.scope).unwrap_or_default(),
            name: stored.name,
            built_in: false,
            version: stored.version,
        }
    }

    /// What it gives.
    pub fn grant(&self) -> Grant {
        Grant { permissions: self.permissions.clone(), scope: self.scope.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(id: &str) -> BTreeSet<&'static str> {
        let profile = Profile::find_built_in(id).unwrap();
        assert_eq!(profile.scope, Scope::All);
        profile.permissions.iter().map(|permission| permission.as_str()).collect()
    }

    #[test]
    fn the_built_in_profiles_have_what_the_docs_say() {
        assert_eq!(has("admin").len(), Permission::ALL.len());
        let supervisor = has("supervisor");
        assert!(supervisor.contains("sign_in_log view") && !supervisor.contains("sign_in_log export"));
        assert!(supervisor.contains("login_logout all") && supervisor.contains("login_logout view"));
        assert!(!supervisor.iter().any(|permission| permission.starts_with("audit_logs")));
        let analyst = has("analyst");
        assert!(analyst.contains("activity_audit edit") && analyst.contains("activity_audit export"));
        assert!(analyst.contains("audit_logs view") && !analyst.contains("audit_logs export"));
        let auditor = has("auditor");
        assert!(auditor.contains("retention view") && auditor.contains("login_logout export"));
        assert!(auditor.iter().all(|permission| permission.ends_with(" view") || permission.ends_with(" export")), "{auditor:?}");
        assert_eq!(has("agent"), BTreeSet::from(["own_sessions export", "own_sessions view"]));
    }

    #[test]
    fn what_a_newer_version_has_stored_gives_nothing_here() {
        let stored = Stored {
            id: uuid::Uuid::nil(),
            tenant: rollcall_model::TenantId::default(),
            name: "Later".to_owned(),
            permissions: vec!["login_logout all".to_owned(), "teleport use".to_owned()],
            scope: "{\"moons\": []}".to_owned(),
            version: 1,
            created_at: "2026-04-15T08:00:00Z".parse().unwrap(),
            changed_at: "2026-04-15T08:00:00Z".parse().unwrap(),
            changed_by: "operator".to_owned(),
        };
        let profile = Profile::of(stored);
        assert_eq!(profile.permissions, Permission::LoginLogoutAll.with_included());
        assert_eq!(profile.scope, Scope::Nothing);
    }
}
