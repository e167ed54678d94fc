//! Saved reports: definitions under a name, with an owner.
//!
//! A definition stays as it was saved; what it means is known on a higher floor. Two people who change the
//! same report have read the same version: the first to come changes it, the second is refused.

use std::slice;

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::saved_report::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::fold::fold;
use crate::outbox::{self, Record};
use crate::schedules;
use crate::stored_row::StoredRow;
use crate::transaction;
use crate::versioned::{conflict, refusal_of_name, set};

/// What errors call one.
const WHAT: &str = "saved report";

/// A report that is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Its id, a UUID that nothing else has.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who owns it.
    pub owner: String,
    /// Its name. White space around it is cut off.
    pub name: String,
    /// The kind of report.
    pub kind: String,
    /// The report definition, JSON.
    pub definition: String,
    /// Whether the whole organisation may open it.
    pub published: bool,
    /// Who saves it.
    pub created_by: String,
    /// When it is saved.
    pub created_at: Timestamp,
}

/// What is to be otherwise. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportChange {
    /// Another name.
    pub name: Option<String>,
    /// Another kind of report, which another definition may bring.
    pub kind: Option<String>,
    /// Another report definition, JSON.
    pub definition: Option<String>,
    /// Whether the whole organisation may open it.
    pub published: Option<bool>,
    /// Who changes it.
    pub changed_by: String,
    /// When it changes.
    pub changed_at: Timestamp,
}

impl ReportChange {
    /// A change of nothing so far.
    pub fn new(changed_by: impl Into<String>, changed_at: Timestamp) -> Self {
        ReportChange { name: None, kind: None, definition: None, published: None, changed_by: changed_by.into(), changed_at }
    }
}

/// A saved report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedReport {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who owns it.
    pub owner: String,
    /// Its name, which no other of its owner has, whatever the case.
    pub name: String,
    /// The kind of report.
    pub kind: String,
    /// The report definition, JSON.
    pub definition: String,
    /// Whether the whole organisation may open it.
    pub published: bool,
    /// 1 at first; each change makes it one more.
    pub version: i64,
    /// When it was first saved.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
}

