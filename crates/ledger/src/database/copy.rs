//! Copying all rows of a ledger from one database into another, on whichever engines they are.
//!
//! Which tables there are is asked of the database, not of a list: a table that is made anywhere is copied,
//! or the copy fails.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use super::{Queries, Read, Write, get};
use crate::error::{Error, Result};

/// Rows that are read at first of a table; more of small ones, fewer of large ones.
const FIRST_ROWS: usize = 16;
/// Most rows that are read and written at once: a statement takes so many values.
const MAX_ROWS: usize = 1_000;
/// Bytes of rows that are in memory at once, about.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Copies the rows of every table into a database whose tables are made already, in place of what is in
/// them. Answers how many there are.
pub(crate) async fn copy_all(from: &Read, to: &Write<'_>) -> Result<u64> {
    let tables = table_names(from).await?;
    let known = table_names(to).await?;
    if let Some(table) = tables.difference(&known).next() {
        return Err(Error::NotPossible(format!(
            "the ledger has a table {table} that this Rollcall does not know; use the version that made it"
        )));
    }
    let mut all = 0;
    for table in &known {
        to.run(&format!("DELETE FROM {table}"), []).await?;
    }
    for table in &tables {
        all += copy_table(from, to, table).await?;
    }
    Ok(all)
}

/// The names of a ledger's tables.
pub(crate) async fn table_names(queries: &impl Queries) -> Result<BTreeSet<String>> {
    let sql = if queries.is_shared() {
        "SELECT CAST(table_name AS VARCHAR) FROM information_schema.tables WHERE table_schema = current_schema()"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    };
    queries.all(sql, []).await?.iter().map(|row| get(row, 0)).collect()
}

/// How many rows a table has.
pub(crate) async fn count(queries: &impl Queries, table: &str) -> Result<i64> {
    let row = queries.one(&format!("SELECT count(*) FROM {table}"), []).await?;
    row.map_or(Ok(0), |row| get(&row, 0))
}

async fn copy_table(from: &Read, to: &Write<'_>, table: &str) -> Result<u64> {
    let columns = columns(from, table).await?;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let names = names.join(", ");
    let mut pages = Pages::of(from, table, &names).await?;
    let mut copied = 0_u64;
    loop {
        let rows = pages.next().await?;
        if rows.is_empty() {
            break;
        }
        let (mut values, mut bytes) = (Vec::with_capacity(rows.len() * columns.len()), 0);
        for row in &rows {
            for (at, column) in columns.iter().enumerate() {
                let (value, size) = column.kind.value(row, at)?;
                values.push(value);
                bytes += size;
            }
        }
        insert(to, table, &names, columns.len(), values).await?;
        copied += rows.len() as u64;
        pages.size = if bytes > PAGE_BYTES { pages.size.div_ceil(2) } else { (pages.size * 2).min(MAX_ROWS) };
    }
    let there = count(to, table).await?;
    if u64::try_from(there).ok() != Some(copied) {
        return Err(Error::Corrupt(format!("of {copied} rows of {table}, {there} have been copied")));
    }
    Ok(copied)
}

async fn insert(to: &Write<'_>, table: &str, names: &str, columns: usize, values: Vec<Value>) -> Result<()> {
    let row = |first: usize| (first..first + columns).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
    let rows: Vec<String> = (1..=values.len()).step_by(columns.max(1)).map(|first| format!("({})", row(first))).collect();
    let sql = format!("INSERT INTO {table}({names}) VALUES {}", rows.join(", "));
    let backend = to.transaction.get_database_backend();
    to.transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// A column, as both engines know it.
struct Column {
    name: String,
    kind: Kind,
}

/// The types that the ledger's tables use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Bytes,
}

impl Kind {
    fn of(declared: &str) -> Option<Self> {
        match declared.to_ascii_uppercase().as_str() {
            "BIGINT" | "INTEGER" => Some(Kind::Integer),
            "VARCHAR" | "TEXT" | "CHARACTER VARYING" => Some(Kind::Text),
            "BLOB" | "BYTEA" => Some(Kind::Bytes),
            _ => None,
        }
    }

    /// A row's value, and about how many bytes it takes.
    fn value(self, row: &QueryResult, at: usize) -> Result<(Value, usize)> {
        Ok(match self {
            Kind::Integer => (get::<Option<i64>>(row, at)?.into(), size_of::<i64>()),
            Kind::Text => {
                let text: Option<String> = get(row, at)?;
                let bytes = text.as_ref().map_or(0, String::len);
                (text.into(), bytes)
            }
            Kind::Bytes => {
                let bytes: Option<Vec<u8>> = get(row, at)?;
                let length = bytes.as_ref().map_or(0, Vec::len);
                (bytes.into(), length)
            }
        })
    }
}

async fn columns(queries: &impl Queries, table: &str) -> Result<Vec<Column>> {
    let sql = if queries.is_shared() {
        "SELECT CAST(column_name AS VARCHAR), CAST(data_type AS VARCHAR) FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
    } else {
        "SELECT name, type FROM pragma_table_info($1)"
    };
    let mut columns = Vec::new();
    for row in queries.all(sql, [table.into()]).await? {
        let (name, declared): (String, String) = (get(&row, 0)?, get(&row, 1)?);
        let kind = Kind::of(&declared);
        let kind = kind
            .ok_or_else(|| Error::Corrupt(format!("the column {name} of {table} has the type {declared}, which no table of ours uses")))?;
        columns.push(Column { name, kind });
    }
    Ok(columns)
}

/// The rows of a table, some at a time.
struct Pages<'a> {
    read: &'a Read,
    table: &'a str,
    names: &'a str,
    size: usize,
    /// On SQLite: the number of the last row that was read. PostgreSQL keeps the place itself, in a cursor.
    after: i64,
}

impl<'a> Pages<'a> {
    async fn of(read: &'a Read, table: &'a str, names: &'a str) -> Result<Self> {
        if read.is_shared() {
            let backend = read.transaction.get_database_backend();
            let declare = format!("DECLARE copy_{table} NO SCROLL CURSOR FOR SELECT {names} FROM {table}");
            read.transaction.execute_raw(Statement::from_string(backend, declare)).await?;
        }
        Ok(Pages { read, table, names, size: FIRST_ROWS, after: i64::MIN })
    }

    async fn next(&mut self) -> Result<Vec<QueryResult>> {
        let Pages { read, table, names, size, after } = self;
        if read.is_shared() {
            return read.all(&format!("FETCH {size} FROM copy_{table}"), []).await;
        }
        let sql = format!("SELECT {names}, rowid FROM {table} WHERE rowid > $1 ORDER BY rowid LIMIT {size}");
        let rows = read.all(&sql, [(*after).into()]).await?;
        if let Some(last) = rows.last() {
            *after = get(last, names.split(", ").count())?;
        }
        Ok(rows)
    }
}
