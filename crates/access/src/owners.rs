//! Whose rights something has that runs by itself: those of its owner, as they are when it runs.

use rollcall_model::TenantId;
use uuid::Uuid;

use crate::error::AccessError;
use crate::key_id::KeyId;
use crate::keys::{KeyState, principal as of_key};
use crate::principal::{Principal, SignedIn, Who};
use crate::service::Access;
use crate::sign_in::person;

/// The owner of something that runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// They may do this now.
    Active(Principal),
    /// They count no longer: why, in words.
    Gone(String),
}

impl Access {
    /// The owner of that [id](Principal::id), with the rights that they have now.
    pub async fn owner(&self, tenant: &TenantId, id: &str) -> Result<Owner, AccessError> {
        if id == Principal::local_operator(tenant.clone()).id() {
            return Ok(Owner::Active(Principal::local_operator(tenant.clone())));
        }
        match id.split_once(':') {
            Some(("user", id)) => self.user_as_owner(tenant, id).await,
            Some(("key", id)) => self.key_as_owner(tenant, id).await,
            _ => Ok(Owner::Gone(format!("its owner {id:?} is nobody that is known"))),
        }
    }

    async fn user_as_owner(&self, tenant: &TenantId, id: &str) -> Result<Owner, AccessError> {
        let found = match id.parse::<Uuid>() {
            Ok(id) => self.control.users().get(tenant, id).await?,
            Err(_) => None,
        };
        let Some(user) = found else { return Ok(Owner::Gone("its owner is no user any more".to_owned())) };
        if !user.active {
            return Ok(Owner::Gone(format!("its owner {:?} is disabled", user.account)));
        }
        Ok(Owner::Active(Principal {
            tenant: tenant.clone(),
            name: user.display_name.clone(),
            grants: self.grants_of(&user).await?,
            who: Who::User(Box::new(SignedIn { user: person(&user), session_id: Uuid::nil(), restriction: None, impersonator: None })),
        }))
    }

    async fn key_as_owner(&self, tenant: &TenantId, id: &str) -> Result<Owner, AccessError> {
        let found = match id.parse::<KeyId>() {
            Ok(id) => self.control.api_keys().find(id.as_uuid()).await?.filter(|key| key.tenant == *tenant),
            Err(_) => None,
        };
        let Some(key) = found else { return Ok(Owner::Gone("its owner is no API key any more".to_owned())) };
        Ok(match KeyState::of(&key, self.now()) {
            KeyState::Active => Owner::Active(of_key(key)),
            state => Owner::Gone(format!("its owner, the API key {:?}, is {}", key.name, state.as_str())),
        })
    }
}
