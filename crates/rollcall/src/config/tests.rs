//! Which setting counts, what is refused, and that the documentation says what the command line says.

use std::collections::BTreeSet;

use clap::{ArgAction, CommandFactory};
use rollcall_model::time::MICROS_PER_SECOND;

use super::*;
use crate::cli::Cli;

const DOCUMENTATION: &str = include_str!("../../../../docs/configuration.md");

fn general(config: Option<&Path>) -> GeneralArgs {
    GeneralArgs { config: config.map(Path::to_path_buf), log_format: None, log_level: None }
}

fn data_in(folder: &Path) -> DataArgs {
    DataArgs { data: Some(folder.to_path_buf()), database: None }
}

fn resolve(file: &str) -> anyhow::Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, file).unwrap();
    Settings::resolve(&general(Some(&path)), &Given::default())
}

#[test]
fn defaults_hold_unless_the_file_says_otherwise() {
    let settings = resolve("").unwrap();
    assert_eq!(settings.data, PathBuf::from("./rollcall-data"));
    assert_eq!(settings.listen, "127.0.0.1:7270".parse().unwrap());
    assert_eq!((settings.log_format, settings.log_level), (LogFormat::Text, None));
    assert_eq!((settings.archive_events, settings.archive_interval.as_secs()), (100_000, 300));
    assert_eq!(settings.max_future_micros, 24 * MICROS_PER_HOUR);
    let settings = resolve(
        "listen = \"0.0.0.0:80\"\nlog_format = \"json\"\nlog_level = \"debug\"\narchive_events = 5\narchive_interval_s = 6\nmax_future_h = 0\nquery_threads = 7",
    )
    .unwrap();
    assert_eq!(settings.listen, "0.0.0.0:80".parse().unwrap());
    assert_eq!((settings.log_format, settings.log_level.as_deref()), (LogFormat::Json, Some("debug")));
    assert_eq!((settings.archive_events, settings.archive_interval.as_secs(), settings.query_threads), (5, 6, 7));
    assert_eq!(settings.max_future_micros, 0);
}

#[test]
fn reports_leave_to_folders_and_by_links_that_are_spelt_out() {
    let settings = resolve("public_url = \"https://rollcall.example\"\ndelivery_folders = [\"/srv/reports\"]").unwrap();
    assert_eq!(settings.public_url.unwrap().as_str(), "https://rollcall.example/");
    assert_eq!(settings.delivery_folders, [PathBuf::from("/srv/reports")]);
    let wrong = [
        "public_url = \"rollcall.example\"",
        "public_url = \"ftp://rollcall.example\"",
        "public_url = \"https://me:pw@rollcall.example\"",
        "delivery_folders = [\"reports\"]",
        "delivery_folders = [\"/\"]",
        "delivery_folders = [\"/srv/../etc\"]",
    ];
    for text in wrong {
        let error = resolve(text).unwrap_err().to_string();
        assert!(error.contains(text.split(' ').next().unwrap()) && !error.contains("pw"), "{text}: {error}");
    }
}

#[test]
fn what_the_command_line_gives_counts_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rollcall.toml"), "archive_events = 5\nquery_threads = 7").unwrap();
    let store = StoreArgs { folder: data_in(folder.path()), query_threads: Some(3), ..StoreArgs::default() };
    let settings = Settings::resolve(&general(None), &Given { store: Some(&store), ..Given::default() }).unwrap();
    assert_eq!((settings.archive_events, settings.query_threads), (5, 3));
    // A server has settings of its own.
    let settings = Settings::resolve(&general(None), &Given { store: Some(&store), remote: true, ..Given::default() }).unwrap();
    assert_eq!(settings.archive_events, 100_000);
}

#[test]
fn a_relative_data_folder_lies_beside_its_file_and_none_is_named_inside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, "data = \"store\"").unwrap();
    let settings = Settings::resolve(&general(Some(&path)), &Given::default()).unwrap();
    assert_eq!(settings.data, folder.path().join("store"));
    std::fs::rename(&path, folder.path().join("rollcall.toml")).unwrap();
    let given = data_in(folder.path());
    let error = Settings::resolve(&general(None), &Given { folder: Some(&given), ..Given::default() }).unwrap_err();
    assert!(error.to_string().contains("data is expected in a file given by --config"), "{error}");
}

