//! Settings: a flag counts before the environment, that before the configuration file, that before the
//! default. Clap does the first two; the file and the defaults are added here.
//!
//! The file is TOML. A key that is not known is refused with those that are.

pub(crate) mod database;
pub(crate) mod network;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use ipnet::IpNet;
use reqwest::Url;
use rollcall_intake::CsvOptions;
use rollcall_model::time::{MICROS_PER_HOUR, MICROS_PER_SECOND};
use rollcall_model::zone::Zone;
use rollcall_server::TlsFiles;
use rollcall_sessions::{Limits, SourceLimits};
use serde::Deserialize;

use crate::cli::{DataArgs, GeneralArgs, ListenArgs, StoreArgs};
use crate::config::database::DatabaseUrl;
use crate::config::network::Network;
use crate::failure::usage;

/// Name of the configuration file in a data folder.
pub(crate) const FILE_IN_FOLDER: &str = "rollcall.toml";
/// Data folder unless another is given.
const DEFAULT_DATA: &str = "./rollcall-data";
const DEFAULT_PORT: u16 = 7270;
const DEFAULT_ARCHIVE_EVENTS: u64 = 100_000;
const DEFAULT_ARCHIVE_INTERVAL_S: u64 = 300;
const DEFAULT_MAX_FUTURE_H: u64 = 24;
const MAX_QUERY_THREADS: u64 = 1_024;
/// A hundred years: longer limits mean none.
const MAX_HOURS: u64 = 24 * 36_525;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// One line for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    data: Option<PathBuf>,
    database: Option<DatabaseUrl>,
    lake: Option<PathBuf>,
    listen: Option<SocketAddr>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    #[serde(default)]
    trusted_proxies: Vec<Network>,
    secret_key_file: Option<PathBuf>,
    public_url: Option<String>,
    #[serde(default)]
    delivery_folders: Vec<PathBuf>,
    log_format: Option<LogFormat>,
    log_level: Option<String>,
    archive_events: Option<u64>,
    archive_interval_s: Option<u64>,
    max_future_h: Option<u64>,
    query_threads: Option<u64>,
    #[serde(default)]
    webhook_allowed_networks: Vec<Network>,
    #[serde(default)]
    sources: BTreeMap<String, SourceTable>,
}

/// A source in the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    format: Option<String>,
    time_zone: Option<String>,
    idle_limit_minutes: Option<u64>,
    longest_session_hours: Option<u64>,
    csv: Option<CsvTable>,
}

/// How CSV of a source is read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvTable {
    delimiter: Option<char>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    defaults: BTreeMap<String, String>,
}

/// What is known about a source.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceConfig {
    /// Name of its format.
    pub(crate) format: Option<String>,
    /// Zone of its times that bear none.
    pub(crate) time_zone: Option<Zone>,
    /// How CSV of it is read.
    pub(crate) csv: CsvOptions,
    /// After what time its sessions have expired.
    limits: Limits,
}

/// What holds for this run.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    /// Where the store is, unless it is in the data folder.
    pub(crate) database: Option<DatabaseUrl>,
    pub(crate) lake: Option<PathBuf>,
    pub(crate) listen: SocketAddr,
    /// What HTTPS is served with. `None`: plain HTTP is.
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Where the key is that secrets are encrypted with, if not in the data folder.
    pub(crate) secret_key_file: Option<PathBuf>,
    /// The address under which people reach Rollcall.
    pub(crate) public_url: Option<Url>,
    /// Folders beneath which destinations may write.
    pub(crate) delivery_folders: Vec<PathBuf>,
    /// Networks that are not public, into which webhooks may call all the same.
    pub(crate) webhook_allowed_networks: Vec<IpNet>,
    pub(crate) log_format: LogFormat,
    /// `None`: what is usual for the command.
    pub(crate) log_level: Option<String>,
    pub(crate) archive_events: usize,
    pub(crate) archive_interval: Duration,
    pub(crate) max_future_micros: i64,
    pub(crate) query_threads: usize,
    pub(crate) sources: BTreeMap<String, SourceConfig>,
}

/// What the command line says, as far as the command takes it.
#[derive(Debug, Default)]
pub(crate) struct Given<'a> {
    pub(crate) store: Option<&'a StoreArgs>,
    pub(crate) folder: Option<&'a DataArgs>,
    pub(crate) listen: Option<&'a ListenArgs>,
    /// The store is a server, so no data folder is looked into.
    pub(crate) remote: bool,
}

