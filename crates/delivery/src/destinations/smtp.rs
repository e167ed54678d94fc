//! Mail.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Message, transport};
use uuid::Uuid;

use super::config::{MailForm, Secret, Security, SmtpConfig};
use super::deliver::off_async_threads;
use super::folder::lost;
use super::names;
use super::parcel::{Delivered, DeliveryFailure, Parcel};
use super::reach::{self, CONNECT, is_inner, of_tls};
use super::s3::resolved;
use super::steps::Steps;

/// How long a server may take for each of the first words.
const WORD: Duration = Duration::from_secs(30);
/// How long it may take for a mail with all its bytes.
const SEND: Duration = Duration::from_secs(300);
/// Most characters of what a server says.
const MAX_SAID: usize = 300;
/// Most characters of a subject.
const MAX_SUBJECT: usize = 200;

/// A mail that is to be sent.
#[derive(Debug, Clone)]
pub(super) struct Mail {
    pub(super) subject: String,
    pub(super) text: String,
    /// What makes its id, by which a mail that comes a second time is known.
    pub(super) id: String,
    pub(super) attachment: Option<(String, &'static str, Vec<u8>)>,
}

/// Sends a parcel, or where it can be fetched.
pub(super) async fn put(config: &SmtpConfig, secret: Option<&Secret>, parcel: &Parcel) -> Result<Delivered, DeliveryFailure> {
    let is_attached = attaches(config, parcel)?;
    let name = names::file_name(parcel, 1);
    let attachment = if is_attached {
        let content = tokio::fs::read(&parcel.file).await.map_err(|error| lost(&parcel.file, &error))?;
        Some((name, parcel.media_type, content))
    } else {
        None
    };
    let id = format!("{}.{}", parcel.run_id, parcel.number);
    let mail = Mail { subject: subject(parcel), text: text(parcel, is_attached), id, attachment };
    send(config, secret, mail).await
}

/// Whether a parcel is attached; if not, there is a link.
fn attaches(config: &SmtpConfig, parcel: &Parcel) -> Result<bool, DeliveryFailure> {
    let fits = parcel.bytes <= config.max_attachment_bytes;
    match (config.form, &parcel.link) {
        (MailForm::Attachment, _) if fits => Ok(true),
        (_, Some(_)) => Ok(false),
        (MailForm::Attachment, None) => Err(DeliveryFailure::permanent(
            "too large",
            format!(
                "the file has {} bytes, and at most {} are attached (max_attachment_bytes); there is no link to send in its place, for \
                 public_url is not configured",
                parcel.bytes, config.max_attachment_bytes
            ),
        )),
        (MailForm::Link, None) => Err(DeliveryFailure::permanent(
            "no link",
            "a link was to be sent, and there is none, for public_url is not configured".to_owned(),
        )),
    }
}

/// Sends a mail to all receivers of a destination.
pub(super) async fn send(config: &SmtpConfig, secret: Option<&Secret>, mail: Mail) -> Result<Delivered, DeliveryFailure> {
    send_step_by_step(config, secret, mail, &mut Steps::default()).await
}

/// Tries a mail server, step by step, with a mail that says so.
pub(super) async fn test(
    config: &SmtpConfig,
    secret: Option<&Secret>,
    name: &str,
    steps: &mut Steps,
) -> Result<Delivered, DeliveryFailure> {
    let mail = Mail {
        subject: single_line(&format!("Test of the destination {name}")),
        text: format!("This is a test of Rollcall: reports that are delivered to {name:?} come to this address.\r\n"),
        id: format!("{}.test", Uuid::now_v7()),
        attachment: None,
    };
    send_step_by_step(config, secret, mail, steps).await
}

async fn send_step_by_step(
    config: &SmtpConfig,
    secret: Option<&Secret>,
    mail: Mail,
    steps: &mut Steps,
) -> Result<Delivered, DeliveryFailure> {
    let from: Mailbox = address(&config.from)?;
    let domain = from.email.domain().to_owned();
    let id = format!("<{}@{domain}>", mail.id);
    let (built, message_id) = (config.clone(), id.clone());
    // A large attachment takes its time.
    let (envelope, bytes) = off_async_threads(move || {
        let message = message(&built, from, mail, message_id)?;
        Ok((message.envelope().clone(), message.formatted()))
    })
    .await?;
    let mut connection = connect(config, secret, steps).await?;
    let host = &config.host;
    let sent = within(SEND, host, "sending the mail", connection.send(&envelope, &bytes)).await;
    let receivers = config.to.join(", ");
    steps.step("mail", sent, |_| format!("{host} has taken a mail to {receivers}"))?;
    // It has been taken; how they part does not matter any more.
    let _ = tokio::time::timeout(WORD, connection.quit()).await;
    Ok(Delivered { place: format!("{receivers} ({id})") })
}

/// Speaks to a server, up to where it takes mails.
async fn connect(config: &SmtpConfig, secret: Option<&Secret>, steps: &mut Steps) -> Result<AsyncSmtpConnection, DeliveryFailure> {
    let host = &config.host;
    let found = reach::look_up(host).await.map_err(DeliveryFailure::from);
    let addresses = steps.step("name", found, |found| resolved(host, found))?;
    let is_unprotected = config.security == Security::None && !config.allow_unprotected;
    if is_unprotected && !addresses.iter().all(|address| is_inner(*address)) {
        let reason = format!(
            "{host} is not of the inner network, and mail would go there unprotected; choose starttls or implicit_tls, or allow_unprotected"
        );
        return steps.step("tls", Err(DeliveryFailure::permanent("unprotected", reason)), |_: &AsyncSmtpConnection| String::new());
    }
    let parameters = steps.quietly("tls", tls(config).map_err(|error| failed(host, "preparing TLS", &error)))?;
    let mut connection = open(config, &addresses, &parameters, steps).await?;
    match config.security {
        Security::None => steps.ok("tls", "no TLS: what is sent goes unprotected"),
        Security::ImplicitTls => steps.ok("tls", format!("TLS from the beginning: the certificate is that of {host}")),
        Security::Starttls => {
            let started = start_tls(host, &mut connection, parameters).await;
            steps.step("tls", started, |()| format!("STARTTLS: the certificate is that of {host}"))?;
        }
    }
    if let (Some(username), Some(secret)) = (&config.username, secret) {
        let credentials = Credentials::new(username.clone(), secret.text.to_string());
        let signed_in = within(WORD, host, "signing in", connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)).await;
        let refused = |failure: DeliveryFailure| match failure.is_permanent {
            true => DeliveryFailure { failure_type: "not signed in".to_owned(), ..failure },
            false => failure,
        };
        steps.step("sign-in", signed_in.map_err(refused), |_| format!("signed in as {username}"))?;
    }
    Ok(connection)
}

