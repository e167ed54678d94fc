//! Where a store lies: in the data folder, or on PostgreSQL.
//!
//! A store on PostgreSQL is several nodes' at once. Each has a data folder for what is its own (its lock, its
//! socket, its checkpoints of imports), and all share the database and the lake's folder. A node's folder
//! is marked, so that a command that is not told of the database does not take it for an empty store.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rollcall_control::{Control, ControlError, PostgresSchema};
use rollcall_delivery::Options as DeliveryOptions;
use rollcall_ledger::{Options, Postgres};

use crate::config::Settings;
use crate::config::database::DatabaseUrl;
use crate::failure::usage;

/// File of the control database in a data folder.
pub(crate) const CONTROL_FILE: &str = "control.db";
/// File of the ledger in a data folder.
pub(crate) const LEDGER_FILE: &str = "ledger.db";
/// File by which the folder of a node is known. It says where the store is, for people.
const NODE_FILE: &str = "node.txt";
/// Folder of files that wait to be fetched, in a data folder, and in the lake's folder that nodes share.
const EXPORTS: &str = "exports";
const SHARED_EXPORTS: &str = ".exports";
/// File with the name of a node.
const NODE_ID_FILE: &str = "node.id";
/// Schema of the ledger in a PostgreSQL database.
const LEDGER_SCHEMA: &str = "rollcall_ledger";

/// Where a store lies.
#[derive(Debug)]
pub(crate) enum Place {
    /// In a data folder.
    Folder(PathBuf),
    /// On a PostgreSQL server.
    Server(Box<OnServer>),
}

/// A store on a PostgreSQL server, as one node has it.
#[derive(Debug)]
pub(crate) struct OnServer {
    url: DatabaseUrl,
    /// The control database's schema in it, which knows how to show itself without a password.
    schema: PostgresSchema,
    /// The node's own folder.
    folder: PathBuf,
}

impl Place {
    /// Where the settings say that the store lies. Refuses what can't be meant.
    pub(crate) fn of(settings: &Settings) -> anyhow::Result<Self> {
        let folder = settings.data.clone();
        let Some(url) = settings.database.clone() else {
            if settings.lake.is_some() {
                return Err(usage("lake: expected only together with database; without one, the lake lies in the data folder"));
            }
            return match std::fs::read_to_string(folder.join(NODE_FILE)) {
                Ok(text) => Err(usage(format!(
                    "the data folder {} belongs to a node whose store is on PostgreSQL ({}); give its URL in ROLLCALL_DATABASE",
                    folder.display(),
                    text.trim()
                ))),
                Err(_) => Ok(Place::Folder(folder)),
            };
        };
        if folder.join(LEDGER_FILE).exists() {
            let folder = folder.display();
            return Err(usage(format!(
                "the data folder {folder} holds a store of its own ({LEDGER_FILE}), and database names another one; give the node \
                 another folder with --data, or leave the database out"
            )));
        }
        let schema = PostgresSchema::new(url.reveal()).map_err(|error| usage(told(&error)))?;
        Ok(Place::Server(Box::new(OnServer { url, schema, folder })))
    }

    /// Whether a store of this kind can be made by a misspelt name.
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self, Place::Folder(_))
    }

    /// Opens the control database. Several processes may have it open at once.
    pub(crate) async fn open_control(&self) -> anyhow::Result<Control> {
        match self {
            Place::Folder(folder) => Control::open(&folder.join(CONTROL_FILE))
                .await
                .with_context(|| format!("the control database in {} can't be opened", folder.display())),
            Place::Server(server) => Ok(Control::connect(&server.schema).await?),
        }
    }

    /// How its ledger is run.
    pub(crate) fn ledger_options(&self, settings: &Settings) -> anyhow::Result<Options> {
        let options = Options {
            limits: settings.limits(),
            archive_events: settings.archive_events,
            archive_interval: settings.archive_interval,
            query_partitions: settings.query_threads,
            ..Options::new(&settings.data)
        };
        let Place::Server(server) = self else { return Ok(options) };
        let lake = settings.lake.clone().ok_or_else(|| {
            usage("lake: expected the folder that the nodes of this store share, got none; give it with --lake or in ROLLCALL_LAKE")
        })?;
        let postgres = Postgres { url: server.url.reveal().to_owned(), schema: LEDGER_SCHEMA.to_owned() };
        Ok(Options { postgres: Some(postgres), lake: Some(lake), ..options })
    }

    /// How reports are delivered from it.
    pub(crate) fn delivery_options(&self, settings: &Settings) -> anyhow::Result<DeliveryOptions> {
        let (files, node) = match self {
            // The folder has one process at a time.
            Place::Folder(folder) => (folder.join(EXPORTS), "local".to_owned()),
            // What one node has written, another may hand out: the files lie where all find them.
            Place::Server(server) => (settings.lake.as_deref().unwrap_or(&settings.data).join(SHARED_EXPORTS), node_id(&server.folder)?),
        };
        Ok(DeliveryOptions {
            files,
            node,
            public_url: settings.public_url.clone(),
            delivery_folders: settings.delivery_folders.clone(),
            allowed_networks: settings.webhook_allowed_networks.clone(),
        })
    }

    /// Marks the folder of a node, once it is this process's.
    pub(crate) fn mark(&self) -> anyhow::Result<()> {
        let Place::Server(server) = self else { return Ok(()) };
        let path = server.folder.join(NODE_FILE);
        std::fs::write(&path, format!("{}\n", server.schema)).with_context(|| format!("{} can't be written", path.display()))
    }
}

impl fmt::Display for Place {
    /// Without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Folder(folder) => write!(f, "the data folder {}", folder.display()),
            Place::Server(server) => write!(f, "the database {}", server.schema),
        }
    }
}

/// The name of a node, which stays with its folder and which no other node has.
fn node_id(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join(NODE_ID_FILE);
    if let Ok(id) = std::fs::read_to_string(&path)
        && !id.trim().is_empty()
    {
        return Ok(id.trim().to_owned());
    }
    let id = uuid::Uuid::new_v4().to_string();
    std::fs::write(&path, format!("{id}\n")).with_context(|| format!("{} can't be written", path.display()))?;
    Ok(id)
}

/// Whether a folder is that of a node.
pub(crate) fn is_node(folder: &Path) -> bool {
    folder.join(NODE_FILE).exists()
}

/// What is wrong with the URL, by the name that the user gave it.
fn told(error: &ControlError) -> String {
    let text = error.to_string();
    format!("database: {}", text.strip_prefix("control database: ").unwrap_or(&text))
}
