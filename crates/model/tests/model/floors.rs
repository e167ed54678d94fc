//! The floors of ARCHITECTURE.md: who may import whom, and who may know what.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// From the top down. A crate imports only crates above it.
const FLOORS: &[&str] = &[
    "rollcall-model",
    "rollcall-sessions",
    "rollcall-intake",
    "rollcall-ledger",
    "rollcall-control",
    "rollcall-access",
    "rollcall-reports",
    "rollcall-delivery",
    "rollcall-server",
    "rollcall",
];

/// Crates beside the floors, where they lie, and which of ours they import. The generator is imported for
/// demo data; servers for tests are imported by tests alone, and by those of any crate.
const BESIDE: &[(&str, &str, &[&str])] = &[
    ("rollcall-generator", "bench/generator", &["rollcall-model"]),
    ("rollcall-test-openid", "bench/openid", &[]),
    ("rollcall-test-postgres", "bench/postgres", &[]),
    ("rollcall-test-smtp", "bench/smtp", &[]),
];

/// Who alone may import a library, and why.
const KNOWLEDGE: &[(&[&str], &[&str])] = &[
    // HTTP server types
    (&["axum", "hyper", "tower-http", "utoipa", "utoipa-axum"], &["rollcall-server", "rollcall"]),
    // SQL of the stores
    (&["sea-orm", "sea-orm-migration", "sqlx"], &["rollcall-control", "rollcall-ledger"]),
    // the query engine
    (&["datafusion"], &["rollcall-ledger", "rollcall-reports"]),
    // columns, and files and buckets of them
    (&["arrow", "parquet", "object_store"], &["rollcall-ledger", "rollcall-reports", "rollcall-delivery"]),
    // outgoing calls
    (&["reqwest"], &["rollcall-access", "rollcall-delivery", "rollcall", "rollcall-test-openid"]),
    (&["lettre"], &["rollcall-delivery"]),
    // the command line
    (&["clap", "anyhow", "indicatif", "comfy-table", "toml"], &["rollcall"]),
];

/// Crates that do no input or output and know no async.
const PURE: &[&str] = &["rollcall-model", "rollcall-sessions", "rollcall-intake", "rollcall-generator"];

/// What a pure crate's source does not contain.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process",
    "std::thread",
    "std::env",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "async fn",
    "tokio",
    "println!",
    "eprintln!",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every package of the workspace: its folder and what it imports, tests apart.
fn packages() -> BTreeMap<String, (PathBuf, Vec<String>)> {
    let crates = std::fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let folders = crates.chain(BESIDE.iter().map(|(_, folder, _)| root().join(folder)));
    let mut packages = BTreeMap::new();
    for folder in folders.filter(|folder| folder.join("Cargo.toml").exists()) {
        let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let imports = manifest.get("dependencies").and_then(|d| d.as_table()).map(|d| d.keys().cloned().collect()).unwrap_or_default();
        packages.insert(name, (folder, imports));
    }
    packages
}

#[test]
fn a_crate_imports_only_crates_above_it() {
    for (name, (_, imports)) in packages() {
        let Some(floor) = FLOORS.iter().position(|known| *known == name) else {
            let beside = BESIDE.iter().find(|(known, _, _)| *known == name);
            let (_, _, known) = beside.unwrap_or_else(|| panic!("{name} has no floor: add it to the list and to ARCHITECTURE.md"));
            let ours: Vec<_> = imports.iter().filter(|import| import.starts_with("rollcall")).collect();
            assert_eq!(ours, *known, "of our crates, {name} knows these alone");
            continue;
        };
        for import in imports.iter().filter(|import| import.starts_with("rollcall") && *import != "rollcall-generator") {
            let above = FLOORS.iter().position(|known| known == import);
            assert!(above.is_some_and(|above| above < floor), "{name} imports {import}, which is not above it");
        }
    }
}

#[test]
fn what_a_floor_knows_stays_on_it() {
    for (name, (_, imports)) in packages() {
        for (libraries, allowed) in KNOWLEDGE {
            for library in libraries.iter().filter(|library| imports.iter().any(|import| import == **library)) {
                assert!(allowed.contains(&name.as_str()), "{name} imports {library}; only {allowed:?} may");
            }
        }
    }
}

#[test]
fn model_sessions_and_intake_do_no_input_or_output() {
    let packages = packages();
    for name in PURE {
        for (path, text) in sources(&packages[*name].0.join("src")) {
            // Unit tests at the end of a file may read fixtures.
            let code = text.split("#[cfg(test)]").next().unwrap();
            let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            for impure in IMPURE {
                assert!(!code.contains(impure), "{} contains {impure}", path.display());
            }
        }
    }
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}
