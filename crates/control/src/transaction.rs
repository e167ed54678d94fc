//! Transactions: one to change something, one to read as of one moment.

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

/// Begins a change. What is not committed is undone when the transaction is dropped.
///
/// On SQLite it is the one writer from the beginning: a transaction that reads first and writes later would
/// fail, not wait, if another one wrote in between. On PostgreSQL every statement sees what was committed
/// before it, also while it waited for a row.
pub(crate) async fn changing(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = if on_postgres(db) {
        TransactionOptions { isolation_level: Some(IsolationLevel::ReadCommitted), ..TransactionOptions::default() }
    } else {
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() }
    };
    db.begin_with_options(options).await
}

/// Begins to read as of one moment, whoever changes something meanwhile.
pub(crate) async fn reading(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    if on_postgres(db) {
        db.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
    } else {
        db.begin().await
    }
}

fn on_postgres(db: &DatabaseConnection) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}
