//! Who a caller is.

use std::collections::BTreeSet;

use rollcall_model::scope::ScopePart;
use rollcall_model::{Scope, TenantId, Timestamp};
use uuid::Uuid;

use crate::error::Denied;
use crate::key_id::KeyId;
use crate::key_scope::KeyScope;
use crate::permission::{Permission, allows_any};

/// A known caller: one tenant, what they may do, and which of the tenant's rows they may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whose data they work with.
    pub tenant: TenantId,
    /// What they are called: a user's name, or the name of the key.
    pub name: String,
    /// How they are known.
    pub who: Who,
    /// What they may do, each within its scope.
    pub grants: Vec<Grant>,
}

/// How a caller is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// They may open the data folder, as the operating system has decided.
    Operator,
    /// By an API key, with its scopes.
    Key(KeyId, BTreeSet<KeyScope>),
    /// By a session: a person who has signed in.
    User(Box<SignedIn>),
}

/// Permissions, and the scope within which they hold: those of a security profile, or of an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What is allowed.
    pub permissions: BTreeSet<Permission>,
    /// For which rows.
    pub scope: Scope,
}

impl Grant {
    /// Everything, for every row.
    pub fn everything() -> Self {
        Grant { permissions: Permission::ALL.iter().copied().collect(), scope: Scope::All }
    }

    /// Whether it gives a permission, for some rows at least.
    pub fn gives(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission) && (permission.is_divisible() || self.scope == Scope::All)
    }
}

/// A user who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose rights they have: the user, or whom they act as.
    pub user: Person,
    /// Their session.
    pub session_id: Uuid,
    /// What they must do before they may do anything else.
    pub restriction: Option<Restriction>,
    /// Who really sits there, if they act as somebody else.
    pub impersonator: Option<Impersonator>,
}

/// A user, as far as others are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Which user.
    pub id: Uuid,
    /// What they sign in with.
    pub account: String,
    /// What they are called.
    pub name: String,
    /// Their address for mail.
    pub email: Option<String>,
    /// Which agent of the organisation they are.
    pub employee_id: Option<String>,
    /// Whether they have set up one-time codes.
    pub has_second_factor: bool,
}

/// Who acts as somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impersonator {
    /// Who.
    pub person: Person,
    /// Which impersonation.
    pub id: Uuid,
    /// Since when.
    pub since: Timestamp,
}

/// What must be done before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// Choosing a password of their own.
    ChangePassword,
    /// Setting up one-time codes.
    SetUpSecondFactor,
}

impl Principal {
    /// Whoever may open the data folder: commands that run on it act as this principal. The operating
    /// system has already decided that they may read and write everything in it.
    pub fn local_operator(tenant: TenantId) -> Self {
        Principal { tenant, name: "local operator".to_owned(), who: Who::Operator, grants: vec![Grant::everything()] }
    }

    /// Who they are, as what they own is noted: `user:` and their id, `key:` and the id of their key, or `operator`.
    pub fn id(&self) -> String {
        match &self.who {
            Who::Operator => "operator".to_owned(),
            Who::Key(key, _) => format!("key:{key}"),
            Who::User(signed_in) => format!("user:{}", signed_in.user.id),
        }
    }

    /// The key that they presented, if they are known by one.
    pub fn key_id(&self) -> Option<KeyId> {
        match &self.who {
            Who::Key(key, _) => Some(*key),
            Who::Operator | Who::User(_) => None,
        }
    }

