//! Schedules as they are set up, and how far they are planned.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::{NewRun, run};
use crate::entity::saved_report;
use crate::entity::schedule::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;
use crate::versioned::conflict;

/// What errors call one.
const WHAT: &str = "schedule";

/// A schedule that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSchedule {
    /// Its id, a UUID that nothing else has.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// With whose rights it runs.
    pub owner: String,
    /// The saved report.
    pub report_id: Uuid,
    /// Rule, zone, range, file and destinations, JSON.
    pub settings: String,
    /// Who makes it.
    pub created_by: String,
    /// When it is made: nothing before is due.
    pub created_at: Timestamp,
}

/// What is to be otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleChange {
    /// With whose rights it runs.
    pub owner: String,
    /// Rule, zone, range, file and destinations, JSON.
    pub settings: String,
    /// Whether it rests.
    pub paused: bool,
    /// Why it does not run any more.
    pub suspended: Option<String>,
    /// Whether what was due up to the change is left out.
    pub from_now_on: bool,
    /// Who changes it.
    pub changed_by: String,
    /// When it changes.
    pub changed_at: Timestamp,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// With whose rights it runs.
    pub owner: String,
    /// The saved report.
    pub report_id: Uuid,
    /// Rule, zone, range, file and destinations, JSON.
    pub settings: String,
    /// Whether it rests.
    pub paused: bool,
    /// Why it does not run any more.
    pub suspended: Option<String>,
    /// Everything that was due up to here is planned.
    pub planned_to: Timestamp,
    /// 1 at first; each change makes it one more.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
}

/// The publication of a report, which comes with its first schedule: the record of it, should it not be published yet.
#[derive(Debug, Clone)]
pub struct Published {
    /// Who publishes it.
    pub by: String,
    /// What is recorded.
    pub record: Record,
}

/// What has become due.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How far it was planned, as the planner has read it.
    pub planned_from: Timestamp,
    /// How far it is planned now.
    pub planned_to: Timestamp,
    /// Nothing is due before.
    pub look_at: Timestamp,
    /// The runs.
    pub runs: Vec<NewRun>,
    /// What is recorded.
    pub records: Vec<Record>,
}

