//! What the ledger writes is a DuckLake: DuckDB's own extensions attach it and count the same rows.

use std::process::Command;

use rollcall_model::{Category, Event, Outcome};

use crate::fixtures::*;

/// Python with `duckdb` and its two extensions; `make test` installs it into `.tools`.
fn python() -> std::path::PathBuf {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("ROLLCALL_PYTHON").map_or_else(|| root.join(".tools/python/bin/python"), Into::into);
    assert!(python.exists(), "expected Python with duckdb at {}: run `make tools`", python.display());
    python
}

const SCRIPT: &str = r#"
import sys, pathlib, duckdb, duckdb_extension_ducklake, duckdb_extension_sqlite_scanner
def extension(package, name):
    root = pathlib.Path(package.__file__).parent / "extensions"
    return next(root.glob(f"v*/{name}.duckdb_extension"))
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
con.execute(f"LOAD '{extension(duckdb_extension_sqlite_scanner, 'sqlite_scanner')}'")
con.execute(f"LOAD '{extension(duckdb_extension_ducklake, 'ducklake')}'")
con.execute("SET TimeZone='UTC'")
con.execute(f"ATTACH 'ducklake:sqlite:{sys.argv[1]}/ledger.db' AS lake (READ_ONLY)")
for query in sys.stdin.read().split(";"):
    if query.strip():
        print("|".join(str(value) for value in con.execute(query).fetchone()))
"#;

pub(crate) fn ask(folder: &std::path::Path, queries: &[&str]) -> Vec<String> {
    use std::io::Write;
    let mut child = Command::new(python())
        .args(["-c", SCRIPT])
        .arg(folder)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(queries.join(";").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn activity(number: u128, at: i64) -> Event {
    Event::new(id(number), minute(at), "wfm", Category::Activity, "Updated", Outcome::Success)
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_attaches_the_lake_and_counts_the_same_rows() {
    let folder = Home::new(Engine::Sqlite);
    let ledger = open(&folder).await;
    for step in 0..3_i64 {
        let first = u128::try_from(step * 1_000).unwrap();
        let mut batch: Vec<Event> = (0..400).map(|n| activity(first + n, step * 1_440 + i64::try_from(n).unwrap())).collect();
        for agent in 0..40_u128 {
            let at = step * 1_440 + i64::try_from(agent).unwrap();
            batch.push(access(first + 500 + agent, minute(at), "sign_in", &format!("agent{agent}")));
            if agent % 4 != 0 {
                batch.push(access(first + 600 + agent, minute(at + 480), "sign_out", &format!("agent{agent}")));
            }
        }
        append(&ledger, batch).await;
        ledger.archive(&tenant()).await.unwrap();
    }
    // A late event, so that files of sessions are replaced too.
    append(&ledger, vec![access(9_999, minute(200), "sign_out", "agent5"), full_event(9_998, minute(5))]).await;
    ledger.archive(&tenant()).await.unwrap();
    let (events, sessions) = (events(&ledger).await, sessions(&ledger).await);
    let signed_in = events.iter().filter(|stored| stored.event.activity == "sign_in").count();
    let of_day = events.iter().filter(|stored| stored.event.event_time.utc_date().day() == 16).count();
    let ended: f64 = sessions.iter().filter_map(rollcall_model::Session::duration).sum();
    let open = sessions.iter().filter(|session| session.open).count();
    let unknown = sessions.iter().filter(|session| session.login_time.is_none()).count();
    let answers = ask(
        folder.path(),
        &[
            "SELECT count(*), min(seq), max(seq), count(DISTINCT event_id) FROM lake.\"default\".events",
            "SELECT count(*) FROM lake.\"default\".events WHERE activity = 'sign_in'",
            "SELECT count(*) FROM lake.\"default\".events WHERE event_time >= TIMESTAMPTZ '2026-04-16' AND event_time < TIMESTAMPTZ '2026-04-17'",
            "SELECT count(*), count(*) FILTER (open), count(*) FILTER (login_time IS NULL) FROM lake.\"default\".sessions",
            "SELECT sum(duration)::BIGINT FROM lake.\"default\".sessions WHERE ended_at > TIMESTAMPTZ '2000-01-01'",
            "SELECT event_id, tags['site'], comments FROM lake.\"default\".events WHERE agent_name = 'Mara Lind'",
            "SELECT count(*) FROM lake.\"default\".events AT (VERSION => 2)",
        ],
    );
    #[allow(clippy::cast_possible_truncation)]
    let expected = [
        format!("{}|0|{}|{}", events.len(), events.len() - 1, events.len()),
        signed_in.to_string(),
        of_day.to_string(),
        format!("{}|{open}|{unknown}", sessions.len()),
        (ended as i64).to_string(),
        format!("{}|sto|ünïcödé — 안녕", id(9_998)),
        "470".to_owned(),
    ];
    assert_eq!(answers, expected);
}
