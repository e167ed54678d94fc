//! The compact form of a definition, as an address carries it.

use proptest::prelude::*;
use rollcall_reports::{Definition, compact::MAX_CHARS};
use serde_json::json;

use crate::fixtures::cases;
use crate::generated;

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_goes_into_an_address_comes_out_as_it_was(stated in generated::definitions()) {
        let definition = Definition::parse(stated.clone()).unwrap_or_else(|error| panic!("{error}: {stated}"));
        let compact = definition.to_compact().unwrap();
        prop_assert!(compact.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{}", compact);
        prop_assert!(compact.len() <= MAX_CHARS);
        prop_assert_eq!(Definition::from_compact(&compact).unwrap(), definition);
    }

    #[test]
    fn whatever_an_address_says_is_read_or_refused(text in "a?[A-Za-z0-9_-]{0,200}") {
        if let Err(error) = Definition::from_compact(&text) {
            prop_assert_eq!(error.field, "definition");
        }
    }
}

#[test]
fn what_is_too_long_is_to_be_saved() {
    let accounts: Vec<String> = (0_u64..2_000).map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let with = |count: usize| {
        let filters = json!([{"field": "account", "values": accounts[..count]}]);
        Definition::parse(json!({"report": "sign_in_log", "filters": filters})).unwrap().to_compact()
    };
    assert!(with(20).is_ok());
    let error = with(2_000).unwrap_err();
    assert_eq!(error.field, "definition");
    assert!(
        error.reason.contains("where at most 2000 fit") && error.reason.ends_with("Save the report and use its id"),
        "{}",
        error.reason
    );
}

#[test]
fn what_is_alike_ten_thousand_times_is_too_long_as_well() {
    let filters = json!([{"field": "account", "values": vec!["mara.lind"; 10_000]}]);
    let definition = Definition::parse(json!({"report": "sign_in_log", "filters": filters})).unwrap();
    let error = definition.to_compact().unwrap_err();
    assert!(error.reason.contains("bytes of JSON"), "{}", error.reason);
}

#[test]
fn what_can_not_be_read_is_told() {
    let good = Definition::parse(json!({"report": "login_logout"})).unwrap().to_compact().unwrap();
    let cut = &good[..good.len() / 2];
    let long = "a".repeat(MAX_CHARS + 1);
    let told: Vec<String> = ["", "zAAAA", "a!", cut, &long].map(|text| Definition::from_compact(text).unwrap_err().to_string()).to_vec();
    insta::assert_snapshot!(told.join("\n"));
}