/// The schedules of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Schedules<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Schedules<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Schedules { db }
    }

    /// Makes a schedule, and publishes its report.
    pub async fn create(&self, new: &NewSchedule, published: &Published, records: &[Record]) -> Result<Schedule, ControlError> {
        let created_at = new.created_at.as_micros();
        let row = ActiveModel {
            id: ActiveValue::Set(new.id.to_string()),
            tenant: ActiveValue::Set(new.tenant.as_str().to_owned()),
            owner: ActiveValue::Set(new.owner.clone()),
            report_id: ActiveValue::Set(new.report_id.to_string()),
            settings: ActiveValue::Set(new.settings.clone()),
            paused: ActiveValue::Set(false),
            suspended: ActiveValue::Set(None),
            planned_to: ActiveValue::Set(created_at),
            look_at: ActiveValue::Set(created_at),
            version: ActiveValue::Set(1),
            created_at: ActiveValue::Set(created_at),
            created_by: ActiveValue::Set(new.created_by.clone()),
            changed_at: ActiveValue::Set(created_at),
            changed_by: ActiveValue::Set(new.created_by.clone()),
        };
        let change = transaction::changing(self.db).await?;
        publish(&change, new, published).await?;
        Entity::insert(row).exec_without_returning(&change).await?;
        outbox::write_all(&change, records).await?;
        let schedule = require(&change, &new.tenant, new.id).await?;
        change.commit().await?;
        Ok(schedule)
    }

    /// Changes the version of a schedule that the caller has read.
    pub async fn update(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        to: &ScheduleChange,
        records: &[Record],
    ) -> Result<Schedule, ControlError> {
        let now = to.changed_at.as_micros();
        let values = ActiveModel {
            owner: ActiveValue::Set(to.owner.clone()),
            settings: ActiveValue::Set(to.settings.clone()),
            paused: ActiveValue::Set(to.paused),
            suspended: ActiveValue::Set(to.suspended.clone()),
            planned_to: if to.from_now_on { ActiveValue::Set(now) } else { ActiveValue::NotSet },
            look_at: ActiveValue::Set(now),
            version: ActiveValue::Set(expected_version.saturating_add(1)),
            changed_at: ActiveValue::Set(now),
            changed_by: ActiveValue::Set(to.changed_by.clone()),
            ..Default::default()
        };
        let change = transaction::changing(self.db).await?;
        let that_version = this(tenant, id).add(Column::Version.eq(expected_version));
        let updated = Entity::update_many().set(values).filter(that_version).exec(&change).await?;
        let schedule = require(&change, tenant, id).await?;
        if updated.rows_affected == 0 {
            return Err(conflict(WHAT, id, expected_version, schedule.version));
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(schedule)
    }

    /// A schedule runs no more until somebody sees to it. Answers whether it did run.
    pub async fn suspend(
        &self,
        tenant: &TenantId,
        id: Uuid,
        reason: &str,
        now: Timestamp,
        records: &[Record],
    ) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        let suspended = Entity::update_many()
            .col_expr(Column::Suspended, Expr::value(reason))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::ChangedAt, Expr::value(now.as_micros()))
            .filter(this(tenant, id).add(Column::Suspended.is_null()))
            .exec(&change)
            .await?;
        if suspended.rows_affected == 0 {
            return Ok(false);
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Deletes the version of a schedule that the caller has read. Runs that are not over are not made any more; what
    /// there is of others stays.
    pub async fn delete(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        now: Timestamp,
        records: &[Record],
    ) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let that_version = this(tenant, id).add(Column::Version.eq(expected_version));
        if Entity::delete_many().filter(that_version).exec(&change).await?.rows_affected == 0 {
            let present = require(&change, tenant, id).await?;
            return Err(conflict(WHAT, id, expected_version, present.version));
        }
        run::end_all(&change, tenant, id, now).await?;
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }

    /// The tenant's schedule of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<Schedule>, ControlError> {
        Entity::find().filter(this(tenant, id)).one(self.db).await?.map(Schedule::try_from).transpose()
    }

    /// The tenant's schedules, the oldest first.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Schedule>, ControlError> {
        let rows = Entity::find().filter(Column::Tenant.eq(tenant.as_str())).order_by_asc(Column::Id).all(self.db).await?;
        rows.into_iter().map(Schedule::try_from).collect()
    }

    /// The schedules of a saved report, the oldest first.
    pub async fn of_report(&self, tenant: &TenantId, report_id: Uuid) -> Result<Vec<Schedule>, ControlError> {
        let rows = Entity::find().filter(of_report(tenant, report_id)).order_by_asc(Column::Id).all(self.db).await?;
        rows.into_iter().map(Schedule::try_from).collect()
    }

    /// Those, of all tenants, of which a run may be due.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<Schedule>, ControlError> {
        let active = Condition::all().add(Column::Paused.eq(false)).add(Column::Suspended.is_null());
        let rows = Entity::find().filter(active.add(Column::LookAt.lte(now.as_micros()))).order_by_asc(Column::Id).all(self.db).await?;
        rows.into_iter().map(Schedule::try_from).collect()
    }

    /// Makes the runs that have become due, with their jobs, unless somebody else has planned meanwhile. Answers how many
    /// of them are to be done.
    pub async fn plan(&self, schedule: &Schedule, plan: &Plan) -> Result<usize, ControlError> {
        let planned = ActiveModel {
            planned_to: ActiveValue::Set(plan.planned_to.as_micros()),
            look_at: ActiveValue::Set(plan.look_at.as_micros()),
            ..Default::default()
        };
        let as_it_was = this(&schedule.tenant, schedule.id)
            .add(Column::PlannedTo.eq(plan.planned_from.as_micros()))
            .add(Column::Version.eq(schedule.version));
        let change = transaction::changing(self.db).await?;
        if Entity::update_many().set(planned).filter(as_it_was).exec(&change).await?.rows_affected == 0 {
            return Ok(0);
        }
        let made = run::insert_due(&change, &plan.runs).await?;
        if made.inserted == plan.runs.len() {
            outbox::write_all(&change, &plan.records).await?;
        }
        change.commit().await?;
        Ok(made.to_do)
    }
}