/// Opens a connection to one of a server's addresses.
async fn open(
    config: &SmtpConfig,
    addresses: &[IpAddr],
    parameters: &TlsParameters,
    steps: &mut Steps,
) -> Result<AsyncSmtpConnection, DeliveryFailure> {
    let (host, port) = (&config.host, config.port());
    let sockets: Vec<SocketAddr> = addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
    let (hello, implicit) = (ClientId::default(), (config.security == Security::ImplicitTls).then(|| parameters.clone()));
    let connecting = AsyncSmtpConnection::connect_tokio1(sockets.as_slice(), Some(CONNECT), &hello, implicit, None);
    let connected = within(CONNECT + WORD, host, "connecting", connecting).await;
    let at = if connected.as_ref().is_err_and(|failure| failure.failure_type == "tls") { "tls" } else { "connection" };
    steps.step(at, connected, |_| format!("connected to {host}, port {port}"))
}

async fn start_tls(host: &str, connection: &mut AsyncSmtpConnection, parameters: TlsParameters) -> Result<(), DeliveryFailure> {
    if !connection.can_starttls() {
        return Err(DeliveryFailure::permanent("tls", format!("{host} does not offer STARTTLS, so nothing is sent to it")));
    }
    within(WORD, host, "beginning TLS", connection.starttls(parameters, &ClientId::default())).await
}

/// Waits for a server, but not for ever.
async fn within<T>(
    limit: Duration,
    host: &str,
    doing: &str,
    speaking: impl Future<Output = Result<T, transport::smtp::Error>>,
) -> Result<T, DeliveryFailure> {
    match tokio::time::timeout(limit, speaking).await {
        Ok(outcome) => outcome.map_err(|error| failed(host, doing, &error)),
        Err(_) => Err(DeliveryFailure::transient("timeout", format!("{host}: {doing}: no answer within {} s", limit.as_secs()))),
    }
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, transport::smtp::Error> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(pem) = &config.ca_certificate {
        builder = builder.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
    }
    builder.build_rustls()
}

