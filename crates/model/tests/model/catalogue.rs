//! The activity catalogue: what is in it, and how each entry is known.

use rollcall_model::Effect;
use rollcall_model::catalogue::{Activity, Application, Catalogue, Entity, Origin};

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
    assert_eq!(names(&own.entities), ["Report", "Saved Report", "Agent", "API Key", "Source"]);
    assert_eq!(activity("Rollcall", "Report", "Export").effect, Some(Effect::Read));
    assert_eq!(activity("Rollcall", "Saved Report", "Unpublished").effect, Some(Effect::Change));
    assert!(own.entities.iter().all(|entity| entity.placed == Some(Origin::Documented)));
}

// The catalogue as JSON.

#[test]
fn json_there_and_back_is_the_same_catalogue() {
    let json = serde_json::to_string(Catalogue::embedded()).unwrap();
    assert_eq!(serde_json::from_str::<Catalogue>(&json).unwrap(), *Catalogue::embedded());
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