/// Publishes a report, and holds it until the transaction ends, so that nobody takes the publication back meanwhile.
async fn publish(change: &DatabaseTransaction, new: &NewSchedule, published: &Published) -> Result<(), ControlError> {
    use saved_report::Column as R;
    let report = || Condition::all().add(R::Tenant.eq(new.tenant.as_str())).add(R::Id.eq(new.report_id.to_string()));
    let updated = saved_report::Entity::update_many()
        .col_expr(R::Published, Expr::value(true))
        .col_expr(R::Version, Expr::col(R::Version).add(1))
        .col_expr(R::ChangedAt, Expr::value(new.created_at.as_micros()))
        .col_expr(R::ChangedBy, Expr::value(published.by.clone()))
        .filter(report().add(R::Published.eq(false)))
        .exec(change)
        .await?;
    if updated.rows_affected > 0 {
        return outbox::write(change, Some(&published.record)).await;
    }
    match saved_report::Entity::find().filter(report()).lock_exclusive().one(change).await? {
        Some(_) => Ok(()),
        None => Err(ControlError::NotFound { what: "saved report", id: new.report_id.to_string() }),
    }
}

/// The schedules of a saved report.
pub(crate) async fn ids_of_report<C: ConnectionTrait>(db: &C, tenant: &TenantId, report_id: Uuid) -> Result<Vec<Uuid>, ControlError> {
    let rows = Entity::find().filter(of_report(tenant, report_id)).order_by_asc(Column::Id).all(db).await?;
    rows.iter().map(|row| StoredRow::new(WHAT, [&row.id]).uuid("id", &row.id)).collect()
}

/// The names of the reports that schedules deliver to a destination.
pub(crate) async fn reports_delivered_to<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    destination: Uuid,
) -> Result<Vec<String>, ControlError> {
    // What the settings mean is known on a higher floor; an id in them is nothing but the destination.
    let using = Column::Tenant.eq(tenant.as_str()).and(Column::Settings.contains(destination.to_string()));
    let ids = Entity::find().filter(using).all(db).await?.into_iter().map(|row| row.report_id);
    let reports =
        saved_report::Entity::find().filter(saved_report::Column::Id.is_in(ids)).filter(saved_report::Column::Tenant.eq(tenant.as_str()));
    let rows = reports.order_by_asc(saved_report::Column::NameFolded).all(db).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Removes a schedule in the transaction that takes away its report.
pub(crate) async fn remove(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<(), ControlError> {
    Entity::delete_many().filter(this(tenant, id)).exec(change).await?;
    run::end_all(change, tenant, id, now).await
}

async fn require(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid) -> Result<Schedule, ControlError> {
    match Entity::find().filter(this(tenant, id)).one(change).await? {
        Some(row) => row.try_into(),
        None => Err(ControlError::NotFound { what: WHAT, id: id.to_string() }),
    }
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()))
}

fn of_report(tenant: &TenantId, report_id: Uuid) -> Condition {
    Condition::all().add(Column::Tenant.eq(tenant.as_str())).add(Column::ReportId.eq(report_id.to_string()))
}

impl TryFrom<Model> for Schedule {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("schedule", [&row.id]);
        Ok(Schedule {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            report_id: stored.uuid("report_id", &row.report_id)?,
            planned_to: stored.time("planned_to", row.planned_to)?,
            created_at: stored.time("created_at", row.created_at)?,
            changed_at: stored.time("changed_at", row.changed_at)?,
            owner: row.owner,
            settings: row.settings,
            paused: row.paused,
            suspended: row.suspended,
            version: row.version,
            created_by: row.created_by,
            changed_by: row.changed_by,
        })
    }
}
