//! What holds of a server alone: several nodes, schemas, rights, TLS, and a server that is away.

use std::time::Duration;

use futures::future::join_all;
use rollcall_control::{Control, ControlError, PostgresSchema};
use rollcall_test_postgres::{Database, Options, Server, Stop};
use uuid::Uuid;

use crate::fixture::key;

fn schema(database: &Database) -> PostgresSchema {
    PostgresSchema::new(&database.url).unwrap()
}

fn password(database: &Database) -> &str {
    database.url.split([':', '@']).nth(2).unwrap()
}

/// What connecting fails with. It says where, and no password.
async fn refusal(database: &Database, url: &str) -> ControlError {
    let error = Control::connect(&PostgresSchema::new(url).unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("at 127.0.0.1:"), "{error}");
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains(password(database)) && !shown.contains("wrong-one"), "{shown}");
    }
    error
}

#[tokio::test]
async fn nodes_that_start_together_make_one_database() {
    let database = Server::shared().database();
    let opened = join_all((0..8).map(|_| async { Control::connect(&schema(&database)).await.unwrap() })).await;
    opened[0].api_keys().create(&key("default", 1), &[]).await.unwrap();
    for control in &opened {
        assert_eq!(control.api_keys().find(Uuid::from_u128(1)).await.unwrap(), Some(key("default", 1)));
    }
    assert_eq!(database.sql("SELECT count(*) > 3, count(*) = count(DISTINCT version) FROM rollcall_control.seaql_migrations"), "t|t");
}

#[test]
fn a_node_waits_for_one_that_brings_the_tables_up_to_date() {
    let database = Server::shared().database();
    let schema = schema(&database);
    let turn = "SELECT pg_advisory_lock(hashtextextended('rollcall control database rollcall_control', 0)), pg_sleep(1)";
    let taken = format!(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE datname = '{}' AND locktype = 'advisory'",
        database.name
    );
    std::thread::scope(|scope| {
        scope.spawn(|| database.sql(turn));
        while database.sql(&taken) == "0" {
            std::thread::sleep(Duration::from_millis(10));
        }
        let connected = tokio::runtime::Runtime::new().unwrap().block_on(Control::connect(&schema));
        assert_eq!(database.sql(&taken), "0", "it has waited until the turn was given up");
        connected.unwrap();
    });
}

#[tokio::test]
async fn it_lies_in_a_schema_of_its_own() {
    let database = Server::shared().database();
    let here = Control::connect(&schema(&database)).await.unwrap();
    let there = Control::connect(&schema(&database).named("elsewhere").unwrap()).await.unwrap();
    here.api_keys().create(&key("default", 1), &[]).await.unwrap();
    assert_eq!(there.api_keys().find(Uuid::from_u128(1)).await.unwrap(), None);
    let schemas = "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname !~ '^pg_|^information_schema' ORDER BY 1";
    assert_eq!(database.sql(schemas), "elsewhere\nrollcall_control");
}

#[tokio::test]
async fn keys_are_compared_by_their_bytes_whatever_the_locale_of_the_server() {
    let database = Server::shared().database();
    let _control = Control::connect(&schema(&database)).await.unwrap();
    let collations = "SELECT column_name, collation_name FROM information_schema.columns WHERE table_schema = 'rollcall_control' \
                      AND table_name IN ('agent', 'saved_report') AND column_name IN ('employee_id', 'search', 'name_folded') ORDER BY 1";
    assert_eq!(database.sql(collations), "employee_id|C\nname_folded|C\nsearch|C");
}

#[tokio::test]
async fn who_may_not_make_schemas_uses_one_that_is_there() {
    let database = Server::shared().database();
    database.sql("ALTER SCHEMA public OWNER TO postgres; REASSIGN OWNED BY rollcall TO postgres");
    database.sql(&format!("ALTER DATABASE {} OWNER TO postgres", database.name));
    let error = refusal(&database, &database.url).await;
    assert!(matches!(error, ControlError::Prepare { .. }) && error.to_string().contains("permission denied"), "{error}");

    database.sql("CREATE SCHEMA rollcall_control AUTHORIZATION rollcall");
    let control = Control::connect(&schema(&database)).await.unwrap();
    control.api_keys().create(&key("default", 1), &[]).await.unwrap();
}

