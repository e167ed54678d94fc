//! Columns of text by which rows are found and sorted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Makes such columns for an engine.
pub(super) struct Texts {
    pub(super) engine: DbBackend,
}

impl Texts {
    /// They are compared byte by byte, as SQLite does it anyway: the order is the same on both engines, and
    /// whatever the locale of a server.
    pub(super) fn key(&self, name: impl IntoIden) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text().not_null();
        if self.engine == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }
}