#[test]
fn a_database_comes_with_a_lake_beside_the_file_and_neither_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, "database = \"postgres://u:s3cret@h/file\"\nlake = \"shared\"").unwrap();
    let settings = Settings::resolve(&general(Some(&path)), &Given::default()).unwrap();
    assert_eq!(settings.database.as_ref().map(DatabaseUrl::reveal), Some("postgres://u:s3cret@h/file"));
    assert_eq!(settings.lake, Some(folder.path().join("shared")));
    assert!(!format!("{settings:?}").contains("s3cret"));
    let given = DataArgs { database: Some("postgres://u:p@h/flag".to_owned().into()), ..DataArgs::default() };
    let settings = Settings::resolve(&general(Some(&path)), &Given { folder: Some(&given), ..Given::default() }).unwrap();
    assert_eq!(settings.database.as_ref().map(DatabaseUrl::reveal), Some("postgres://u:p@h/flag"));
    // A line that can't be read is named and not repeated.
    for torn in ["listen = \"127.0.0.1:1\"\ndatabase = \"postgres://u:s3cret@h/x", "\ndatabase = [\"postgres://u:s3cret@h/x\"]"] {
        let error = resolve(torn).unwrap_err().to_string();
        assert!(error.contains("x.toml, line 2: ") && !error.contains("s3cret"), "{error}");
    }
}

#[test]
fn what_is_wrong_is_named_with_what_is_expected() {
    let wrong = |file: &str, expected: &str| {
        let error = resolve(file).unwrap_err().to_string();
        assert!(error.contains(expected), "{file}: {error}");
    };
    wrong(
        "listne = \"x\"",
        "expected one of `data`, `database`, `lake`, `listen`, `tls_cert`, `tls_key`, `trusted_proxies`, `secret_key_file`, `public_url`, `delivery_folders`",
    );
    wrong("listen = \"x\"", "invalid socket address");
    wrong("trusted_proxies = [\"nginx\"]", "line 1: expected an address such as 192.0.2.1 or a network such as 10.0.0.0/8, got \"nginx\"");
    wrong("archive_events = 0", "archive_events: expected 1 to 100000000, got 0");
    wrong("[sources.hr]\nformat = \"cvs\"", "sources.hr.format: expected the name of a format, one of native, csv");
    wrong("[sources.hr]\ntime_zone = \"Mars\"", "sources.hr.time_zone: expected a time zone");
    wrong("[sources.hr]\nidle_limit_minutes = 0", "sources.hr.idle_limit_minutes: expected 1 to");
    wrong("[sources.hr]\nzone = \"UTC\"", "expected one of `format`, `time_zone`");
    wrong("[sources.hr.csv]\ndelimiter = \"ä\"", "sources.hr.csv.delimiter: expected one ASCII character");
}

#[test]
fn a_source_has_a_format_a_zone_a_mapping_and_limits() {
    let file = "[sources.hr-export]\nformat = \"csv\"\ntime_zone = \"Europe/Stockholm\"\nidle_limit_minutes = 30\nlongest_session_hours = 12\n\
                [sources.hr-export.csv]\ndelimiter = \";\"\ncolumns = { event_time = \"When\" }\ndefaults = { category = \"access\" }";
    let mut settings = resolve(file).unwrap();
    let source = settings.source("hr-export");
    assert_eq!((source.format.as_deref(), source.time_zone.as_ref().map(Zone::name)), (Some("csv"), Some("Europe/Stockholm")));
    assert_eq!(
        (source.csv.delimiter, source.csv.headers["event_time"].as_str(), source.csv.defaults["category"].as_str()),
        (b';', "When", "access")
    );
    let idle = |settings: &Settings, source: &str| settings.limits().get(source).idle_micros.map(|micros| micros / 60 / MICROS_PER_SECOND);
    assert_eq!((idle(&settings, "hr-export"), settings.limits().get("hr-export").longest_micros), (Some(30), Some(12 * MICROS_PER_HOUR)));
    settings.suggest_idle_limit("hr-export", 5);
    settings.suggest_idle_limit("desktop", 5);
    assert_eq!((idle(&settings, "hr-export"), idle(&settings, "desktop"), idle(&settings, "other")), (Some(30), Some(5), None));
}

