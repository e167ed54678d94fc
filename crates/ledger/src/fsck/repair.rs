//! Repair: what is derived is made again from the events. Events themselves are never touched.
//!
//! First the rows of the database are put right, in one transaction; then sessions and counts, as one change
//! of the lake like any other; then orphans go, and what readers of this process see is read anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use uuid::Uuid;

use super::evidence::{Claim, Plan, SessionPlan, Through};
use crate::catalogue::commit::{add_partition, add_statistics};
use crate::change::{self, Change};
use crate::counts_backfill;
use crate::database::Write;
use crate::error::Result;
use crate::fault;
use crate::files::{self, Files};
use crate::lake::DataFile;
use crate::lake::write::{Class, Effort, write_class};
use crate::ledger::Inner;
use crate::schema::Table;
use crate::seal;
use crate::session_batch;
use crate::session_rows::SessionRows;
use crate::state::{LakeVersion, TenantState, blocking, now, read_file};
use crate::tenant::Tenant;

/// Mends what can be mended.
pub(super) async fn apply(inner: &Inner, tenant: &Tenant, owned: &Files<'_>, plan: Plan) -> Result<()> {
    mend_rows(inner, tenant, &plan).await?;
    reload(inner, tenant).await?;
    let base = Arc::clone(&inner.newest(tenant).await?.lake);
    let has_orphans = plan.has_orphans;
    let change = derive_anew(tenant, &base, plan).await?;
    if !change.added.is_empty() || !change.removed.is_empty() {
        fault::step("repair.files_written")?;
        change::commit(inner, tenant, &base, change, async |_, _| Ok(())).await?;
    }
    if has_orphans {
        files::sweep(inner, tenant, owned).await?;
    }
    reload(inner, tenant).await
}

/// What the rows of the database should say.
async fn mend_rows(inner: &Inner, tenant: &Tenant, plan: &Plan) -> Result<()> {
    let write = inner.database.write(Some(&tenant.turn)).await?;
    write.lock("catalogue").await?;
    for (data_file_id, seal) in &plan.seals {
        seal::store(&write, *data_file_id, seal).await?;
    }
    for claim in &plan.claims {
        mend_claim(&write, claim).await?;
    }
    for (table_id, (rows, bytes, next_row_id)) in &plan.table_stats {
        write.run("DELETE FROM ducklake_table_stats WHERE table_id = $1", [(*table_id).into()]).await?;
        let row = [(*table_id).into(), (*rows).into(), (*next_row_id).into(), (*bytes).into()];
        write
            .run("INSERT INTO ducklake_table_stats(table_id, record_count, next_row_id, file_size_bytes) VALUES ($1, $2, $3, $4)", row)
            .await?;
    }
    for (snapshot_id, next_seq) in &plan.leases {
        let lease = [tenant.id.as_str().into(), (*snapshot_id).into(), (*next_seq).into()];
        write.run("DELETE FROM rollcall_lease WHERE tenant = $1 AND snapshot_id = $2 AND next_seq = $3", lease).await?;
    }
    for (source, through) in &plan.sources {
        mend_source(&write, tenant, source, *through).await?;
    }
    write.commit().await
}

async fn mend_claim(write: &Write<'_>, claim: &Claim) -> Result<()> {
    let Claim { data_file_id, table_id, file } = claim;
    let row = [(*data_file_id).into(), file.rows.into(), file.bytes.into(), file.footer_bytes.into()];
    write
        .run("UPDATE ducklake_data_file SET record_count = $2, file_size_bytes = $3, footer_size = $4 WHERE data_file_id = $1", row)
        .await?;
    for table in ["ducklake_file_column_stats", "ducklake_file_partition_value"] {
        write.run(&format!("DELETE FROM {table} WHERE data_file_id = $1"), [(*data_file_id).into()]).await?;
    }
    add_partition(write, *table_id, *data_file_id, file).await?;
    add_statistics(write, *table_id, *data_file_id, &file.statistics).await
}

