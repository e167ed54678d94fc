//! What somebody may do, by area and level.
//!
//! There is one list, and one function that decides: [`allows`]. A user's security profiles give permissions, each
//! within a scope; the scopes of an API key stand for permissions too.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::error::Denied;
use crate::key_scope::KeyScope;
use crate::principal::Principal;

/// Declares the permissions: area and level, what it is good for, the scope of an API key that stands for it, if
/// one does, and the lower level that it includes.
macro_rules! permissions {
    ($($name:ident = $area:literal $level:literal, $about:literal, $scope:expr, $includes:expr;)+) => {
        /// One permission: an area and a level of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $(#[doc = $about] $name),+ }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Permission] = &[$(Permission::$name),+];

            /// What it is about.
            pub const fn area(self) -> &'static str {
                match self { $(Permission::$name => $area),+ }
            }

            /// How much of it.
            pub const fn level(self) -> &'static str {
                match self { $(Permission::$name => $level),+ }
            }

            /// Area and level, as profiles name it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Permission::$name => concat!($area, " ", $level)),+ }
            }

            /// What it allows, in words.
            pub const fn about(self) -> &'static str {
                match self { $(Permission::$name => $about),+ }
            }

            /// The scope that gives it to the bearer of an API key; none for what only a person can do.
            pub const fn key_scope(self) -> Option<KeyScope> {
                use KeyScope::*;
                match self { $(Permission::$name => $scope),+ }
            }

            /// The lower level of the same area, which comes with it.
            pub const fn includes(self) -> Option<Permission> {
                use Permission::*;
                match self { $(Permission::$name => $includes),+ }
            }
        }
    };
}

permissions! {
    SignInLogView = "sign_in_log" "view", "Query the sign-in log", Some(ReportsRead), None;
    SignInLogExport = "sign_in_log" "export", "Download the sign-in log, make export tasks of it", Some(ReportsRead), Some(SignInLogView);
    LoginLogoutView = "login_logout" "view", "Run the login/logout report, open published ones", Some(ReportsRead), None;
    LoginLogoutExport = "login_logout" "export", "Download login/logout reports", Some(ReportsRead), Some(LoginLogoutView);
    LoginLogoutAll = "login_logout" "all", "Save, publish, schedule and download login/logout reports", Some(ReportsWrite), Some(LoginLogoutExport);
    AuditLogsView = "audit_logs" "view", "Query the logs of activity, access and failures", Some(ReportsRead), None;
    AuditLogsExport = "audit_logs" "export", "Download the logs of activity, access and failures", Some(ReportsRead), Some(AuditLogsView);
    ActivityAuditView = "activity_audit" "view", "Run the activity audit, open saved ones", Some(ReportsRead), None;
    ActivityAuditEdit = "activity_audit" "edit", "Save, change and schedule activity audits", Some(ReportsWrite), Some(ActivityAuditView);
    ActivityAuditExport = "activity_audit" "export", "Download activity audits, make export tasks of them", Some(ReportsRead), Some(ActivityAuditView);
    SavedReportsManageOthers = "saved_reports" "manage_others", "See, change and delete saved reports, tasks and files of others", Some(ReportsAdmin), None;
    SourcesView = "sources" "view", "See sources and rejected records", Some(QuarantineRead), None;
    SourcesEdit = "sources" "edit", "Change sources, see to rejected records", Some(EventsWrite), Some(SourcesView);
    DestinationsView = "destinations" "view", "See where reports are delivered to", Some(SettingsWrite), None;
    DestinationsEdit = "destinations" "edit", "Change where reports are delivered to", Some(SettingsWrite), Some(DestinationsView);
    WebhooksView = "webhooks" "view", "See webhooks", Some(SettingsWrite), None;
    WebhooksEdit = "webhooks" "edit", "Change webhooks, send again what failed", Some(SettingsWrite), Some(WebhooksView);
    DirectoryView = "directory" "view", "See the directory of agents", Some(DirectoryRead), None;
    DirectoryEdit = "directory" "edit", "Change the directory of agents", Some(DirectoryWrite), Some(DirectoryView);
    UsersView = "users" "view", "See users, API keys and who is signed in", Some(AccessRead), None;
    UsersEdit = "users" "edit", "Make and change users and API keys, sign somebody out", Some(AccessWrite), Some(UsersView);
    ProfilesView = "profiles" "view", "See security profiles", Some(AccessRead), None;
    ProfilesEdit = "profiles" "edit", "Make, change and delete security profiles", Some(AccessWrite), Some(ProfilesView);
    SettingsView = "settings" "view", "See the settings, the activity catalogue among them", Some(ReportsRead), None;
    SettingsEdit = "settings" "edit", "Change the settings", Some(SettingsWrite), Some(SettingsView);
    RetentionView = "retention" "view", "See how long events are kept, and legal holds", Some(StoreAdmin), None;
    RetentionEdit = "retention" "edit", "Decide how long events are kept, place legal holds", Some(StoreAdmin), Some(RetentionView);
    OperationsView = "operations" "view", "See how the server does", Some(MetricsRead), None;
    OperationsMaintain = "operations" "maintain", "Archive and compact the store now", Some(StoreArchive), Some(OperationsView);
    EventsSend = "events" "send", "Send events and records", Some(EventsWrite), None;
    Impersonate = "impersonate" "use", "Act as another user", None, None;
    OwnSessionsView = "own_sessions" "view", "See one's own sessions and sign-ins", None, None;
    OwnSessionsExport = "own_sessions" "export", "Download one's own sessions and sign-ins", None, Some(OwnSessionsView);
}

