//! `docs/columns.md` says what the lists of columns say.

use std::fmt::Write as _;

use rollcall_model::columns::{COUNTS, Column, ColumnType, EVENTS, SESSIONS};

fn table(columns: &[Column]) -> String {
    let mut told = String::from("| column | type | meaning |\n| --- | --- | --- |\n");
    for column in columns {
        let name = match column.column_type {
            ColumnType::Int64 => "int64",
            ColumnType::Int32 => "int32",
            ColumnType::Float64 => "float64",
            ColumnType::Boolean => "boolean",
            ColumnType::Uuid => "uuid",
            ColumnType::Timestamp => "timestamp",
            ColumnType::Text => "text",
            ColumnType::Map => "map of texts",
        };
        let required = if column.required { ", required" } else { "" };
        let personal = if column.personal { " *(personal)*" } else { "" };
        writeln!(told, "| `{}` | {name}{required} | {}{personal} |", column.name, column.meaning).unwrap();
    }
    told
}

#[test]
fn the_document_says_what_the_lists_say() {
    let expected = format!(
        "# Columns\n\nThe columns of the three tables, in their order. All times are UTC microseconds; a missing value is null, never an empty \
         text.\nColumns marked *personal* are about a person and are encoded apart in the [canonical encoding](canonical-encoding.md).\n\n\
         This page is made from `crates/model/src/columns.rs`; `UPDATE_DOCS=1 cargo test --test model` writes it anew.\n\n\
         ## Events\n\n{}\n`instance` is personal where the entity is `User`.\n\n## Sessions\n\n{}\n## Counts\n\nHow many events \
         there were, by every column that has few values. Each event is counted once in a row of grain `quarter_hour` and once in a row of \
         grain `day`,\nso a question is asked of one of the grains. Only the grain `day` tells hierarchies apart; neither tells tags.\n\n{}",
        table(EVENTS),
        table(SESSIONS),
        table(COUNTS)
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/columns.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), expected, "write it anew with UPDATE_DOCS=1");
}