#[test]
fn a_certificate_comes_with_its_key_and_lies_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let resolved = |file: &str, args: &ListenArgs| {
        std::fs::write(&path, file).unwrap();
        Settings::resolve(&general(Some(&path)), &Given { listen: Some(args), ..Given::default() }).map(|settings| settings.tls)
    };
    let both = "tls_cert = \"a.crt\"\ntls_key = \"/etc/a.key\"";
    let files = |certificate: PathBuf, key: &str| Some(TlsFiles { certificate, key: PathBuf::from(key) });
    let none = ListenArgs::default();
    assert_eq!(resolved("", &none).unwrap(), None);
    assert_eq!(resolved(both, &none).unwrap(), files(folder.path().join("a.crt"), "/etc/a.key"));
    let flag = ListenArgs { tls_cert: Some("b.crt".into()), ..ListenArgs::default() };
    assert_eq!(resolved(both, &flag).unwrap(), files("b.crt".into(), "/etc/a.key"));
    let error = resolved("", &flag).unwrap_err().to_string();
    assert_eq!(error, "tls_key: expected a file beside the certificate b.crt, got none; give it with --tls-key, or leave both out");
    let error = resolved("tls_key = \"/a.key\"", &none).unwrap_err().to_string();
    assert_eq!(error, "tls_cert: expected a file beside the key /a.key, got none; give it with --tls-cert, or leave both out");
}

#[test]
fn trusted_proxies_of_the_command_line_stand_in_place_of_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, "trusted_proxies = [\"192.0.2.1\", \"10.1.0.0/8\"]").unwrap();
    let resolved = |args: &ListenArgs| {
        let settings = Settings::resolve(&general(Some(&path)), &Given { listen: Some(args), ..Given::default() }).unwrap();
        settings.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(resolved(&ListenArgs::default()), ["192.0.2.1/32", "10.0.0.0/8"]);
    assert_eq!(resolved(&ListenArgs { trusted_proxies: vec!["::1".parse().unwrap()], ..ListenArgs::default() }), ["::1/128"]);
}

#[test]
fn webhooks_call_into_networks_that_the_file_allows() {
    let allowed = resolve("webhook_allowed_networks = [\"10.20.0.0/16\", \"127.0.0.1\"]").unwrap().webhook_allowed_networks;
    assert_eq!(allowed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.20.0.0/16", "127.0.0.1/32"]);
    assert!(resolve("").unwrap().webhook_allowed_networks.is_empty());
}

/// Every setting has a row `| key | flag | environment | default | meaning |` in the documentation, and every row
/// is a setting of the command line, under the same name everywhere.
#[test]
fn the_documentation_lists_what_the_command_line_takes() {
    let documented: BTreeSet<[String; 4]> = rows_of_documentation().collect();
    let mut defined = BTreeSet::new();
    for command in Cli::command().get_subcommands().chain([&Cli::command()]) {
        for arg in command.get_arguments() {
            let Some(environment) = arg.get_env() else { continue };
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let long_help = arg.get_long_help().map(ToString::to_string).unwrap_or_default();
            let key = long_help.split("File key: ").nth(1).map(|rest| rest.trim_end().trim_end_matches('.').to_owned()).unwrap_or_default();
            let flag = format!("--{}", arg.get_long().unwrap());
            let name = flag[2..].replace('-', "_");
            // What a flag gives one of, the others give as a list.
            let name = if matches!(arg.get_action(), ArgAction::Append) {
                name.replace("proxy", "proxies").replace("folder", "folders")
            } else {
                name
            };
            assert_eq!(environment.to_str().unwrap(), format!("ROLLCALL_{}", name.to_uppercase()));
            assert!(key.is_empty() || key == name, "{flag}: {key}");
            let default = help.split("[default: ").nth(1).and_then(|rest| rest.strip_suffix(']')).unwrap_or_default().to_owned();
            defined.insert([key, flag, environment.to_str().unwrap().to_owned(), default]);
        }
    }
    assert_eq!(documented, defined);
}

fn rows_of_documentation() -> impl Iterator<Item = [String; 4]> {
    DOCUMENTATION.lines().filter(|line| line.contains("ROLLCALL_") && line.starts_with('|')).map(|line| {
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "")).collect();
        [0, 1, 2, 3].map(|at| cells[at].clone())
    })
}