impl Permission {
    /// Those that decide about rights, or about what is kept: nobody has them while they act as somebody else.
    pub const SECURITY: &'static [Permission] = &[
        Permission::UsersEdit,
        Permission::ProfilesEdit,
        Permission::SettingsEdit,
        Permission::SourcesEdit,
        Permission::DestinationsEdit,
        Permission::WebhooksEdit,
        Permission::RetentionEdit,
        Permission::Impersonate,
    ];

    /// Whether it can be had for a part of the organisation. What can't, such as changing settings, is given by a profile
    /// whose scope is all rows, and by no other.
    pub fn is_divisible(self) -> bool {
        matches!(
            self.area(),
            "sign_in_log" | "login_logout" | "audit_logs" | "activity_audit" | "saved_reports" | "directory" | "own_sessions" | "events"
        )
    }

    /// It, with all that comes with it.
    pub fn with_included(self) -> BTreeSet<Permission> {
        std::iter::successors(Some(self), |permission| permission.includes()).collect()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a permission, area and level, such as login_logout view; got {0:?}")]
pub struct UnknownPermission(pub String);

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        let found = Permission::ALL.iter().find(|permission| permission.as_str() == text);
        found.copied().ok_or_else(|| UnknownPermission(text.chars().take(64).collect()))
    }
}

/// Refuses, unless somebody has a permission.
pub fn allows(principal: &Principal, permission: Permission) -> Result<(), Denied> {
    allows_any(principal, &[permission])
}

/// Refuses, unless somebody has one of these permissions.
pub fn allows_any(principal: &Principal, permissions: &[Permission]) -> Result<(), Denied> {
    if principal.grants.iter().any(|grant| permissions.iter().any(|permission| grant.gives(*permission))) {
        return Ok(());
    }
    Err(Denied::permissions(principal, permissions))
}

#[cfg(test)]
mod tests {
    use rollcall_model::TenantId;

    use super::*;
    use crate::principal::Grant;

    #[test]
    fn each_permission_is_there_once_and_comes_back_from_its_text() {
        let told: BTreeSet<String> = Permission::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert_eq!(permission.to_string().parse(), Ok(*permission));
            assert_eq!(permission.to_string(), format!("{} {}", permission.area(), permission.level()));
        }
        assert!("login_logout".parse::<Permission>().is_err());
    }

    #[test]
    fn the_docs_list_them() {
        let docs = include_str!("../../../docs/access-control.md");
        for permission in Permission::ALL {
            let parts = if permission.is_divisible() { "yes" } else { "no" };
            let scope = permission.key_scope().map_or_else(String::new, |scope| format!("`{scope}` "));
            let row = format!("| `{permission}` | {} | {parts} | {scope}|", permission.about());
            assert!(docs.contains(&row), "docs/access-control.md lacks the row {row}");
        }
        let listed = docs.lines().filter(|line| line.starts_with("| `") && (line.contains(" | yes | ") || line.contains(" | no | ")));
        assert_eq!(listed.count(), Permission::ALL.len(), "docs/access-control.md lists one that there is not");
    }

    #[test]
    fn a_higher_level_brings_the_lower_one_of_its_area() {
        for permission in Permission::ALL {
            let with = permission.with_included();
            assert!(with.iter().all(|included| included.area() == permission.area()), "{with:?}");
            assert_eq!(permission.level() == "view" || with.iter().any(|included| included.level() == "view"), {
                !matches!(permission, Permission::SavedReportsManageOthers | Permission::EventsSend | Permission::Impersonate)
            });
        }
    }

    #[test]
    fn who_has_one_of_several_may() {
        let operator = Principal::local_operator(TenantId::default());
        assert!(Permission::ALL.iter().all(|permission| allows(&operator, *permission).is_ok()));
        let grant = Grant { permissions: Permission::LoginLogoutView.with_included(), ..Grant::everything() };
        let reader = Principal { grants: vec![grant], ..operator };
        assert!(allows(&reader, Permission::LoginLogoutView).is_ok());
        assert!(allows_any(&reader, &[Permission::AuditLogsView, Permission::LoginLogoutView]).is_ok());
        let denied = allows(&reader, Permission::LoginLogoutAll).unwrap_err();
        assert_eq!(denied.needed, ["login_logout all"]);
        assert_eq!(denied.needed_scope, Some(KeyScope::ReportsWrite));
    }

    #[test]
    fn what_belongs_to_no_part_of_the_organisation_is_given_for_all_of_it_alone() {
        let mut of_a_part = Principal::local_operator(TenantId::default());
        for grant in &mut of_a_part.grants {
            grant.scope = rollcall_model::Scope::Parts(Vec::new());
        }
        let given: Vec<&str> = Permission::ALL
            .iter()
            .filter(|permission| allows(&of_a_part, **permission).is_ok())
            .map(|permission| permission.as_str())
            .collect();
        assert!(given.contains(&"login_logout all") && given.contains(&"directory edit"), "{given:?}");
        assert!(!given.contains(&"users view") && !given.contains(&"sources view") && !given.contains(&"impersonate use"), "{given:?}");
    }
}
