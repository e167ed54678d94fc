//! What holds of a file alone.

use std::path::Path;

use rollcall_control::{Control, ControlError};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::fixture::key;

async fn pragma(path: &Path, statement: &'static str) -> String {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    let value: String = sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    value
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let control = Control::open(&folder.path().join("control.db")).await.unwrap();
    control.api_keys().create(&key("default", 1), &[]).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        files += 1;
    }
    assert!(files >= 2, "the database and its write-ahead log");
}

#[tokio::test]
async fn it_is_written_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.db");
    Control::open(&path).await.unwrap().close().await.unwrap();
    assert_eq!(pragma(&path, "PRAGMA journal_mode").await, "wal");
}

#[tokio::test]
async fn what_is_no_database_and_where_none_can_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, but long enough to be read as the head of one: ".repeat(40)).unwrap();
    let error = Control::open(&text).await.unwrap_err();
    assert!(error.to_string().contains("notes.txt"), "{error}");

    let nowhere = folder.path().join("missing").join("control.db");
    let error = Control::open(&nowhere).await.unwrap_err();
    assert!(matches!(error, ControlError::Create { .. }), "{error}");
}
