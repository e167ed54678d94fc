//! The activity catalogue: what is in it, how each entry is known, and what a reader can pick.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rollcall_model::Effect;
use rollcall_model::catalogue::{Activity, Application, Catalogue, Entity, Entry, Field, Given, InvalidCatalogue, Known, Origin};

const VENDOR: &str = "CXone Mpower";

fn vendors() -> Vec<&'static Application> {
    Catalogue::embedded().applications().iter().filter(|application| application.product.as_deref() == Some(VENDOR)).collect()
}

fn application(name: &str) -> &'static Application {
    Catalogue::embedded().application(name).unwrap()
}

fn activity(application_name: &str, entity: &str, activity: &str) -> &'static Activity {
    application(application_name).entity(entity).unwrap().activity(activity).unwrap()
}

/// Every entity, with or without an application.
fn entities(catalogue: &Catalogue) -> Vec<&Entity> {
    let of_applications = catalogue.applications().iter().flat_map(|application| &application.entities);
    of_applications.chain(catalogue.unassigned().iter().flat_map(|group| &group.entities)).collect()
}

fn names(entities: &[Entity]) -> Vec<&str> {
    entities.iter().map(|entity| entity.name.as_str()).collect()
}

fn texts<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}

fn given<const A: usize, const E: usize>(applications: [&str; A], entities: [&str; E]) -> Given {
    Given { applications: texts(applications), entities: texts(entities) }
}

fn values(catalogue: &Catalogue, field: Field, given: &Given) -> Vec<String> {
    catalogue.values(field, given).into_iter().map(|known| known.value).collect()
}

fn value(catalogue: &Catalogue, field: Field, given: &Given, value: &str) -> Known {
    catalogue.values(field, given).into_iter().find(|known| known.value == value).unwrap()
}

fn observed(application: &str, entity: &str, activity: &str) -> Entry {
    Entry {
        application: Some(application.to_owned()),
        entity: Some(entity.to_owned()),
        activity: Some(activity.to_owned()),
        effect: None,
        label: None,
        origin: Origin::Observed,
    }
}

// What the page says.

#[test]
fn the_page_names_sixteen_applications() {
    let expected = [
        ("Analytics", Some("Interaction Analytics")),
        ("CXone Mpower Screen Monitor", Some("ScreenAgent")),
        ("Data Policies", None),
        ("Data Request Registry", None),
        ("Extract Data APIs", None),
        ("Recording", None),
        ("Recording Policies", None),
        ("QM", Some("Quality Management")),
        ("Search", None),
        ("STORAGE", Some("Cloud Storage Services")),
        ("Supervisor", None),
        ("Tenant Management", None),
        ("Tenant Meta Data Manager", None),
        ("UserHub", Some("Admin")),
        ("Webapp Player", None),
        ("WFM", Some("Workforce Management")),
    ];
    let named: Vec<_> = vendors().into_iter().map(|application| (application.name.as_str(), application.title.as_deref())).collect();
    assert_eq!(named, expected);
    assert!(vendors().iter().all(|application| application.origin == Origin::Documented));
}

#[test]
fn the_page_has_eighteen_groups_and_each_is_in_one_place() {
    let assigned = vendors().into_iter().filter_map(|application| application.group);
    let mut groups: Vec<u32> = assigned.chain(Catalogue::embedded().unassigned().iter().filter_map(|group| group.group)).collect();
    groups.sort_unstable();
    assert_eq!(groups, (1..=18).collect::<Vec<_>>());
}

#[test]
fn a_group_is_assigned_only_where_its_entities_make_it_certain() {
    let assigned: Vec<_> = vendors().into_iter().filter_map(|application| Some((application.name.as_str(), application.group?))).collect();
    let expected = [
        ("Analytics", 1),
        ("CXone Mpower Screen Monitor", 2),
        ("QM", 6),
        ("Search", 9),
        ("STORAGE", 12),
        ("UserHub", 16),
        ("Webapp Player", 17),
        ("WFM", 18),
    ];
    assert_eq!(assigned, expected);
    for application in vendors() {
        assert_eq!(application.group.is_none(), application.entities.is_empty(), "{}", application.name);
    }
}