async fn mend_source(write: &Write<'_>, tenant: &Tenant, source: &str, through: Through) -> Result<()> {
    let moment = through.newest.unwrap_or_else(|| rollcall_model::Timestamp::MIN.as_micros());
    let row = [tenant.id.as_str().into(), source.into(), through.events.into(), moment.into(), now().as_micros().into()];
    // When it came is not known any more where the row is gone.
    let sql = "INSERT INTO rollcall_source(tenant, source, events, rejected, batches, newest_event_time, first_received_at, last_received_at, \
               ahead_micros) VALUES ($1, $2, $3, 0, 1, $4, $5, $5, 0) ON CONFLICT(tenant, source) DO UPDATE SET events = $3, newest_event_time = $4";
    write.run(sql, row).await?;
    Ok(())
}

/// Writes the files of sessions and counts that were wrong.
async fn derive_anew(tenant: &Tenant, base: &Arc<LakeVersion>, plan: Plan) -> Result<Change> {
    let (events_in, sessions_in, counts_in) = (tenant.folder(Table::Events), tenant.folder(Table::Sessions), tenant.folder(Table::Counts));
    let base = Arc::clone(base);
    blocking(move || {
        let mut change = Change::default();
        let sessions = plan.sessions;
        if !(sessions.touched.is_empty() && sessions.come.is_empty() && sessions.unreadable.is_empty()) {
            write_ended(&sessions_in, &base, &sessions, &mut change)?;
        }
        if sessions.open_is_wrong {
            let open = SessionRows::of(sessions.open);
            let columns: Vec<_> = open.columns()?.into_iter().collect();
            change.add(Table::Sessions, write_class(&sessions_in, Class::Open, Effort::Archive, &columns)?);
            change.remove(Table::Sessions, base.open_files.iter().cloned());
            change.open = Some(Arc::new(open));
        }
        // One day at a time is in memory.
        for day in plan.counts {
            let of_day = |file: &&Arc<DataFile>| file.day() == day;
            let events: Vec<PathBuf> = base.events.iter().filter(of_day).map(|file| events_in.join(&file.path)).collect();
            let counted = [counts_backfill::count(&events)?];
            change.add(Table::Counts, write_class(&counts_in, Class::Counts, Effort::Compact, &counted)?);
            change.remove(Table::Counts, base.counts.iter().filter(of_day).cloned());
        }
        Ok(change)
    })
    .await
}

/// Ended sessions: files with wrong rows are written anew without them, what was wrong or missing is added.
fn write_ended(folder: &Path, base: &LakeVersion, plan: &SessionPlan, change: &mut Change) -> Result<()> {
    let mut rows = Vec::new();
    let touched = |file: &&Arc<DataFile>| plan.touched.contains(&file.data_file_id);
    for file in base.ended.iter().filter(touched) {
        for batch in read_file(&folder.join(&file.path))? {
            rows.push(without(&batch, plan)?);
        }
    }
    if !plan.come.is_empty() {
        rows.push(session_batch::encode(&plan.come)?);
    }
    change.add(Table::Sessions, write_class(folder, Class::Ended, Effort::Archive, &rows)?);
    let gone = |file: &&Arc<DataFile>| touched(file) || plan.unreadable.contains(&file.data_file_id);
    change.remove(Table::Sessions, base.ended.iter().filter(gone).cloned());
    Ok(())
}

fn without(batch: &RecordBatch, plan: &SessionPlan) -> Result<RecordBatch> {
    let keys = batch.column_by_name("session_key").and_then(|keys| keys.as_fixed_size_binary_opt());
    let stays = |key: Option<&[u8]>| !key.and_then(|key| Uuid::from_slice(key).ok()).is_some_and(|key| plan.gone.contains(&key));
    let keep: BooleanArray = keys.into_iter().flatten().map(|key| Some(stays(key))).collect();
    Ok(filter_record_batch(batch, &keep)?)
}

/// Reads anew what readers see: the rows that it was made of have changed.
async fn reload(inner: &Inner, tenant: &Tenant) -> Result<()> {
    let write = inner.database.write(Some(&tenant.turn)).await?;
    match TenantState::load(&write, &inner.lake, &tenant.id, tenant.tables).await {
        Ok(state) => write.commit_then(|| tenant.state.store(Arc::new(state))).await,
        // What keeps it from being read is beyond repair, and among the findings.
        Err(error) => {
            tracing::warn!(tenant = %tenant.id, %error, "after the repair");
            Ok(())
        }
    }
}
