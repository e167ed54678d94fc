//! A tenant's part of the activity catalogue: the entries that it adds to the built-in ones, and the
//! applications that it has.

use rollcall_model::{Effect, TenantId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{catalogue_application, catalogue_entry};
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;

/// What an entry is about. A text is empty where there is none: an entry may be about an application as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey {
    /// The application.
    pub application: String,
    /// The kind of item in it.
    pub entity: String,
    /// What can happen to it.
    pub activity: String,
}

/// An entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is about; a tenant has one entry about it.
    pub key: EntryKey,
    /// Whether the activity changes something or only looks.
    pub effect: Option<Effect>,
    /// Words for it.
    pub label: Option<String>,
}

/// The tenants' parts of the catalogue in a control database.
#[derive(Debug, Clone, Copy)]
pub struct TenantCatalogue<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> TenantCatalogue<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        TenantCatalogue { db }
    }

    /// Stores an entry, in place of the one that the tenant has about the same.
    pub async fn put(&self, tenant: &TenantId, entry: &Entry, record: Option<&Record>) -> Result<(), ControlError> {
        use catalogue_entry::Column::{Activity, Application, Effect, Entity, Label, Tenant};
        let row = catalogue_entry::ActiveModel {
            tenant: ActiveValue::Set(tenant.as_str().to_owned()),
            application: ActiveValue::Set(entry.key.application.clone()),
            entity: ActiveValue::Set(entry.key.entity.clone()),
            activity: ActiveValue::Set(entry.key.activity.clone()),
            effect: ActiveValue::Set(entry.effect.map(|effect| effect.as_str().to_owned())),
            label: ActiveValue::Set(entry.label.clone()),
        };
        let replacing = OnConflict::columns([Tenant, Application, Entity, Activity]).update_columns([Effect, Label]).to_owned();
        let change = transaction::changing(self.db).await?;
        catalogue_entry::Entity::insert(row).on_conflict(replacing).exec_without_returning(&change).await?;
        outbox::write(&change, record).await?;
        Ok(change.commit().await?)
    }

    /// Removes the tenant's entry about that. Answers whether there was one; if not, nothing is recorded.
    pub async fn remove(&self, tenant: &TenantId, key: &EntryKey, record: Option<&Record>) -> Result<bool, ControlError> {
        use catalogue_entry::Column::{Activity, Application, Entity, Tenant};
        let about_that = Condition::all()
            .add(Tenant.eq(tenant.as_str()))
            .add(Application.eq(key.application.as_str()))
            .add(Entity.eq(key.entity.as_str()))
            .add(Activity.eq(key.activity.as_str()));
        let change = transaction::changing(self.db).await?;
        let removed = catalogue_entry::Entity::delete_many().filter(about_that).exec(&change).await?;
        if removed.rows_affected == 0 {
            return Ok(false);
        }
        outbox::write(&change, record).await?;
        change.commit().await?;
        Ok(true)
    }

    /// The tenant's entries, by what they are about.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Entry>, ControlError> {
        use catalogue_entry::Column::{Activity, Application, Entity, Tenant};
        let rows = catalogue_entry::Entity::find()
            .filter(Tenant.eq(tenant.as_str()))
            .order_by_asc(Application)
            .order_by_asc(Entity)
            .order_by_asc(Activity)
            .all(self.db)
            .await?;
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// Notes that the tenant has an application. Answers whether that is new; if not, nothing is recorded.
    pub async fn switch_on(&self, tenant: &TenantId, application: &str, record: Option<&Record>) -> Result<bool, ControlError> {
        use catalogue_application::Column::{Application, Tenant};
        let row = catalogue_application::ActiveModel {
            tenant: ActiveValue::Set(tenant.as_str().to_owned()),
            application: ActiveValue::Set(application.to_owned()),
        };
        let unless_there = OnConflict::columns([Tenant, Application]).do_nothing().to_owned();
        let change = transaction::changing(self.db).await?;
        let switched = catalogue_application::Entity::insert(row).on_conflict(unless_there).exec_without_returning(&change).await?;
        if switched == 0 {
            return Ok(false);
        }
        outbox::write(&change, record).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Notes that the tenant does not have an application. Answers whether it had; if not, nothing is recorded.
    pub async fn switch_off(&self, tenant: &TenantId, application: &str, record: Option<&Record>) -> Result<bool, ControlError> {
        use catalogue_application::Column::{Application, Tenant};
        let that_one = Condition::all().add(Tenant.eq(tenant.as_str())).add(Application.eq(application));
        let change = transaction::changing(self.db).await?;
        let switched = catalogue_application::Entity::delete_many().filter(that_one).exec(&change).await?;
        if switched.rows_affected == 0 {
            return Ok(false);
        }
        outbox::write(&change, record).await?;
        change.commit().await?;
        Ok(true)
    }

    /// The applications that the tenant has, by name.
    pub async fn applications(&self, tenant: &TenantId) -> Result<Vec<String>, ControlError> {
        use catalogue_application::Column::{Application, Tenant};
        let of_tenant = catalogue_application::Entity::find().filter(Tenant.eq(tenant.as_str()));
        let rows = of_tenant.order_by_asc(Application).all(self.db).await?;
        Ok(rows.into_iter().map(|row| row.application).collect())
    }
}

impl TryFrom<catalogue_entry::Model> for Entry {
    type Error = ControlError;

    fn try_from(row: catalogue_entry::Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("catalogue_entry", [&row.tenant, &row.application, &row.entity, &row.activity]);
        let effect = match row.effect.as_deref() {
            None => None,
            Some(word) => {
                let effect = Effect::from_word(word);
                Some(effect.ok_or_else(|| stored.damaged("effect", format!("expected change or read, got {word:?}")))?)
            }
        };
        let key = EntryKey { application: row.application, entity: row.entity, activity: row.activity };
        Ok(Entry { key, effect, label: row.label })
    }
}
