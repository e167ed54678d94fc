//! Mail, on a real SMTP server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rollcall_delivery::destinations::Parcel;
use rollcall_model::TenantId;
use rollcall_test_smtp::{Protection, SmtpServer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Bench, SCHEDULE, steps};

const ACCOUNT: (&str, &str) = ("rollcall", "pa55-wörd:+/");

fn config(server: &SmtpServer, security: &str, more: &Value) -> Value {
    let mut config = json!({
        "host": "localhost", "port": server.port, "security": security, "from": "Rollcall <rollcall@example.com>",
        "to": ["team@example.com", "Öst <ost@example.com>"], "reply_to": "help@example.com", "ca_certificate": server.authority,
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let headers = mail["headers"].as_array().unwrap();
    let found: Vec<&str> = headers.iter().filter(|header| header[0] == name).map(|header| header[1].as_str().unwrap()).collect();
    assert_eq!(found.len(), 1, "{name}: {headers:?}");
    found[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_comes_as_an_attachment_over_tls_from_whoever_has_signed_in() {
    let (bench, tenant) = (Bench::new().await, TenantId::default());
    for (protection, security) in [(Protection::Starttls, "starttls"), (Protection::Implicit, "implicit_tls")] {
        let mut server = SmtpServer::start(protection, Some(ACCOUNT), None);
        let id = bench.destination("smtp", &config(&server, security, &json!({"username": ACCOUNT.0})), Some(ACCOUNT.1)).await;
        // Line ends of every kind, and bytes that are no text.
        let content = [b"\xef\xbb\xbfagent,\xc3\xb6\r\na\nb\r.\r\n..\r\n".as_slice(), &[0, 255, 13, 10, 46, 13, 10]].concat();
        let delivered = bench.delivery.deliver(&tenant, id, &bench.parcel(&content)).await.unwrap();
        assert!(delivered.place.starts_with("team@example.com"), "{}", delivered.place);
        let mail = server.mail();
        assert_eq!(mail["tls"], true);
        assert_eq!(mail["signed_in"], true);
        assert_eq!(
            (&mail["mail_from"], &mail["rcpt_tos"]),
            (&json!("rollcall@example.com"), &json!(["team@example.com", "ost@example.com"]))
        );
        assert_eq!(header(&mail, "Subject"), "Nattskift Öst: 14 April 2026");
        assert_eq!(header(&mail, "Reply-To"), "help@example.com");
        assert!(header(&mail, "Message-ID").ends_with(".0@example.com>"));
        header(&mail, "Date");
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains("Report: Nattskift Öst") && text.contains(&format!("2 rows, {} bytes", content.len())), "{text}");
        let attachment = &mail["attachments"][0];
        assert_eq!(attachment["name"], format!("Nattskift Öst-2026-04-15T000000-{SCHEDULE}.csv"));
        assert_eq!(attachment["media_type"], "text/csv");
        assert_eq!(STANDARD.decode(attachment["content_base64"].as_str().unwrap()).unwrap(), content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_of_a_report_makes_a_header_of_its_own() {
    let (bench, tenant) = (Bench::new().await, TenantId::default());
    let mut server = SmtpServer::start(Protection::None, None, None);
    let id = bench.destination("smtp", &config(&server, "none", &json!({})), None).await;
    let name = "x\r\nBcc: evil@example.com\r\n\r\nhello\u{2028}".to_owned();
    let parcel = Parcel {
        report_name: name.clone(),
        file_name_stem: name.clone(),
        range_words: name.clone(),
        missing: Some(name),
        number: 1,
        restates: Some(Uuid::from_u128(1)),
        ..bench.parcel(b"one")
    };
    bench.delivery.deliver(&tenant, id, &parcel).await.unwrap();
    let mail = server.mail();
    assert!(mail["headers"].as_array().unwrap().iter().all(|header| header[0] != "Bcc"), "{mail}");
    assert_eq!(mail["rcpt_tos"].as_array().unwrap().len(), 2);
    let subject = header(&mail, "Subject");
    assert!(subject.starts_with("x Bcc: evil@example.com hello: x") && subject.ends_with("(restated) (incomplete)"), "{subject}");
    assert_eq!(mail["attachments"][0]["name"], format!("x__Bcc_ evil@example.com____hello_-2026-04-15T000000-{SCHEDULE}-restated-1.csv"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_to_attach_comes_as_a_link_or_not_at_all() {
    let (bench, tenant) = (Bench::new().await, TenantId::default());
    let mut server = SmtpServer::start(Protection::None, None, None);
    let small = bench.destination("smtp", &config(&server, "none", &json!({"max_attachment_bytes": 2})), None).await;
    let failure = bench.delivery.deliver(&tenant, small, &bench.parcel(b"one")).await.unwrap_err();
    assert_eq!((failure.failure_type.as_str(), failure.is_permanent), ("too large", true));
    assert!(failure.reason.contains("3 bytes, and at most 2"), "{}", failure.reason);
    let link = "https://rollcall.example/runs/7".to_owned();
    let with_link = Parcel { link: Some(link.clone()), ..bench.parcel(b"one") };
    let by_link = bench.destination("smtp", &config(&server, "none", &json!({"as": "link"})), None).await;
    for id in [small, by_link] {
        bench.delivery.deliver(&tenant, id, &with_link).await.unwrap();
        let mail = server.mail();
        assert!(mail["text"].as_str().unwrap().contains(&link));
        assert_eq!(mail["attachments"], json!([]));
    }
    let failure = bench.delivery.deliver(&tenant, by_link, &bench.parcel(b"one")).await.unwrap_err();
    assert_eq!((failure.failure_type.as_str(), failure.is_permanent), ("no link", true));
    bench.delivery.send_text(&tenant, by_link, "Alert", "Something\r\nhas happened.").await.unwrap();
    let mail = server.mail();
    assert_eq!((header(&mail, "Subject"), mail["text"].as_str().unwrap().trim_end()), ("Alert", "Something\r\nhas happened."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_puts_off_is_tried_again_and_one_that_refuses_is_not() {
    let (bench, tenant) = (Bench::new().await, TenantId::default());
    for (answer, failure_type, is_permanent) in [("450 Mailbox busy", "put off", false), ("550 No such user", "refused", true)] {
        let server = SmtpServer::start(Protection::None, None, Some(answer));
        let id = bench.destination("smtp", &config(&server, "none", &json!({})), None).await;
        let failure = bench.delivery.deliver(&tenant, id, &bench.parcel(b"one")).await.unwrap_err();
        assert_eq!((failure.failure_type.as_str(), failure.is_permanent), (failure_type, is_permanent));
        assert_eq!(failure.code.as_deref(), answer.split(' ').next());
        assert!(failure.reason.contains(&answer[4..]), "{}", failure.reason);
    }
    let recorded = bench.recorded().await;
    let failures: Vec<&Value> = recorded.iter().filter(|event| event["category"] == "integration_failure").collect();
    assert_eq!((failures.len(), &failures[1]["target_kind"], &failures[1]["failure_code"]), (2, &json!("smtp"), &json!("550")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_mail_says_what_works_and_nothing_goes_unprotected() {
    let bench = Bench::new().await;
    let mut server = SmtpServer::start(Protection::Starttls, Some(ACCOUNT), None);
    let account = json!({"username": ACCOUNT.0});
    let works = bench.tested("smtp", &config(&server, "starttls", &account), Some(ACCOUNT.1)).await;
    assert_eq!(steps(&works), (vec!["name", "connection", "tls", "sign-in", "mail"], None), "{works:?}");
    assert!(header(&server.mail(), "Subject").starts_with("Test of the destination"));
    let failed_at = async |config: Value, secret: Option<&str>| {
        let tested = bench.tested("smtp", &config, secret).await;
        let (tried, failed) = steps(&tested);
        (*tried.last().unwrap(), failed.unwrap().to_owned())
    };
    let (step, words) = failed_at(config(&server, "starttls", &account), Some("wrong")).await;
    assert_eq!(step, "sign-in", "{words}");
    let mut unknown = config(&server, "starttls", &account);
    unknown.as_object_mut().unwrap().remove("ca_certificate");
    let (step, words) = failed_at(unknown, Some(ACCOUNT.1)).await;
    assert_eq!((step, words.contains("an authority that is not known here")), ("tls", true), "{words}");
    let mut other = config(&server, "starttls", &account);
    other["host"] = json!("127.0.0.1");
    let (step, words) = failed_at(other, Some(ACCOUNT.1)).await;
    assert_eq!((step, words.contains("the certificate is for another host")), ("tls", true), "{words}");
    // STARTTLS that is not offered is no reason to go without.
    let plain = SmtpServer::start(Protection::None, None, None);
    let (step, words) = failed_at(config(&plain, "starttls", &json!({})), None).await;
    assert_eq!((step, words.contains("does not offer STARTTLS")), ("tls", true), "{words}");
    let mut outside = config(&plain, "none", &json!({}));
    outside["host"] = json!("192.0.2.1");
    let (step, words) = failed_at(outside, None).await;
    assert_eq!((step, words.contains("unprotected")), ("tls", true), "{words}");
    let mut nowhere = config(&plain, "none", &json!({}));
    nowhere["host"] = json!("no-such-host.invalid");
    assert_eq!(failed_at(nowhere, None).await.0, "name");
}
