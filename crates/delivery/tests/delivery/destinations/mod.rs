//! Destinations: buckets, mail and webhooks, each on a real server.

mod bucket;
mod mail;
pub(crate) mod webhook;

use std::sync::Arc;

use rollcall_access::{Access, Principal, Vault};
use rollcall_control::Control;
use rollcall_delivery::destinations::{DestinationWish, Parcel, Tested};
use rollcall_delivery::{Delivery, Options, Parts};
use rollcall_ledger::{Ledger, Options as LedgerOptions};
use rollcall_model::TenantId;
use rollcall_reports::Reports;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use uuid::Uuid;

const SCHEDULE: Uuid = Uuid::from_u128(0x0199_f2a0_0000_7000_8000_0000_0000_0001);

/// A store whose reports are delivered.
struct Bench {
    delivery: Arc<Delivery>,
    control: Control,
    by: Principal,
    folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let ledger = Arc::new(Ledger::open(LedgerOptions::new(folder.path())).await.unwrap());
        let control = Control::open_in_memory().await.unwrap();
        let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
        let access = Arc::new(Access::new(control.clone()).with_vault(vault));
        let reports = Reports::new(Arc::clone(&ledger), tokio::runtime::Handle::current());
        let options = Options {
            files: folder.path().join("exports"),
            node: "a".to_owned(),
            public_url: None,
            delivery_folders: Vec::new(),
            allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        };
        let delivery = Delivery::new(Parts { ledger, reports, control: control.clone(), access }, options);
        Bench { delivery, control, by: Principal::local_operator(TenantId::default()), folder }
    }

    fn wish(kind: &str, config: &Value, secret: Option<&str>) -> DestinationWish {
        let secret = secret.map(|secret| Some(serde_json::from_value(json!(secret)).unwrap()));
        DestinationWish { name: format!("{kind} {}", Uuid::new_v4()), kind: kind.to_owned(), config: config.clone(), secret }
    }

    async fn destination(&self, kind: &str, config: &Value, secret: Option<&str>) -> Uuid {
        self.delivery.create_destination(&self.by, Self::wish(kind, config, secret)).await.unwrap().id
    }

    async fn tested(&self, kind: &str, config: &Value, secret: Option<&str>) -> Tested {
        let tested = self.delivery.test_new_destination(&self.by, Self::wish(kind, config, secret)).await.unwrap();
        assert_eq!(tested.ok, tested.steps.iter().all(|step| step.ok), "{tested:?}");
        tested
    }

    fn parcel(&self, content: &[u8]) -> Parcel {
        let file = self.folder.path().join("parcel");
        std::fs::write(&file, content).unwrap();
        Parcel {
            file,
            file_name_stem: "Nattskift Öst".to_owned(),
            prefix: "team".to_owned(),
            extension: "csv",
            media_type: "text/csv; charset=utf-8; header=present",
            bytes: content.len() as u64,
            rows: 2,
            sha256: Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect(),
            run_id: Uuid::from_u128(7),
            schedule_id: SCHEDULE,
            report_name: "Nattskift Öst".to_owned(),
            range_words: "14 April 2026".to_owned(),
            local_time: "2026-04-15T000000".to_owned(),
            number: 0,
            restates: None,
            missing: None,
            link: None,
        }
    }

    /// What waits in the outbox, oldest first.
    async fn recorded(&self) -> Vec<Value> {
        let waiting = self.control.outbox().pending(1_000).await.unwrap();
        waiting.iter().map(|pending| serde_json::from_str(&pending.record.event).unwrap()).collect()
    }
}

/// The steps, by name, and which of them failed.
fn steps(tested: &Tested) -> (Vec<&'static str>, Option<&str>) {
    let failed = tested.steps.iter().find(|step| !step.ok).map(|step| step.words.as_str());
    (tested.steps.iter().map(|step| step.step).collect(), failed)
}