#[test]
fn an_assignment_is_inferred_except_where_the_page_says_it() {
    let mut documented = Vec::new();
    for application in vendors() {
        for entity in &application.entities {
            match entity.placed.unwrap() {
                Origin::Documented => documented.push((application.name.as_str(), entity.name.as_str())),
                origin => assert_eq!(origin, Origin::Inferred),
            }
        }
    }
    assert_eq!(documented, [("Analytics", "Chat")], "the page's own example");
}

#[test]
fn unassigned_groups_stay_unassigned() {
    let unassigned: Vec<_> = Catalogue::embedded().unassigned().iter().map(|group| (group.group, names(&group.entities))).collect();
    let expected: Vec<(Option<u32>, Vec<&str>)> = vec![
        (Some(3), vec!["COMPUTE", "DATAFLOW", "DESTINATION", "TERMINAL"]),
        (Some(4), vec!["qm-questions", "qm-workflows", "recording-interaction-metadata", "SM-01", "wfm-payroll"]),
        (Some(5), vec!["Policy Instance", "Policy", "Global Settings"]),
        (Some(7), vec!["Business data", "Business Data-Segments", "Recording API"]),
        (Some(8), vec!["Do not record policies", "Policies Configurations", "Recording Settings"]),
        (Some(10), vec!["CXone Mpower SF account", "Network Policy", "Reset Password", "Share", "Storage Integration"]),
        (Some(11), vec!["Alert", "Journey"]),
        (Some(13), vec!["Agent contact", "User"]),
        (Some(14), vec!["BrandingProfile", "Tenant"]),
        (Some(15), vec!["AccountSettings"]),
        (None, vec!["User"]),
    ];
    assert_eq!(unassigned, expected);
    assert!(Catalogue::embedded().unassigned().iter().flat_map(|group| &group.entities).all(|entity| entity.placed.is_none()));
}

#[test]
fn what_is_embedded_is_documented_or_inferred() {
    let catalogue = Catalogue::embedded();
    let mut origins: Vec<Origin> = catalogue.applications().iter().map(|application| application.origin).collect();
    for entity in entities(catalogue) {
        origins.push(entity.origin);
        origins.extend(entity.placed);
        origins.extend(entity.activities.iter().map(|activity| activity.origin));
    }
    assert!(origins.iter().all(|origin| *origin != Origin::Observed));
}

#[test]
fn a_name_that_the_page_has_lost_is_inferred_and_says_from_what() {
    let inferred: Vec<_> = entities(Catalogue::embedded()).into_iter().filter(|entity| entity.origin == Origin::Inferred).collect();
    let named: Vec<_> = inferred.iter().map(|entity| entity.name.as_str()).collect();
    assert_eq!(named, ["Email", "WhatsApp"]);
    assert!(inferred.iter().all(|entity| entity.note.as_deref().unwrap().contains("with screen recording")));
    assert!(application("Analytics").note.as_deref().unwrap().contains("Two rows"), "there, nothing tells which they were");
    assert!(application("Analytics").entity("Email").is_none());
}

#[test]
fn names_are_spelt_as_on_the_page() {
    assert!(application("UserHub").entity("Heirarchy").is_some());
    assert!(application("Webapp Player").entity("Voice & screen recording, Work item with screen recording").is_some());
}

#[test]
fn the_words_on_play_and_playback_are_kept() {
    let play = activity("Webapp Player", "Voice & screen recording", "Play");
    let playback = activity("Webapp Player", "Voice & screen recording", "Playback");
    for place in ["player", "form", "report", "Interaction Analytics"] {
        assert!(play.note.as_deref().unwrap().contains(place), "{place}");
    }
    for place in ["Search application", "Interactions Hub"] {
        assert!(playback.note.as_deref().unwrap().contains(place), "{place}");
    }
    for media in ["ALL", "CHAT", "EMAIL", "VOICE ONLY", "VOICE AND SCREEN"] {
        let entity = application("Webapp Player").entity(&format!("Interaction Data ({media})")).unwrap();
        assert_eq!(entity.activities.iter().map(|activity| activity.name.as_str()).collect::<Vec<_>>(), ["Playback"]);
    }
}

