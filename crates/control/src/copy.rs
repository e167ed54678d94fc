//! Copies of a control database, for backups: a file as it is, or all rows from one engine to the other.

use std::path::Path;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait,
    QueryOrder,
};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::Control;
use crate::entity::{
    agent, agent_account, api_key, catalogue_application, catalogue_entry, destination, directory_revision, export_task, job, openid_state,
    outbox, reading, saved_report, schedule, schedule_run, security_profile, security_revision, setting, sign_in_throttle, user_account,
    user_profile, user_session, webhook, webhook_undelivered,
};
use crate::error::ControlError;
use crate::sqlite::create_file;
use crate::transaction;

/// Rows of one statement. SQLite takes 32,766 values in one.
const CHUNK: usize = 500;

macro_rules! tables {
    ($($entity:ident),+ $(,)?) => {
        /// Copies every table.
        async fn copy_tables(from: &DatabaseTransaction, to: &DatabaseTransaction) -> Result<u64, ControlError> {
            let mut rows = 0;
            $(rows += copy::<$entity::Entity>(from, to).await?;)+
            Ok(rows)
        }

        /// Refuses a database in which a table has rows.
        async fn require_no_rows(db: &impl ConnectionTrait) -> Result<(), ControlError> {
            $(if $entity::Entity::find().one(db).await?.is_some() {
                return Err(ControlError::NotEmpty { table: stringify!($entity) });
            })+
            Ok(())
        }

        #[cfg(test)]
        fn table_names() -> Vec<String> {
            vec![$(sea_orm::EntityName::table_name(&$entity::Entity).to_owned()),+]
        }
    };
}

// A table comes after those that its rows refer to.
tables![
    api_key,
    outbox,
    agent,
    agent_account,
    directory_revision,
    saved_report,
    catalogue_entry,
    catalogue_application,
    user_account,
    user_profile,
    security_profile,
    security_revision,
    user_session,
    sign_in_throttle,
    openid_state,
    setting,
    reading,
    job,
    export_task,
    schedule,
    schedule_run,
    destination,
    webhook,
    webhook_undelivered,
];

impl Control {
    /// Copies the database in a file as of one moment, whoever uses it meanwhile, into a file that is not
    /// there yet. Its tables stay as they are, whichever version has made them. `is_at_rest` says that nobody
    /// uses it: then nothing is written beside it.
    pub async fn copy_file(from: &Path, to: &Path, is_at_rest: bool) -> Result<(), ControlError> {
        let failed = |source| ControlError::Copy { path: from.to_path_buf(), source };
        let target = to.to_str().ok_or_else(|| failed(sqlx::Error::Configuration("expected a path in UTF-8".into())))?;
        // SQLite would make it readable for others; an empty file it takes as it is.
        create_file(to).await?;
        let mut options = SqliteConnectOptions::new().filename(from).create_if_missing(false);
        if is_at_rest {
            let mut log = from.as_os_str().to_owned();
            log.push("-wal");
            options = options.read_only(true).immutable(!Path::new(&log).exists());
        }
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        sqlx::query("VACUUM INTO ?").bind(target).execute(&mut connection).await.map_err(failed)?;
        connection.close().await.map_err(failed)
    }

    /// Refuses a database that holds anything.
    pub async fn require_empty(&self) -> Result<(), ControlError> {
        require_no_rows(&self.db).await
    }

    /// Copies all rows as of one moment into a database that has none. Answers how many there are.
    pub async fn copy_rows(&self, to: &Control) -> Result<u64, ControlError> {
        let reading = transaction::reading(&self.db).await?;
        let writing = transaction::changing(&to.db).await?;
        require_no_rows(&writing).await?;
        let rows = copy_tables(&reading, &writing).await?;
        writing.commit().await?;
        Ok(rows)
    }
}

/// Copies a table by its key. A key that the database gives is given anew, in the same order: one that came
/// from elsewhere would be given a second time.
async fn copy<E>(from: &DatabaseTransaction, to: &DatabaseTransaction) -> Result<u64, ControlError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let key: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let mut select = E::find();
    for column in key.iter().copied() {
        select = select.order_by_asc(column);
    }
    let mut count = 0;
    let mut rows = select.all(from).await?.into_iter();
    loop {
        let chunk: Vec<E::ActiveModel> = rows.by_ref().take(CHUNK).map(|row| insertable::<E>(row, &key)).collect();
        if chunk.is_empty() {
            return Ok(count);
        }
        count += chunk.len() as u64;
        E::insert_many(chunk).exec_without_returning(to).await?;
    }
}

/// A row as it is inserted elsewhere.
fn insertable<E>(row: E::Model, key: &[E::Column]) -> E::ActiveModel
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let mut row = row.into_active_model().reset_all();
    if E::PrimaryKey::auto_increment() {
        for column in key.iter().copied() {
            row.not_set(column);
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sea_orm::{DbBackend, Statement};

    use super::*;

    #[tokio::test]
    async fn no_table_is_left_out() {
        let control = Control::open_in_memory().await.unwrap();
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'seaql_migrations'";
        let rows = control.db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        let there: BTreeSet<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert_eq!(table_names().into_iter().collect::<BTreeSet<_>>(), there);
    }
}