#[tokio::test]
async fn what_the_server_refuses_is_told_with_what_to_do() {
    let database = Server::shared().database();
    let other_password = database.url.replace(password(&database), "wrong-one");
    let other_database = database.url.replace(&format!("/{}", database.name), "/nowhere");
    let with_tls = format!("{}?sslmode=require", database.url);
    let cases = [
        (other_password, "password authentication failed", "check user and password"),
        (other_database, "database \"nowhere\" does not exist", "create the database"),
        (with_tls, "TLS", "check sslmode"),
    ];
    for (url, what, advice) in cases {
        let error = refusal(&database, &url).await;
        assert!(matches!(error, ControlError::Connect { .. }), "{error}");
        assert!(error.to_string().contains(what) && error.to_string().contains(advice), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_full_is_told_apart() {
    // Three connections are the superuser's.
    let server = Server::start_with(Options { max_connections: 5, ..Options::default() });
    let database = server.database();
    let connect = || async { Control::connect(&schema(&database)).await };
    let opened = [connect().await.unwrap(), connect().await.unwrap()];
    let error = refusal(&database, &database.url).await;
    assert!(error.to_string().contains("raise the server's max_connections"), "{error}");
    drop(opened);
}

#[tokio::test]
async fn tls_is_spoken_and_the_server_proved() {
    let server = Server::start_with(Options { tls: true, ..Options::default() });
    let database = server.database();
    let trusted = format!("{}?sslmode=verify-full&sslrootcert={}", database.url, server.certificate().display());
    let _control = Control::connect(&PostgresSchema::new(&trusted).unwrap()).await.unwrap();
    let encrypted = "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'rollcall'";
    assert_eq!(database.sql(encrypted), "t");

    let unknown = format!("{}?sslmode=verify-full", database.url);
    let error = refusal(&database, &unknown).await;
    assert!(error.to_string().contains("check sslmode and sslrootcert"), "{error}");
}

#[tokio::test]
async fn it_goes_on_after_the_server_was_away() {
    let server = Server::start();
    let database = server.database();
    let control = Control::connect(&schema(&database)).await.unwrap();
    let stored = key("default", 1);
    control.api_keys().create(&stored, &[]).await.unwrap();
    server.stop(Stop::Immediate);
    let error = refusal(&database, &database.url).await;
    assert!(error.to_string().contains("check that the server runs"), "{error}");
    assert!(matches!(control.api_keys().find(stored.id).await, Err(ControlError::Database(_))));
    server.start_again();
    assert_eq!(control.api_keys().find(stored.id).await.unwrap(), Some(stored));
}

#[tokio::test]
async fn commits_are_durable_whatever_the_server_is_told() {
    // Left to itself, the server writes what it has committed after ten seconds.
    let settings = [("synchronous_commit", "off"), ("wal_writer_delay", "10s")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let server = Server::start_with(Options { settings, ..Options::default() });
    let database = server.database();
    let control = Control::connect(&schema(&database)).await.unwrap();
    for number in 1..=20 {
        control.api_keys().create(&key("default", number), &[]).await.unwrap();
    }
    server.stop(Stop::Immediate);
    server.start_again();
    assert_eq!(database.sql("SELECT count(*) FROM rollcall_control.api_key"), "20");
}

#[test]
fn a_url_that_says_nothing_is_refused_without_being_shown() {
    let cases = [
        ("mysql://u:secret@h/db", "does not begin with postgres://"),
        ("postgres://u:secret@h", "names no database"),
        ("postgres://u:secret@h/db?sslmod=require", "has a parameter that is none of application_name, "),
        ("postgres://u:secret@h/db?sslmode=always", "can't be read"),
        ("postgres://u:secret@h:port/db", "can't be read"),
        ("postgres://u:1/secret@h/db", "has a # or an @"),
        ("postgres://u:1?secret@h/db", "has a # or an @"),
        ("postgres://u:1#secret@h/db", "has a # or an @"),
    ];
    for (url, expected) in cases {
        let error = PostgresSchema::new(url).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("expected postgres://"), "{url}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let shown = PostgresSchema::new("postgresql://u:secret@h:6000/db?sslmode=require").unwrap();
    assert_eq!(shown.to_string(), "db at h:6000 (user u, schema rollcall_control)");
    assert_eq!(format!("{shown:?}"), format!("PostgresSchema({shown})"));
}

#[test]
fn a_schema_has_a_plain_name() {
    let schema = PostgresSchema::new("postgres://u@h/db").unwrap();
    for name in ["", "Upper", "has space", "semi;colon", "1st", "pg_mine", "ä", &"x".repeat(64)] {
        assert!(matches!(schema.clone().named(name), Err(ControlError::SchemaName { .. })), "{name}");
    }
    for name in ["rollcall", "_x", "a1_b2", &"x".repeat(63)] {
        assert!(schema.clone().named(name).is_ok(), "{name}");
    }
}