#[test]
fn activities_that_only_the_text_names_are_there_and_marked() {
    let viewed = activity("Interaction Analytics", "Chat", "Interaction Viewed");
    assert_eq!((viewed.origin, viewed.effect, viewed.prose), (Origin::Documented, Some(Effect::Read), false), "text and table have it");

    let marked: Vec<(&str, &str)> = entities(Catalogue::embedded())
        .into_iter()
        .flat_map(|entity| entity.activities.iter().filter(|activity| activity.prose).map(|activity| (&*entity.name, &*activity.name)))
        .collect();
    let expected = [
        ("Evaluation Form", "activated"),
        ("Evaluation Form", "deactivated"),
        ("Evaluation Form", "deleted"),
        ("Voice & screen recording", "Play"),
        ("Voice & screen recording", "Playback"),
        ("User", "login"),
        ("User", "logout"),
        ("User", "creating a new user"),
        ("User", "changing a password"),
        ("User", "username changes"),
    ];
    assert_eq!(marked, expected);
}

#[test]
fn search_and_account_settings_are_given_as_sentences() {
    let search = application("Search").entity("Search").unwrap();
    let known: Vec<_> = search.activities.iter().map(|activity| (activity.name.as_str(), activity.effect)).collect();
    let expected = [
        ("Delete recordings", Some(Effect::Change)),
        ("Search contact", Some(Effect::Read)),
        ("Search contacts query", Some(Effect::Read)),
        ("Search query", Some(Effect::Read)),
        ("Share contact", None),
        ("Share interaction", None),
    ];
    assert_eq!(known, expected);
    let settings = given([], ["AccountSettings"]);
    assert_eq!(values(Catalogue::embedded(), Field::Activity, &settings), ["updateTenantProperty"]);
}

#[test]
fn a_label_of_the_vendors_is_its_name_with_the_words_apart() {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let vendors = Catalogue::embedded().restricted_to(&vendors().into_iter().map(|application| application.name.clone()).collect());
    let own = &application("Rollcall").entities;
    for entity in entities(&vendors).into_iter().filter(|entity| !own.contains(entity)) {
        let labels = entity.activities.iter().map(|activity| (&activity.name, &activity.label)).chain([(&entity.name, &entity.label)]);
        for (name, label) in labels {
            assert!(label.as_deref().is_none_or(|label| letters(label) == letters(name)), "{name}");
        }
    }
}

#[test]
fn rollcalls_own_record_is_in_the_catalogue_as_its_own() {
    let own = application("Rollcall");
    assert_eq!(own.product.as_deref(), Some("Rollcall"));
    let accounts = ["User", "Security Profile", "Settings"];
    let delivery = ["Export Task", "Schedule", "Schedule Run", "Destination", "Webhook", "Job"];
    let kept = ["Legal Hold", "Retention", "API Key", "Source"];
    let reports = ["Report", "Saved Report", "Agent", "Catalogue Entry", "Application"];
    let expected: Vec<_> = reports.into_iter().chain(accounts).chain(delivery).chain(kept).collect();
    assert_eq!(names(&own.entities), expected);
    assert_eq!(activity("Rollcall", "Report", "Export").effect, Some(Effect::Read));
    assert_eq!(activity("Rollcall", "Saved Report", "Unpublished").effect, Some(Effect::Change));
    assert_eq!(activity("Rollcall", "Application", "Switched On").effect, Some(Effect::Change));
    assert!(own.entities.iter().all(|entity| entity.placed == Some(Origin::Documented)));
}

// What a reader can pick.

