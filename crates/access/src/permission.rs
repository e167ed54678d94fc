//! What somebody may do, by area and level.
//!
//! There is one list, and one function that decides: [`allows`]. Callers are known by an API key for now, so
//! the scopes of the key decide. When there are users, their security profiles decide in the same place.

use std::fmt;

use crate::error::Denied;
use crate::key_scope::KeyScope;
use crate::principal::Principal;

/// Declares the permissions: area and level, and the key scope that stands for both.
macro_rules! permissions {
    ($($(#[$meta:meta])* $name:ident = $area:literal $level:literal, $scope:ident;)+) => {
        /// One permission: an area and a level of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($(#[$meta])* $name),+ }

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

            /// The scope that gives it to the bearer of an API key.
            pub const fn key_scope(self) -> KeyScope {
                match self { $(Permission::$name => KeyScope::$scope),+ }
            }
        }
    };
}

permissions! {
    /// Querying the sign-in log.
    SignInLogView = "sign_in_log" "view", ReportsRead;
    /// Downloading it.
    SignInLogExport = "sign_in_log" "export", ReportsRead;
    /// Running the login/logout report, and opening published ones.
    LoginLogoutView = "login_logout" "view", ReportsRead;
    /// Saving, changing and publishing it.
    LoginLogoutAll = "login_logout" "all", ReportsWrite;
    /// Querying the logs of access, activity and failures.
    AuditLogsView = "audit_logs" "view", ReportsRead;
    /// Downloading them.
    AuditLogsExport = "audit_logs" "export", ReportsRead;
    /// Running the activity audit, and opening saved ones.
    ActivityAuditView = "activity_audit" "view", ReportsRead;
    /// Saving and changing it.
    ActivityAuditEdit = "activity_audit" "edit", ReportsWrite;
    /// Downloading it.
    ActivityAuditExport = "activity_audit" "export", ReportsRead;
    /// Seeing, changing and deleting the saved reports of others.
    SavedReportsManageOthers = "saved_reports" "manage_others", ReportsAdmin;
    /// Seeing the directory of agents.
    DirectoryView = "directory" "view", DirectoryRead;
    /// Changing it.
    DirectoryEdit = "directory" "edit", DirectoryWrite;
    /// Seeing the settings, the activity catalogue among them.
    SettingsView = "settings" "view", ReportsRead;
    /// Changing them.
    SettingsEdit = "settings" "edit", SettingsWrite;
    /// Seeing how long events are kept.
    RetentionView = "retention" "view", StoreAdmin;
    /// Deciding that.
    RetentionEdit = "retention" "edit", StoreAdmin;
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.area(), self.level())
    }
}

/// Refuses, unless somebody has a permission.
pub fn allows(principal: &Principal, permission: Permission) -> Result<(), Denied> {
    principal.require(permission.key_scope())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rollcall_model::TenantId;

    use super::*;

    #[test]
    fn each_permission_is_there_once() {
        let told: BTreeSet<String> = Permission::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), Permission::ALL.len());
        assert!(told.contains("saved_reports manage_others"));
    }

    #[test]
    fn the_scopes_of_a_key_decide() {
        let operator = Principal::local_operator(TenantId::default());
        assert!(Permission::ALL.iter().all(|permission| allows(&operator, *permission).is_ok()));
        let reader = Principal { scopes: BTreeSet::from([KeyScope::ReportsRead]), ..operator };
        assert!(allows(&reader, Permission::LoginLogoutView).is_ok());
        let denied = allows(&reader, Permission::LoginLogoutAll).unwrap_err();
        assert_eq!(denied.needed, KeyScope::ReportsWrite);
        assert!(allows(&reader, Permission::SavedReportsManageOthers).is_err());
        assert!(allows(&reader, Permission::DirectoryView).is_err());
    }
}