/// The saved reports of a control database.
#[derive(Debug, Clone, Copy)]
pub struct SavedReports<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> SavedReports<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        SavedReports { db }
    }

    /// Saves a new report. Refuses a name that another report of its owner has.
    pub async fn create(&self, report: &NewReport, record: Option<&Record>) -> Result<SavedReport, ControlError> {
        let name = report.name.trim();
        let row = ActiveModel {
            id: ActiveValue::Set(report.id.to_string()),
            tenant: ActiveValue::Set(report.tenant.as_str().to_owned()),
            owner: ActiveValue::Set(report.owner.clone()),
            name: ActiveValue::Set(name.to_owned()),
            name_folded: ActiveValue::Set(fold(name)),
            kind: ActiveValue::Set(report.kind.clone()),
            definition: ActiveValue::Set(report.definition.clone()),
            published: ActiveValue::Set(report.published),
            version: ActiveValue::Set(1),
            created_at: ActiveValue::Set(report.created_at.as_micros()),
            changed_at: ActiveValue::Set(report.created_at.as_micros()),
            changed_by: ActiveValue::Set(report.created_by.clone()),
        };
        let unless_taken = OnConflict::columns([Column::Tenant, Column::Owner, Column::NameFolded]).do_nothing().to_owned();
        let change = transaction::changing(self.db).await?;
        if Entity::insert(row).on_conflict(unless_taken).exec_without_returning(&change).await? == 0 {
            return Err(name_taken(name));
        }
        let saved = require(&change, &report.tenant, report.id).await?;
        outbox::write(&change, record).await?;
        change.commit().await?;
        Ok(saved)
    }

    /// Changes the version of a report that the caller has read.
    pub async fn update(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        to: &ReportChange,
        record: Option<&Record>,
    ) -> Result<SavedReport, ControlError> {
        self.update_with_schedules(tenant, id, expected_version, to, &[], record.map(slice::from_ref).unwrap_or_default()).await
    }

    /// The same. If that takes the publication back, it deletes these schedules of it too; refuses while it has others.
    pub async fn update_with_schedules(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        to: &ReportChange,
        schedules: &[Uuid],
        records: &[Record],
    ) -> Result<SavedReport, ControlError> {
        let name = to.name.as_deref().map(str::trim);
        let values = ActiveModel {
            name: set(name.map(str::to_owned)),
            name_folded: set(name.map(fold)),
            kind: set(to.kind.clone()),
            definition: set(to.definition.clone()),
            published: set(to.published),
            version: ActiveValue::Set(expected_version.saturating_add(1)),
            changed_at: ActiveValue::Set(to.changed_at.as_micros()),
            changed_by: ActiveValue::Set(to.changed_by.clone()),
            ..Default::default()
        };
        let change = transaction::changing(self.db).await?;
        let updated = Entity::update_many()
            .set(values)
            .filter(this(tenant, id).add(Column::Version.eq(expected_version)))
            .exec(&change)
            .await
            .map_err(|error| refusal_of_name(error, || name_taken(name.unwrap_or_default())))?;
        let saved = require(&change, tenant, id).await?;
        if updated.rows_affected == 0 {
            return Err(conflict(WHAT, id, expected_version, saved.version));
        }
        if to.published == Some(false) {
            remove_schedules(&change, tenant, id, schedules, to.changed_at).await?;
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(saved)
    }

    /// Deletes the version of a report that the caller has read, with these schedules of it. Refuses while it has
    /// others. What was delivered stays.
    pub async fn delete(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        schedules: &[Uuid],
        now: Timestamp,
        records: &[Record],
    ) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let that_version = this(tenant, id).add(Column::Version.eq(expected_version));
        let deleted = Entity::delete_many().filter(that_version).exec(&change).await?;
        if deleted.rows_affected == 0 {
            let present = require(&change, tenant, id).await?;
            return Err(conflict(WHAT, id, expected_version, present.version));
        }
        remove_schedules(&change, tenant, id, schedules, now).await?;
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }

    /// The tenant's report of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<SavedReport>, ControlError> {
        Entity::find().filter(this(tenant, id)).one(self.db).await?.map(SavedReport::try_from).transpose()
    }

    /// The tenant's reports by name: those of an owner, and with `include_published` also those that others
    /// have published. Without an owner, everybody's.
    pub async fn list(&self, tenant: &TenantId, owner: Option<&str>, include_published: bool) -> Result<Vec<SavedReport>, ControlError> {
        let mut select = Entity::find().filter(Column::Tenant.eq(tenant.as_str()));
        if let Some(owner) = owner {
            let mut wanted = Condition::any().add(Column::Owner.eq(owner));
            if include_published {
                wanted = wanted.add(Column::Published.eq(true));
            }
            select = select.filter(wanted);
        }
        let rows = select.order_by_asc(Column::NameFolded).order_by_asc(Column::Owner).all(self.db).await?;
        rows.into_iter().map(SavedReport::try_from).collect()
    }

    /// The owner's report of that name, whatever its case and the white space around it.
    pub async fn find_by_name(&self, tenant: &TenantId, owner: &str, name: &str) -> Result<Option<SavedReport>, ControlError> {
        let of_that_name = Condition::all()
            .add(Column::Tenant.eq(tenant.as_str()))
            .add(Column::Owner.eq(owner))
            .add(Column::NameFolded.eq(fold(name.trim())));
        Entity::find().filter(of_that_name).one(self.db).await?.map(SavedReport::try_from).transpose()
    }
}

/// Removes the schedules of a report that is held by the transaction. Refuses while it has others than these.
async fn remove_schedules(
    change: &DatabaseTransaction,
    tenant: &TenantId,
    report: Uuid,
    removed: &[Uuid],
    now: Timestamp,
) -> Result<(), ControlError> {
    let present = schedules::ids_of_report(change, tenant, report).await?;
    if present.iter().any(|id| !removed.contains(id)) {
        let schedules = present.iter().map(Uuid::to_string).collect();
        return Err(ControlError::ReportScheduled { report: report.to_string(), schedules });
    }
    for id in present {
        schedules::remove(change, tenant, id, now).await?;
    }
    Ok(())
}

/// The report as it is now in the transaction, which must be there.
async fn require(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid) -> Result<SavedReport, ControlError> {
    match Entity::find().filter(this(tenant, id)).one(change).await? {
        Some(row) => row.try_into(),
        None => Err(ControlError::NotFound { what: WHAT, id: id.to_string() }),
    }
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()))
}

fn name_taken(name: &str) -> ControlError {
    ControlError::NameTaken { name: name.to_owned() }
}

impl TryFrom<Model> for SavedReport {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("saved_report", [&row.id]);
        Ok(SavedReport {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            created_at: stored.time("created_at", row.created_at)?,
            changed_at: stored.time("changed_at", row.changed_at)?,
            owner: row.owner,
            name: row.name,
            kind: row.kind,
            definition: row.definition,
            published: row.published,
            version: row.version,
            changed_by: row.changed_by,
        })
    }
}