#[test]
fn applications_are_all_offered_with_their_other_names() {
    let known = Catalogue::embedded().values(Field::Application, &given(["QM"], []));
    assert_eq!(known.len(), 17, "sixteen, and Rollcall");
    assert_eq!(known[0], Known { value: "Analytics".into(), label: Some("Interaction Analytics".into()), origin: Origin::Documented });
    let offered: Vec<_> = known.iter().map(|known| known.value.to_lowercase()).collect();
    assert!(offered.is_sorted(), "{offered:?}");
}

#[test]
fn an_application_narrows_its_entities_and_both_narrow_the_activities() {
    let catalogue = Catalogue::embedded();
    let qm = given(["QM"], []);
    assert_eq!(values(catalogue, Field::Entity, &qm), ["Evaluation Entity", "Evaluation Form", "Quality Plan"]);
    assert_eq!(values(catalogue, Field::Activity, &qm), ["activated", "deactivated", "deleted"]);

    let example = given(["Interaction Analytics"], ["Chat"]);
    let viewed = Known { value: "Interaction Viewed".into(), label: None, origin: Origin::Documented };
    assert_eq!(catalogue.values(Field::Activity, &example), [viewed]);
    assert!(values(catalogue, Field::Activity, &given(["QM"], ["Chat"])).is_empty());

    let two = given(["WFM", "Search"], []);
    assert_eq!(values(catalogue, Field::Entity, &two), ["Employee Allotment", "Search", "Time-Off Rule", "Time-Off Settings"]);
    assert!(values(catalogue, Field::Entity, &given(["Data Policies"], [])).is_empty(), "which group is its own is not certain");
}

#[test]
fn unassigned_entities_are_offered_where_no_application_is_given() {
    let catalogue = Catalogue::embedded();
    let anything = given([], []);
    assert!(values(catalogue, Field::Entity, &anything).contains(&"Journey".to_owned()));
    assert!(values(catalogue, Field::Activity, &anything).contains(&"updateTenantProperty".to_owned()));
    assert_eq!(values(catalogue, Field::Activity, &given([], ["Evaluation Form"])), ["activated", "deactivated", "deleted"]);
    for application in vendors() {
        let offered = values(catalogue, Field::Entity, &given([&application.name], []));
        assert!(!offered.contains(&"Journey".to_owned()), "{}", application.name);
    }
}

#[test]
fn that_an_entity_is_the_applications_is_as_certain_as_its_place() {
    let catalogue = Catalogue::embedded();
    let plan = |given| value(catalogue, Field::Entity, &given, "Quality Plan").origin;
    assert_eq!(plan(given([], [])), Origin::Documented, "the page has the name");
    assert_eq!(plan(given(["QM"], [])), Origin::Inferred, "but not that it is of QM");
    assert_eq!(value(catalogue, Field::Activity, &given(["WFM"], []), "Edited").origin, Origin::Inferred);
}

#[test]
fn a_value_of_several_entities_is_offered_once_as_the_most_certain() {
    let viewed = value(Catalogue::embedded(), Field::Activity, &given(["Analytics"], []), "Interaction Viewed");
    assert_eq!(viewed.origin, Origin::Documented, "of Chat it is documented, of the others inferred");
    let all = values(Catalogue::embedded(), Field::Entity, &given([], []));
    assert_eq!(all.iter().filter(|entity| *entity == "User").count(), 1);
    assert_eq!(value(Catalogue::embedded(), Field::Entity, &given([], []), "MRS_Rule").label.as_deref(), Some("MRS rule"));
}

// What a tenant has, and adds.

#[test]
fn a_tenant_switches_on_the_applications_that_it_has() {
    let catalogue = Catalogue::embedded().restricted_to(&texts(["QM", "Workforce Management", "unheard of"]));
    assert_eq!(values(&catalogue, Field::Application, &given([], [])), ["QM", "Rollcall", "WFM"]);
    assert_eq!(catalogue.unassigned(), Catalogue::embedded().unassigned(), "they may be of one that is on");

    let none = Catalogue::embedded().restricted_to(&BTreeSet::new());
    assert_eq!(values(&none, Field::Application, &given([], [])), ["Rollcall"]);
    assert!(none.unassigned().is_empty());
    assert_eq!(none.products().len(), 1);
}

