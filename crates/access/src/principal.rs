//! Who a caller is.

use std::collections::BTreeSet;

use rollcall_model::{Scope, TenantId};

use crate::error::Denied;
use crate::key_id::KeyId;
use crate::key_scope::KeyScope;

/// A known caller: one tenant, what they may do, and which of the tenant's rows they may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whose data they work with.
    pub tenant: TenantId,
    /// What they are called: the name of the key.
    pub name: String,
    /// The key that they presented, if they are known by one.
    pub key_id: Option<KeyId>,
    /// What they may do.
    pub scopes: BTreeSet<KeyScope>,
    /// Which rows they may see.
    pub data_scope: Scope,
}

impl Principal {
    /// Whoever may open the data folder: commands that run on it act as this principal. The operating
    /// system has already decided that they may read and write everything in it.
    pub fn local_operator(tenant: TenantId) -> Self {
        Principal {
            tenant,
            name: "local operator".to_owned(),
            key_id: None,
            scopes: KeyScope::ALL.iter().copied().collect(),
            data_scope: Scope::All,
        }
    }

    /// Who they are, as what they own and what they do is noted: `key:` and the id of their key, or `operator`.
    pub fn id(&self) -> String {
        self.key_id.map_or_else(|| "operator".to_owned(), |key| format!("key:{key}"))
    }

    /// Refuses, unless they may do this.
    pub fn require(&self, needed: KeyScope) -> Result<(), Denied> {
        if self.scopes.contains(&needed) {
            return Ok(());
        }
        Err(Denied { needed, name: self.name.clone(), has: self.scopes.iter().map(|scope| scope.as_str()).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_may_do_what_their_scopes_say_and_nothing_else() {
        let writer = Principal { scopes: BTreeSet::from([KeyScope::EventsWrite]), ..Principal::local_operator(TenantId::default()) };
        assert_eq!(writer.require(KeyScope::EventsWrite), Ok(()));
        for other in KeyScope::ALL.iter().filter(|scope| **scope != KeyScope::EventsWrite) {
            let denied = writer.require(*other).unwrap_err();
            assert_eq!(denied.to_string(), format!("this needs the scope {other}; \"local operator\" has events:write"));
        }
        let nobody = Principal { scopes: BTreeSet::new(), ..writer };
        let denied = nobody.require(KeyScope::ReportsRead).unwrap_err();
        assert_eq!(denied.to_string(), "this needs the scope reports:read; \"local operator\" has none");
    }

    #[test]
    fn the_local_operator_may_do_everything_and_sees_every_row() {
        let operator = Principal::local_operator(TenantId::default());
        assert!(KeyScope::ALL.iter().all(|scope| operator.require(*scope).is_ok()));
        assert_eq!(operator.data_scope, Scope::All);
        assert_eq!(operator.id(), "operator");
    }

    #[test]
    fn who_comes_with_a_key_is_known_by_its_id() {
        let key: KeyId = "0000000000000000000010".parse().unwrap();
        let caller = Principal { key_id: Some(key), ..Principal::local_operator(TenantId::default()) };
        assert_eq!(caller.id(), "key:0000000000000000000010");
    }
}
