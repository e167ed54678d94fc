//! Files, held against pages of the same report; read by the programs that people read them with.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use rollcall_delivery::DeliveryError;
use rollcall_delivery::file::{FileWish, Format, Progress, Question, Style};
use rollcall_model::{Category, Event, Outcome, Scope, TenantId};
use rollcall_reports::{Caller, Definition, Paging};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::house::{HOUR, House, MINUTE, at};

const NOON: &str = "2026-04-20T12:00:00Z";

fn caller() -> Caller {
    Caller { tenant: TenantId::default(), scope: Scope::All, agents: None }
}

fn wish(definition: Value, question: Question, format: Format) -> FileWish {
    FileWish { definition: Definition::parse(definition).unwrap(), question, style: Style { format, ..Style::default() } }
}

async fn written(house: &House, wish: &FileWish) -> Vec<u8> {
    let (written, bytes) = house.delivery.write_file(&caller(), wish, house.now(), Vec::new(), &Progress::default()).await.unwrap();
    assert_eq!(written.bytes, bytes.len() as u64);
    bytes
}

async fn text_of(house: &House, wish: &FileWish) -> String {
    String::from_utf8(written(house, wish).await).unwrap()
}

/// Values that are easily taken for something else.
const AWKWARD: &[&str] = &[
    "plain",
    "with, comma",
    "with \"quotes\", and comma",
    "two\nlines",
    "return\r\nand line",
    "=1+1",
    "+46 8 1234",
    "-5",
    "@SUM(A1)",
    "\ttab first",
    "'quote first",
    "  spaces  ",
    "Åsa 大 😀 é",
    "007",
    "1e5",
    "TRUE",
    "2026-04-15",
    "null",
    "_x0041_",
    "a;b|c\\d",
    "<&>",
];

async fn awkward() -> House {
    let house = House::at(NOON).await;
    for (number, text) in AWKWARD.iter().enumerate() {
        let time = at("2026-10-25T00:30:00Z").plus_micros(number as i64 * 7 * MINUTE + 120_000 * (number as i64 % 3));
        let mut event = Event::new(Uuid::from_u128(number as u128 + 1), time, "portal", Category::Access, "sign_in", Outcome::Failure);
        event.account = Some(format!("a{number}"));
        event.agent_name = Some((*text).to_owned());
        event.failure_reason = (number % 2 == 0).then(|| (*text).to_owned());
        event.attempt = (number % 3 == 0).then_some(number as i32 - 5);
        event.tags.insert("team, \"one\"".to_owned(), (*text).to_owned());
        house.append(vec![event]).await;
    }
    house.set(at("2026-11-20T12:00:00Z"));
    house
}

fn of_awkward() -> Value {
    json!({
        "report": "sign_in_log", "range": {"from": "2026-10-01", "to": "2026-11-01"}, "time_zone": "Europe/Stockholm",
        "columns": ["seq", "event_id", "event_time", "agent_name", "failure_reason", "attempt", "tags", "account"],
        "sort": [{"field": "event_time"}],
    })
}

fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("ROLLCALL_PYTHON").map_or_else(|| root.join(".tools/python/bin/python"), Into::into);
    assert!(python.exists(), "expected Python with duckdb at {}: run `make tools`", python.display());
    python
}

/// Reads the files of a folder with Python's csv module and DuckDB, and workbooks as LibreOffice has told them as CSV.
const READER: &str = r#"
import csv, json, sys, duckdb
from datetime import datetime, timedelta
folder, name, raw = sys.argv[1], sys.argv[2], sys.argv[3] == "raw"
rows = json.load(open(f"{folder}/{name}.json", encoding="utf-8"))
def formula(text): return not raw and text[:1] in ("=", "+", "-", "@", "\t", "\r")
def cell(value):
    if value is None: return ""
    if isinstance(value, bool): return "true" if value else "false"
    if isinstance(value, (dict, list)): return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, str): return "'" + value if formula(value) else value
    return json.dumps(value)
columns = list(rows[0])
expected = [columns] + [[cell(row[column]) for column in columns] for row in rows]
with open(f"{folder}/{name}.csv", newline="", encoding="utf-8-sig" if raw else "utf-8") as file:
    told = list(csv.reader(file, strict=True))