    /// Their session, if they have signed in.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        match &self.who {
            Who::User(signed_in) => Some(signed_in),
            Who::Operator | Who::Key(..) => None,
        }
    }

    /// Refuses, unless they may use what needs one of these permissions, or of an API key this scope.
    pub fn require(&self, any_of: &[Permission], key_scope: Option<KeyScope>) -> Result<(), Denied> {
        let Who::Key(_, scopes) = &self.who else { return allows_any(self, any_of) };
        let denied = || Denied { needed_scope: key_scope, ..Denied::permissions(self, any_of) };
        if key_scope.is_none_or(|needed| !scopes.contains(&needed)) {
            return Err(denied());
        }
        let shows_all = self.grants.iter().any(|grant| grant.scope == Scope::All);
        if shows_all || any_of.iter().any(|permission| permission.is_divisible()) { Ok(()) } else { Err(denied()) }
    }

    /// The rows for which they have a permission: those of each grant that gives it, and of no other.
    pub fn scope_of(&self, permission: Permission) -> Scope {
        let giving = self.grants.iter().filter(|grant| grant.gives(permission));
        giving.fold(Scope::Nothing, |scope, grant| scope.or(grant.scope.clone()))
    }

    /// The rows that are about themselves, if they have a permission for those.
    pub fn own_rows(&self, permission: Permission) -> Scope {
        let employee_id = self.signed_in().and_then(|signed_in| signed_in.user.employee_id.clone());
        match employee_id.filter(|_| self.grants.iter().any(|grant| grant.gives(permission))) {
            Some(employee_id) => Scope::Parts(vec![ScopePart { employee_ids: vec![employee_id], ..ScopePart::default() }]),
            None => Scope::Nothing,
        }
    }

    /// Whether they have all of these permissions themselves, for at least that scope: nobody gives rights that they
    /// don't have. What is about oneself is anybody's to give: it shows nothing of others.
    pub fn covers(&self, permissions: &BTreeSet<Permission>, scope: &Scope) -> bool {
        permissions.iter().filter(|permission| permission.area() != "own_sessions").all(|permission| {
            let has = |grant: &Grant| grant.permissions.contains(permission) && (grant.scope == Scope::All || grant.scope == *scope);
            self.grants.iter().any(has)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(grants: Vec<Grant>) -> Principal {
        Principal { grants, ..Principal::local_operator(TenantId::default()) }
    }

    fn grant(permissions: &[Permission], branch: &str) -> Grant {
        let part = ScopePart { hierarchies: vec![branch.to_owned()], ..ScopePart::default() };
        Grant { permissions: permissions.iter().copied().collect(), scope: Scope::Parts(vec![part]) }
    }

    fn key(scopes: &[KeyScope]) -> Principal {
        let id: KeyId = "0000000000000000000010".parse().unwrap();
        Principal { who: Who::Key(id, scopes.iter().copied().collect()), ..principal(vec![Grant::everything()]) }
    }

    #[test]
    fn permissions_and_scopes_are_never_united_apart_from_each_other() {
        let view_north = grant(&[Permission::LoginLogoutView], "North");
        let audit_south = grant(&[Permission::AuditLogsView], "South");
        let reader = principal(vec![view_north.clone(), audit_south.clone()]);
        assert_eq!(reader.scope_of(Permission::LoginLogoutView), view_north.scope);
        assert_eq!(reader.scope_of(Permission::AuditLogsView), audit_south.scope);
        assert_eq!(reader.scope_of(Permission::SignInLogView), Scope::Nothing);
        let both = principal(vec![view_north.clone(), grant(&[Permission::LoginLogoutView], "South")]);
        assert_eq!(both.scope_of(Permission::LoginLogoutView), view_north.scope.or(audit_south.scope));
    }

    #[test]
    fn a_key_may_do_what_its_scopes_say_and_nothing_else() {
        let writer = key(&[KeyScope::EventsWrite]);
        assert!(writer.require(&[Permission::EventsSend], Some(KeyScope::EventsWrite)).is_ok());
        let denied = writer.require(&[Permission::LoginLogoutView], Some(KeyScope::ReportsRead)).unwrap_err();
        assert_eq!(denied.needed_scope, Some(KeyScope::ReportsRead));
        assert!(writer.require(&[Permission::Impersonate], None).is_err(), "a key acts as nobody else");
        let reader = key(&[KeyScope::ReportsRead]);
        assert!(reader.require(&[Permission::SourcesView], Some(KeyScope::ReportsRead)).is_ok(), "of a key the scope decides");
        let mut of_a_part = reader;
        of_a_part.grants = vec![Grant { scope: Scope::Parts(Vec::new()), ..Grant::everything() }];
        assert!(of_a_part.require(&[Permission::SourcesView], Some(KeyScope::ReportsRead)).is_err());
        assert!(of_a_part.require(&[Permission::LoginLogoutView], Some(KeyScope::ReportsRead)).is_ok());
    }

    #[test]
    fn the_local_operator_may_do_everything_and_sees_every_row() {
        let operator = Principal::local_operator(TenantId::default());
        assert!(Permission::ALL.iter().all(|permission| operator.scope_of(*permission) == Scope::All));
        assert_eq!(operator.id(), "operator");
        assert_eq!(operator.own_rows(Permission::OwnSessionsView), Scope::Nothing);
    }

    #[test]
    fn who_comes_with_a_key_is_known_by_its_id() {
        assert_eq!(key(&[]).id(), "key:0000000000000000000010");
    }

    #[test]
    fn nobody_gives_rights_that_they_do_not_have() {
        let north = grant(&[Permission::LoginLogoutView], "North");
        let giver = principal(vec![north.clone()]);
        assert!(giver.covers(&north.permissions, &north.scope));
        assert!(!giver.covers(&north.permissions, &Scope::All));
        assert!(!giver.covers(&BTreeSet::from([Permission::UsersEdit]), &north.scope));
        assert!(principal(vec![Grant::everything()]).covers(&north.permissions, &north.scope));
    }
}