#[test]
fn what_a_tenant_adds_joins_what_is_there() {
    let seen = [
        observed("QM", "Evaluation Form", "Published"),
        observed("Data Policies", "Policy", "Updated"),
        observed("Billing", "Invoice", "Sent"),
    ];
    let catalogue = Catalogue::embedded().extended(seen).unwrap();
    assert_eq!(values(&catalogue, Field::Activity, &given(["QM"], [])), ["activated", "deactivated", "deleted", "Published"]);
    assert_eq!(value(&catalogue, Field::Activity, &given(["QM"], []), "Published").origin, Origin::Observed);
    let form = catalogue.application("QM").unwrap().entity("Evaluation Form").unwrap();
    assert_eq!((form.origin, form.placed), (Origin::Documented, Some(Origin::Observed)), "seen there, so no longer inferred");
    assert_eq!(values(&catalogue, Field::Entity, &given(["Data Policies"], [])), ["Policy"]);
    assert_eq!(values(&catalogue, Field::Activity, &given(["Billing"], ["Invoice"])), ["Sent"]);
    assert_eq!(catalogue.unassigned(), Catalogue::embedded().unassigned(), "also the group with Policy");
    assert_eq!(catalogue.application("Billing").unwrap().product, None);
}

#[test]
fn what_the_catalogue_says_already_stays() {
    let mut entry = observed("STORAGE", "MRS_Settings", "PutMRSSettings");
    entry.label = Some("Settings changed".to_owned());
    entry.effect = Some(Effect::Read);
    let mut words = observed("Extract Data APIs", "SM-01", "Extracted");
    words.effect = Some(Effect::Read);
    let title = Entry { entity: None, activity: None, label: Some("Extraction".to_owned()), ..words.clone() };
    let label = Entry { activity: None, effect: None, label: Some("Our export".to_owned()), ..words.clone() };
    let catalogue = Catalogue::embedded().extended([entry, words, title, label]).unwrap();

    let put = catalogue.application("STORAGE").unwrap().entity("MRS_Settings").unwrap().activity("PutMRSSettings").unwrap();
    assert_eq!(put, activity("STORAGE", "MRS_Settings", "PutMRSSettings"));
    let extract = catalogue.application("Extraction").unwrap();
    assert_eq!(extract.name, "Extract Data APIs");
    let entity = extract.entity("SM-01").unwrap();
    assert_eq!(entity.label.as_deref(), Some("Our export"));
    assert_eq!(entity.activity("Extracted").unwrap().effect, Some(Effect::Read));
}

#[test]
fn an_activity_that_was_seen_is_spelt_as_it_was_seen() {
    let catalogue = Catalogue::embedded().extended([observed("QM", "Evaluation Form", "activated")]).unwrap();
    let activated = catalogue.application("QM").unwrap().entity("Evaluation Form").unwrap().activity("activated").unwrap();
    assert_eq!((activated.prose, activated.origin, activated.effect), (false, Origin::Documented, Some(Effect::Change)));
}

#[test]
fn an_entity_without_an_application_is_in_a_group_of_the_tenants_own() {
    let entry = Entry { application: None, ..observed("", "Door", "Opened") };
    let catalogue = Catalogue::embedded().extended([entry]).unwrap().restricted_to(&BTreeSet::new());
    assert_eq!(names(&catalogue.unassigned()[0].entities), ["Door"]);
    assert_eq!(values(&catalogue, Field::Activity, &given([], ["Door"])), ["Opened"]);
}