assert told == expected, (told, expected)
lines = [json.loads(line) for line in open(f"{folder}/{name}.ndjson", encoding="utf-8", newline="\n")]
if name == "groups": lines = [{**line["keys"], **line["measures"]} for line in lines]
assert lines == rows, (lines, rows)

con = duckdb.connect()
con.execute("SET TimeZone='UTC'")
def moment(text): return datetime.fromisoformat(text.replace("Z", "+00:00"))
types = dict((row[0], row[1]) for row in con.execute(f"DESCRIBE SELECT * FROM '{folder}/{name}.parquet'").fetchall())
read = con.execute(f"SELECT * FROM '{folder}/{name}.parquet'").fetchall()
assert len(read) == len(rows)
for one, row in zip(read, rows):
    for column, value in zip(columns, one):
        want = row[column]
        if types[column] == "TIMESTAMP WITH TIME ZONE": want = want and moment(want)
        elif types[column] == "UUID" or types[column] == "DATE": value = value and str(value)
        assert value == want, (column, value, want)
print(json.dumps(types))
count = con.execute(f"SELECT count(*) FROM read_csv('{folder}/{name}.csv', header=true, all_varchar=true, delim=',', quote='\"', escape='\"', strict_mode=true)").fetchone()[0]
assert count == len(rows), count
assert con.execute(f"SELECT count(*) FROM read_json('{folder}/{name}.ndjson', format='newline_delimited')").fetchone()[0] == len(rows)

def sheet_cell(column, value):
    if value is None: return ""
    if isinstance(value, bool): return "TRUE" if value else "FALSE"
    if types[column] == "TIMESTAMP WITH TIME ZONE":
        clock = moment(value).replace(tzinfo=None)
        return clock.strftime("%Y-%m-%d %H:%M:%S") + (f".{clock.microsecond // 1000:03}" if clock.microsecond else "")
    if isinstance(value, str): return value.replace("\r\n", "\n")
    return cell(value)
with open(f"{folder}/{name}-Sheet1.csv", newline="", encoding="utf-8") as file:
    told = list(csv.reader(file))
expected = [columns] + [[sheet_cell(column, row[column]) for column in columns] for row in rows]
told = [[text.replace("\r\n", "\n") for text in row] for row in told]
assert told == expected, [pair for pair in zip(told, expected) if pair[0] != pair[1]]
"#;