impl Settings {
    /// Puts together what the command line, the environment and the file say.
    pub(crate) fn resolve(general: &GeneralArgs, given: &Given<'_>) -> anyhow::Result<Self> {
        let DataArgs { data: folder, database } = given.folder.or(given.store.map(|store| &store.folder)).cloned().unwrap_or_default();
        let file = ConfigFile::find(general.config.as_deref(), folder.as_deref(), given.remote)?;
        let store = given.store.cloned().unwrap_or_default();
        let ListenArgs { listen, tls_cert, tls_key, trusted_proxies, secret_key_file, public_url, delivery_folders } =
            given.listen.cloned().unwrap_or_default();
        let delivery_folders = if delivery_folders.is_empty() { file.delivery_folders } else { delivery_folders };
        let trusted_proxies = if trusted_proxies.is_empty() { file.trusted_proxies } else { trusted_proxies };
        let data = folder.or(file.data).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        let number = |flag: Option<u64>, file: Option<u64>, default: u64| flag.or(file).unwrap_or(default);
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let archive_events = number(store.archive_events, file.archive_events, DEFAULT_ARCHIVE_EVENTS);
        let archive_interval_s = number(store.archive_interval_s, file.archive_interval_s, DEFAULT_ARCHIVE_INTERVAL_S);
        let max_future_h = number(store.max_future_h, file.max_future_h, DEFAULT_MAX_FUTURE_H);
        let query_threads = number(store.query_threads, file.query_threads, cores);
        Ok(Settings {
            data,
            database: database.or(file.database),
            lake: store.lake.or(file.lake),
            listen: listen.or(file.listen).unwrap_or((Ipv4Addr::LOCALHOST, DEFAULT_PORT).into()),
            // Other commands do not know what the environment says of it.
            tls: given.listen.map_or(Ok(None), |_| tls_files(tls_cert.or(file.tls_cert), tls_key.or(file.tls_key)))?,
            trusted_proxies: trusted_proxies.into_iter().map(IpNet::from).collect(),
            secret_key_file: secret_key_file.or(file.secret_key_file),
            public_url: public_url.or(file.public_url).as_deref().map(web_address).transpose()?,
            delivery_folders: delivery_folders.into_iter().map(absolute).collect::<anyhow::Result<_>>()?,
            webhook_allowed_networks: file.webhook_allowed_networks.into_iter().map(IpNet::from).collect(),
            log_format: general.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            log_level: general.log_level.clone().or(file.log_level),
            archive_events: within("archive_events", archive_events, 1, 100_000_000)? as usize,
            archive_interval: Duration::from_secs(within("archive_interval_s", archive_interval_s, 1, 24 * 3_600)?),
            max_future_micros: within("max_future_h", max_future_h, 0, MAX_HOURS)? as i64 * MICROS_PER_HOUR,
            query_threads: within("query_threads", query_threads, 1, MAX_QUERY_THREADS)? as usize,
            sources: file
                .sources
                .into_iter()
                .map(|(name, table)| Ok((name.clone(), table.check(&name)?)))
                .collect::<anyhow::Result<_>>()?,
        })
    }

    /// What is known about a source; of one that is not configured, nothing.
    pub(crate) fn source(&self, name: &str) -> SourceConfig {
        self.sources.get(name).cloned().unwrap_or_default()
    }

    /// After what time the sessions of each source have expired.
    pub(crate) fn limits(&self) -> SourceLimits {
        self.sources.iter().map(|(name, source)| (name.clone(), source.limits)).collect()
    }

    /// Gives a source an idle limit, unless it is configured with limits.
    pub(crate) fn suggest_idle_limit(&mut self, source: &str, minutes: i64) {
        let limits = &mut self.sources.entry(source.to_owned()).or_default().limits;
        if *limits == Limits::default() {
            limits.idle_micros = Some(minutes * 60 * MICROS_PER_SECOND);
        }
    }

    /// Lets destinations write into a folder, unless others are configured.
    pub(crate) fn suggest_delivery_folder(&mut self, folder: PathBuf) {
        if self.delivery_folders.is_empty() {
            self.delivery_folders.push(folder);
        }
    }
}

fn within(name: &str, value: u64, least: u64, most: u64) -> anyhow::Result<u64> {
    if (least..=most).contains(&value) { Ok(value) } else { Err(usage(format!("{name}: expected {least} to {most}, got {value}"))) }
}

/// An address that links can begin with.
fn web_address(text: &str) -> anyhow::Result<Url> {
    let is_plain = |url: &Url| url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain(url));
    parsed
        .ok_or_else(|| usage("public_url: expected scheme and host, such as https://rollcall.example, without account, query and fragment"))
}