fn message(config: &SmtpConfig, from: Mailbox, mail: Mail, id: String) -> Result<Message, DeliveryFailure> {
    let mut builder = Message::builder().message_id(Some(id)).from(from).subject(single_line(&mail.subject)).date_now();
    for to in &config.to {
        builder = builder.to(address(to)?);
    }
    if let Some(reply_to) = &config.reply_to {
        builder = builder.reply_to(address(reply_to)?);
    }
    let text = SinglePart::plain(mail.text);
    let built = match mail.attachment {
        None => builder.singlepart(text),
        Some((name, media_type, content)) => {
            let media_type = ContentType::parse(media_type).map_err(|error| unsendable(&error))?;
            // As it is, whatever its line ends.
            let body = Body::new_with_encoding(content, ContentTransferEncoding::Base64);
            let body = body.map_err(|_| DeliveryFailure::permanent("mail", "the file can't be attached".to_owned()))?;
            builder.multipart(MultiPart::mixed().singlepart(text).singlepart(Attachment::new(name).body(body, media_type)))
        }
    };
    built.map_err(|error| unsendable(&error))
}

fn address(text: &str) -> Result<Mailbox, DeliveryFailure> {
    text.parse().map_err(|error| unsendable(&error))
}

fn unsendable(error: &dyn std::fmt::Display) -> DeliveryFailure {
    DeliveryFailure::permanent("mail", format!("no mail can be made of it: {error}"))
}

/// The subject of a parcel's mail.
fn subject(parcel: &Parcel) -> String {
    let restated = if parcel.restates.is_some() { " (restated)" } else { "" };
    let incomplete = if parcel.missing.is_some() { " (incomplete)" } else { "" };
    single_line(&format!("{}: {}{restated}{incomplete}", single_line(&parcel.report_name), single_line(&parcel.range_words)))
}

/// What a parcel's mail says.
fn text(parcel: &Parcel, is_attached: bool) -> String {
    let Parcel { report_name, range_words, rows, bytes, sha256, restates, missing, link, .. } = parcel;
    let rows = if *rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
    let mut text =
        format!("Report: {}\r\nRange: {}\r\nContent: {rows}, {bytes} bytes\r\n", single_line(report_name), single_line(range_words));
    if restates.is_some() {
        text.push_str("It is restated: events that came late have changed what was delivered before.\r\n");
    }
    if let Some(missing) = missing {
        text.push_str(&format!("Missing when it was written: {}\r\n", single_line(missing)));
    }
    text.push_str("\r\n");
    match link {
        _ if is_attached => text.push_str("The file is attached.\r\n"),
        Some(link) => text.push_str(&format!("Fetch the file here, signed in to Rollcall:\r\n{link}\r\n")),
        None => {}
    }
    text.push_str(&format!("SHA-256 of the file: {sha256}\r\n"));
    text
}

/// A text that can stand in a header: one line, of bounded length.
fn single_line(text: &str) -> String {
    let line: String =
        text.chars().map(|char| if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}') { ' ' } else { char }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_SUBJECT).collect()
}

/// What an error of the connection means.
fn failed(host: &str, doing: &str, error: &transport::smtp::Error) -> DeliveryFailure {
    if let Some(wrong) = of_tls(error) {
        return DeliveryFailure::permanent("tls", format!("{host}: {doing}: {wrong}"));
    }
    let said: String = error.to_string().chars().map(|char| if char.is_control() { ' ' } else { char }).take(MAX_SAID).collect();
    let reason = format!("{host}: {doing}: {said}");
    let failure = if error.is_permanent() || error.is_client() {
        DeliveryFailure::permanent("refused", reason)
    } else if error.is_transient() {
        DeliveryFailure::transient("put off", reason)
    } else if error.is_timeout() {
        DeliveryFailure::transient("timeout", reason)
    } else if error.is_tls() {
        DeliveryFailure::transient("tls", reason)
    } else {
        DeliveryFailure::transient("connect", reason)
    };
    failure.with_code(error.status().map(|code| code.to_string()))
}