#[test]
fn an_extension_that_makes_no_sense_is_refused() {
    let extended = |entries: Vec<Entry>| Catalogue::embedded().extended(entries).unwrap_err();
    let sent = observed("Billing", "Invoice", "Sent");
    assert_eq!(extended(vec![sent.clone(), sent.clone()]), InvalidCatalogue::Twice("Billing / Invoice / Sent".into()));
    assert!(matches!(extended(vec![observed("Billing", " ", "Sent")]), InvalidCatalogue::Empty(_)));
    assert!(matches!(extended(vec![Entry { label: Some(String::new()), ..sent.clone() }]), InvalidCatalogue::Empty(_)));
    let without_entity = Entry { entity: None, ..sent.clone() };
    assert_eq!(extended(vec![without_entity]), InvalidCatalogue::WithoutEntity("Billing / Sent".into()));
    let nothing = Entry { application: None, entity: None, activity: None, ..sent };
    assert_eq!(extended(vec![nothing]), InvalidCatalogue::Nothing);
}

// The catalogue as JSON.

#[test]
fn json_there_and_back_is_the_same_catalogue() {
    let catalogue = Catalogue::embedded().extended([observed("Billing", "Invoice", "Sent")]).unwrap();
    let json = serde_json::to_string(&catalogue).unwrap();
    assert_eq!(serde_json::from_str::<Catalogue>(&json).unwrap(), catalogue);
}

#[test]
fn a_catalogue_with_an_entry_twice_is_refused() {
    let refused = |json: &str, why: &str| {
        let error = serde_json::from_str::<Catalogue>(json).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    let application = |entities: &str| format!(r#"{{"name":"A","origin":"documented","entities":[{entities}]}}"#);
    let entity = |activities: &str| format!(r#"{{"name":"E","origin":"documented","placed":"inferred","activities":[{activities}]}}"#);
    let activity = r#"{"name":"Viewed","origin":"documented"}"#;
    let catalogue = |applications: &[String]| format!(r#"{{"applications":[{}]}}"#, applications.join(","));

    assert!(serde_json::from_str::<Catalogue>(&catalogue(&[application(&entity(activity))])).is_ok());
    refused(&catalogue(&[application(""), application("")]), "\"A\" is there twice");
    refused(&catalogue(&[application(&[entity(""), entity("")].join(","))]), "\"A / E\" is there twice");
    refused(&catalogue(&[application(&entity(&[activity, activity].join(",")))]), "\"A / E / Viewed\" is there twice");
    refused(&catalogue(&[application(&entity(activity).replace(r#""origin":"documented","placed""#, r#""placed""#))]), "origin");
    refused(&catalogue(&[application(&entity("").replace(r#""placed":"inferred","#, ""))]), "placed");
    refused(&catalogue(&[application("").replace(r#""name":"A""#, r#""name":"A","product":"P""#)]), "among the products");
    let group = r#"{"group":3,"entities":[]}"#;
    refused(&format!(r#"{{"unassigned":[{group},{group}]}}"#), "\"group 3\" is there twice");
}

// The document.

fn document() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/catalogue.md")).unwrap()
}

#[test]
fn the_document_has_rollcalls_own_names() {
    let document = document();
    for entity in &application("Rollcall").entities {
        let activities: Vec<_> = entity.activities.iter().map(|activity| format!("`{}`", activity.name)).collect();
        let row = document.lines().find(|line| line.starts_with(&format!("| `{}`", entity.name))).unwrap();
        assert!(row.ends_with(&format!("| {} |", activities.join(", "))), "{row}");
    }
}

#[test]
fn the_document_lists_the_applications() {
    let mut table = String::from("| application | its other name | group | entities |\n| --- | --- | --- | --- |\n");
    for application in Catalogue::embedded().applications() {
        let title = application.title.as_deref().unwrap_or("");
        let group = application.group.map(|number| number.to_string()).unwrap_or_default();
        let count = if application.entities.is_empty() { String::new() } else { application.entities.len().to_string() };
        writeln!(table, "| {} | {title} | {group} | {count} |", application.name).unwrap();
    }
    let document = document();
    assert!(document.contains(&table), "docs/catalogue.md has another table; expected\n{table}");
}