/// A folder beneath which may be written, from wherever the server is started.
fn absolute(folder: PathBuf) -> anyhow::Result<PathBuf> {
    let climbs = folder.components().any(|part| matches!(part, Component::ParentDir));
    if folder.is_absolute() && !climbs && folder.parent().is_some() {
        return Ok(folder);
    }
    let folder = folder.display();
    Err(usage(format!("delivery_folders: expected absolute folders without .. and not the root; got {folder}")))
}

/// A certificate and its key, or neither.
fn tls_files(certificate: Option<PathBuf>, key: Option<PathBuf>) -> anyhow::Result<Option<TlsFiles>> {
    let missing = match (certificate, key) {
        (Some(certificate), Some(key)) => return Ok(Some(TlsFiles { certificate, key })),
        (None, None) => return Ok(None),
        (Some(certificate), None) => ("tls_key", format!("the certificate {}", certificate.display())),
        (None, Some(key)) => ("tls_cert", format!("the key {}", key.display())),
    };
    let (setting, given) = missing;
    let flag = setting.replace('_', "-");
    Err(usage(format!("{setting}: expected a file beside {given}, got none; give it with --{flag}, or leave both out")))
}

impl ConfigFile {
    /// The file that is named, else the one in the data folder, else nothing.
    fn find(named: Option<&Path>, folder: Option<&Path>, remote: bool) -> anyhow::Result<Self> {
        if let Some(path) = named {
            let text = std::fs::read_to_string(path).with_context(|| format!("the configuration file {} can't be read", path.display()))?;
            let mut file = Self::parse(&text, path)?;
            file.lie_beside(path);
            return Ok(file);
        }
        if remote {
            return Ok(Self::default());
        }
        let path = folder.unwrap_or(Path::new(DEFAULT_DATA)).join(FILE_IN_FOLDER);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("the configuration file {} can't be read", path.display())),
        };
        let mut file = Self::parse(&text, &path)?;
        file.lie_beside(&path);
        if file.data.is_some() {
            let path = path.display();
            return Err(usage(format!("{path}: data is expected in a file given by --config, not in the data folder itself; remove it")));
        }
        Ok(file)
    }

    /// A relative path is one beside the file, from wherever the command is run.
    fn lie_beside(&mut self, path: &Path) {
        let Some(beside) = path.parent() else { return };
        for named in
            [&mut self.data, &mut self.lake, &mut self.tls_cert, &mut self.tls_key, &mut self.secret_key_file].into_iter().flatten()
        {
            *named = beside.join(&*named);
        }
    }

    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            // The line itself is not repeated: it may be the one with the password of the database.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            usage(format!("the configuration file {}, line {line}: {}", path.display(), error.message()))
        })
    }
}

impl SourceTable {
    fn check(self, name: &str) -> anyhow::Result<SourceConfig> {
        let wrong = |key: &str, why: String| usage(format!("sources.{name}.{key}: {why}"));
        if let Some(format) = &self.format {
            rollcall_intake::format(format).map_err(|error| wrong("format", error.to_string()))?;
        }
        let zone = self.time_zone.as_deref().map(Zone::new).transpose().map_err(|error| wrong("time_zone", error.to_string()))?;
        let limit = |key, value: Option<u64>, most, micros: i64| -> anyhow::Result<Option<i64>> {
            value.map(|value| Ok(within(&format!("sources.{name}.{key}"), value, 1, most)? as i64 * micros)).transpose()
        };
        let csv = self.csv.unwrap_or_default();
        let delimiter = csv.delimiter.unwrap_or(',');
        Ok(SourceConfig {
            format: self.format,
            time_zone: zone,
            csv: CsvOptions {
                delimiter: u8::try_from(delimiter)
                    .ok()
                    .filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n'))
                    .ok_or_else(|| {
                        wrong("csv.delimiter", format!("expected one ASCII character other than a quote or a line end, got {delimiter:?}"))
                    })?,
                headers: csv.columns,
                defaults: csv.defaults,
            },
            limits: Limits {
                idle_micros: limit("idle_limit_minutes", self.idle_limit_minutes, MAX_HOURS * 60, 60 * MICROS_PER_SECOND)?,
                longest_micros: limit("longest_session_hours", self.longest_session_hours, MAX_HOURS, MICROS_PER_HOUR)?,
            },
        })
    }
}

#[cfg(test)]
mod tests;
