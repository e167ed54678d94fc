//! Tests that are written once and run twice.

/// Which of the two databases a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file or in memory.
    Sqlite,
    /// PostgreSQL, in a [`Database`](crate::Database) of its own.
    Postgres,
}

/// Makes two tests of each `async fn name(engine: Engine)`, `sqlite::name` and `postgres::name`. It stands
/// once in a module and names every such function there; one that it leaves out is unused, which the
/// compiler notes.
///
/// ```text
/// on_both_engines![a_key_is_revoked_once];
///
/// async fn a_key_is_revoked_once(engine: Engine) { … }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::Engine::Sqlite).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::Engine::Postgres).await;
            })*
        }
    };
}