fn read(folder: &Path, name: &str, raw: bool) -> Value {
    let mut reader = Command::new(python())
        .args(["-", folder.to_str().unwrap(), name, if raw { "raw" } else { "harmless" }])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(READER.as_bytes()).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Has LibreOffice tell every sheet of the workbooks in a folder as CSV, with what cells show.
fn told_by_libreoffice(folder: &Path, names: &[&str]) {
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    let filter = r#"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"#;
    let mut office = Command::new("soffice");
    office.args([&profile, "--headless", "--convert-to", filter, "--outdir"]).arg(folder);
    office.args(names.iter().map(|name| folder.join(format!("{name}.xlsx")))).env("HOME", folder);
    let output = office.output().expect("expected LibreOffice as soffice: run `make tools`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The rows of a page as JSON, in the file's shape.
async fn expected(house: &House, wish: &FileWish) -> Value {
    let reports = rollcall_reports::Reports::new(Arc::clone(&house.ledger), tokio::runtime::Handle::current());
    let (definition, now, paging) = (&wish.definition, house.now(), Paging { limit: Some(10_000), cursor: None });
    match &wish.question {
        Question::Rows => serde_json::to_value(reports.page(&caller(), definition, &paging, now).await.unwrap()).unwrap()["rows"].take(),
        Question::SignedIn => {
            serde_json::to_value(reports.signed_in(&caller(), definition, &paging, now).await.unwrap()).unwrap()["days"].take()
        }
        Question::Groups { .. } => {
            let depth = Some(definition.group_by.len());
            let paging = rollcall_reports::group::answer::GroupPaging { depth, limit: Some(10_000), cursor: None };
            let groups = reports.groups(&caller(), definition, &paging, now).await.unwrap().groups;
            let flat = groups.into_iter().map(|group| Value::Object(group.keys.into_iter().chain(group.measures).collect()));
            flat.collect::<Vec<_>>().into()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_duckdb_and_libreoffice_read_what_is_written() {
    let house = awkward().await;
    for account in ["early, \"bird\"", "=late"] {
        house.append(vec![crate::house::sign_in(account, at("2026-10-24T20:00:00Z"))]).await;
        let mut out = crate::house::sign_in(account, at("2026-10-25T10:15:00.25Z"));
        "sign_out".clone_into(&mut out.activity);
        house.append(vec![out]).await;
    }
    let sessions = json!({
        "report": "login_logout", "range": {"from": "2026-10-24", "to": "2026-10-26"}, "time_zone": "Europe/Stockholm", "clock": "utc",
        "group_by": [{"field": "agent"}, {"field": "login_time", "bucket": "day"}], "measures": ["duration_sum", "first"],
    });
    let asked = [
        ("rows", of_awkward(), Question::Rows),
        ("sessions", sessions.clone(), Question::Rows),
        ("groups", sessions.clone(), Question::Groups { depth: None }),
        ("days", sessions, Question::SignedIn),
    ];
    let names: Vec<&str> = asked.iter().map(|(name, ..)| *name).collect();
    let folder = tempfile::tempdir().unwrap();
    for raw in [false, true] {
        for (name, definition, question) in &asked {
            for format in Format::ALL {
                let mut wish = wish(definition.clone(), question.clone(), format);
                (wish.style.raw, wish.style.bom) = (raw, raw);
                std::fs::write(folder.path().join(format!("{name}.{}", format.extension())), written(&house, &wish).await).unwrap();
                let rows = expected(&house, &wish).await;
                assert!(!rows.as_array().unwrap().is_empty());
                std::fs::write(folder.path().join(format!("{name}.json")), rows.to_string()).unwrap();
            }
        }
        if !raw {
            told_by_libreoffice(folder.path(), &names);
        }
        let types: Vec<Value> = names.iter().map(|name| read(folder.path(), name, raw)).collect();
        let typed = |file: usize, column: &str| types[file][column].as_str().unwrap().to_owned();
        assert_eq!([typed(0, "seq"), typed(0, "event_id"), typed(0, "attempt")], ["BIGINT", "UUID", "INTEGER"]);
        assert_eq!([typed(0, "event_time"), typed(0, "tags")], ["TIMESTAMP WITH TIME ZONE", "MAP(VARCHAR, VARCHAR)"]);
        assert_eq!([typed(1, "duration"), typed(2, "count"), typed(3, "day")], ["DOUBLE", "BIGINT", "DATE"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_is_harmless_unless_it_is_to_be_raw_and_begins_with_its_mark_if_it_is_asked_for() {
    let house = House::at("2026-04-15T12:00:00Z").await;
    house.sign_in("=cmd", at("2026-04-15T08:00:00Z")).await;
    let definition = json!({"report": "sign_in_log", "range": {"preset": "today"}, "columns": ["account", "event_time"]});
    let mut wish = wish(definition, Question::Rows, Format::Csv);
    assert_eq!(text_of(&house, &wish).await, "account,event_time\r\n'=cmd,2026-04-15T08:00:00Z\r\n");
    wish.style = Style { raw: true, bom: true, ..wish.style };
    assert_eq!(text_of(&house, &wish).await, "\u{feff}account,event_time\r\n=cmd,2026-04-15T08:00:00Z\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_without_rows_is_a_file_with_its_columns() {
    let house = House::at(NOON).await;
    let folder = tempfile::tempdir().unwrap();
    let definition = json!({"report": "login_logout", "columns": ["agent", "login_time"]});
    assert_eq!(text_of(&house, &wish(definition.clone(), Question::Rows, Format::Csv)).await, "agent,login_time\r\n");
    assert_eq!(text_of(&house, &wish(definition.clone(), Question::Rows, Format::Ndjson)).await, "");
    let path = folder.path().join("none.parquet");
    std::fs::write(&path, written(&house, &wish(definition.clone(), Question::Rows, Format::Parquet)).await).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
    let names: Vec<&str> = reader.schema().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!((names, reader.metadata().file_metadata().num_rows()), (vec!["agent", "login_time"], 0));
    assert!(written(&house, &wish(definition, Question::Rows, Format::Xlsx)).await.starts_with(b"PK"));
}

/// A sink that hands on what is done at its first write.
struct Watched<F: FnMut()> {
    bytes: Vec<u8>,
    first: Option<F>,
}

impl<F: FnMut()> Write for Watched<F> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(mut first) = self.first.take() {
            first();
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_a_file_is_written_is_not_in_it_and_nothing_is_taken_from_under_it() {
    let house = Arc::new(House::at(NOON).await);
    let start = at("2026-04-15T00:00:00Z");
    let events = |from: i64, count: i64| {
        (from..from + count).map(|n| crate::house::sign_in(&format!("a{n}"), start.plus_micros(n * 1_000))).collect()
    };
    for part in 0..4 {
        house.append(events(part * 10_000, 10_000)).await;
        house.ledger.archive(&TenantId::default()).await.unwrap();
    }
    let definition =
        json!({"report": "sign_in_log", "range": {"preset": "last_7_days"}, "columns": ["account"], "sort": [{"field": "event_time"}]});
    for format in [Format::Csv, Format::Ndjson] {
        let wish = wish(definition.clone(), Question::Rows, format);
        let before = house.ledger.next_seq(&TenantId::default()).unwrap();
        let id = house.ledger.snapshot(&TenantId::default(), Scope::All).await.unwrap().id();
        let (meanwhile, threads) = (Arc::clone(&house), tokio::runtime::Handle::current());
        let more: Vec<Event> = events(1_000_000 + before, 500);
        let more = Mutex::new(Some(more));
        let first = move || {
            let more = more.lock().unwrap().take().unwrap();
            threads.block_on(async {
                meanwhile.append(more).await;
                meanwhile.ledger.archive(&TenantId::default()).await.unwrap();
                meanwhile.ledger.compact(&TenantId::default()).await.unwrap();
                meanwhile.ledger.expire().await.unwrap();
            });
        };
        let sink = Watched { bytes: Vec::new(), first: Some(first) };
        let (told, sink) = house.delivery.write_file(&caller(), &wish, house.now(), sink, &Progress::default()).await.unwrap();
        assert!(sink.first.is_none());
        assert_eq!(told.rows, u64::try_from(before).unwrap(), "those that were there when it began");
        let lines = sink.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(lines, told.rows + u64::from(format == Format::Csv));
        // The snapshot is leased, for whoever runs on another node.
        house.ledger.expire().await.unwrap();
        house.ledger.snapshot_at(&TenantId::default(), Scope::All, id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_stops_when_it_is_to_and_when_its_sink_fails() {
    let house = House::at(NOON).await;
    let start = at(NOON).plus_micros(-HOUR);
    house.append((0..50_000).map(|n| crate::house::sign_in(&format!("a{n}"), start.plus_micros(n))).collect()).await;
    let definition = json!({"report": "sign_in_log", "range": {"preset": "last_24_hours"}});
    for format in Format::ALL {
        let wish = wish(definition.clone(), Question::Rows, format);
        let token = CancellationToken::new();
        token.cancel();
        let stopped = house.delivery.write_file(&caller(), &wish, house.now(), Vec::new(), &Progress::stopping(token)).await;
        assert!(matches!(stopped, Err(DeliveryError::Stopped)), "{format:?}");
        let full = Full;
        let failed = house.delivery.write_file(&caller(), &wish, house.now(), full, &Progress::default()).await.map(drop).unwrap_err();
        assert!(failed.to_string().contains("no room left"), "{format:?}: {failed}");
        let progress = Progress::default();
        let (told, _) = house.delivery.write_file(&caller(), &wish, house.now(), std::io::sink(), &progress).await.unwrap();
        assert_eq!((told.rows, progress.rows()), (50_000, 50_000));
    }
}

/// A sink without room.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("no room left"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
