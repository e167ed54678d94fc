//! How a destination is reached, and with which secret.

use rollcall_model::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Largest configuration, in bytes. The record of a change holds two.
const MAX_CONFIG_BYTES: usize = 32 * 1024;
/// Longest secret, in bytes.
const MAX_SECRET_BYTES: usize = 16 * 1024;
/// Largest attachment unless configured otherwise.
const ATTACHMENT_BYTES: u64 = 20 * 1024 * 1024;
/// Largest attachment that can be configured.
const MAX_ATTACHMENT_BYTES: u64 = 100 * 1024 * 1024;
/// Largest file that stands in a webhook's body, unless configured otherwise.
const INLINE_BYTES: u64 = 1024 * 1024;
/// Largest that can be configured.
const MAX_INLINE_BYTES: u64 = 16 * 1024 * 1024;
/// Most receivers of a mail.
const MAX_RECEIVERS: usize = 100;

/// A kind of destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder of the server.
    Folder,
    /// A bucket that speaks S3.
    S3,
    /// Mail.
    Smtp,
    /// A call.
    Webhook,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Folder, Kind::S3, Kind::Smtp, Kind::Webhook];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Folder => "folder",
            Kind::S3 => "s3",
            Kind::Smtp => "smtp",
            Kind::Webhook => "webhook",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
            let got: String = name.chars().take(64).collect();
            DeliveryError::invalid("kind", format!("expected one of {}; got {got:?}", Self::ALL.map(Kind::as_str).join(", ")))
        })
    }
}

/// How a destination is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Config {
    /// A folder.
    Folder(FolderConfig),
    /// A bucket.
    S3(S3Config),
    /// Mail.
    Smtp(SmtpConfig),
    /// A call.
    Webhook(WebhookConfig),
}

/// A folder of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// Absolute path.
    pub path: String,
}

/// A bucket that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// Its name.
    pub bucket: String,
    /// Its region.
    #[serde(default = "first_region")]
    pub region: String,
    /// The address of a server other than Amazon's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Where the bucket's name stands in addresses; in the path if there is an endpoint, else in the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addressing: Option<Addressing>,
    /// Whether the endpoint may be one without TLS.
    #[serde(default)]
    pub allow_http: bool,
    /// Id of the key whose secret is kept.
    pub access_key_id: String,
    /// With what keys of objects begin.
    #[serde(default)]
    pub prefix: String,
    /// How the server is to encrypt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_side_encryption: Option<Encryption>,
    /// With which key of the key service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// Certificates of authorities that are believed beside the system's, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<String>,
}

fn first_region() -> String {
    "us-east-1".to_owned()
}

/// Where a bucket's name stands in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressing {
    /// In the path.
    Path,
    /// In the host.
    VirtualHost,
}

/// How a bucket's server encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encryption {
    /// With keys of its own.
    #[serde(rename = "AES256")]
    Aes256,
    /// With a key of its key service.
    #[serde(rename = "aws:kms")]
    Kms,
}

/// Mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// The server.
    pub host: String,
    /// Its port; 587, 465 with implicit TLS, 25 without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// Whether mail and password may go unprotected to any server.
    #[serde(default)]
    pub allow_unprotected: bool,
    /// Account, whose password is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The sender.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// How the file comes.
    #[serde(default, rename = "as")]
    pub form: MailForm,
    /// Largest attachment.
    #[serde(default = "attachment_bytes")]
    pub max_attachment_bytes: u64,
    /// Certificates of authorities that are believed beside the system's, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<String>,
}

fn attachment_bytes() -> u64 {
    ATTACHMENT_BYTES
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// TLS after the first words; without it nothing is said.
    #[default]
    Starttls,
    /// TLS from the beginning.
    ImplicitTls,
    /// Not at all.
    None,
}

/// How a file comes by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailForm {
    /// In the mail.
    #[default]
    Attachment,
    /// By the address where it can be fetched.
    Link,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Its address.
    pub url: String,
    /// Whether it may be one without TLS, in networks that the operator allows.
    #[serde(default)]
    pub allow_http: bool,
    /// Largest file that stands in the body.
    #[serde(default = "inline_bytes")]
    pub inline_limit_bytes: u64,
}

fn inline_bytes() -> u64 {
    INLINE_BYTES
}

impl SmtpConfig {
    /// The port that is spoken to.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Starttls => 587,
            Security::ImplicitTls => 465,
            Security::None => 25,
        })
    }
}

impl S3Config {
    /// Where the bucket's name stands in addresses.
    pub(crate) fn addressing(&self) -> Addressing {
        self.addressing.unwrap_or(if self.endpoint.is_some() { Addressing::Path } else { Addressing::VirtualHost })
    }
}

impl Config {
    /// Reads what somebody has written.
    pub fn parse(kind: Kind, config: Value) -> Result<Self> {
        let length = config.to_string().len();
        if length > MAX_CONFIG_BYTES {
            return Err(invalid("", format!("expected at most {MAX_CONFIG_BYTES} bytes; got {length}")));
        }
        let wrong = |error: serde_json::Error| invalid("", format!("expected the configuration of the kind {}: {error}", kind.as_str()));
        let config = match kind {
            Kind::Folder => Config::Folder(serde_json::from_value(config).map_err(wrong)?),
            Kind::S3 => Config::S3(serde_json::from_value(config).map_err(wrong)?),
            Kind::Smtp => Config::Smtp(serde_json::from_value(config).map_err(wrong)?),
            Kind::Webhook => Config::Webhook(serde_json::from_value(config).map_err(wrong)?),
        };
        config.check()?;
        Ok(config)
    }

    /// Reads what is stored.
    pub(crate) fn stored(kind: &str, config: &str) -> Result<Self> {
        let parsed = serde_json::from_str(config).map_err(|error| invalid("", error.to_string()))?;
        Self::parse(Kind::parse(kind)?, parsed)
    }

    /// Which kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            Config::Folder(_) => Kind::Folder,
            Config::S3(_) => Kind::S3,
            Config::Smtp(_) => Kind::Smtp,
            Config::Webhook(_) => Kind::Webhook,
        }
    }

    /// As it is stored and told.
    pub fn to_json(&self) -> Value {
        let told = match self {
            Config::Folder(config) => serde_json::to_value(config),
            Config::S3(config) => serde_json::to_value(config),
            Config::Smtp(config) => serde_json::to_value(config),
            Config::Webhook(config) => serde_json::to_value(config),
        };
        told.unwrap_or_default()
    }

    fn check(&self) -> Result<()> {
        match self {
            Config::Folder(config) => config.check(),
            Config::S3(config) => config.check(),
            Config::Smtp(config) => config.check(),
            Config::Webhook(config) => config.check(),
        }
    }

    /// Refuses a secret that is missing, or for nothing.
    pub(crate) fn check_secret(&self, has_secret: bool) -> Result<()> {
        let needed = match self {
            Config::Folder(_) => None,
            Config::S3(config) => Some(format!("the secret of the access key {:?}", config.access_key_id)),
            Config::Smtp(config) => config.username.as_ref().map(|username| format!("the password of {username:?}")),
            Config::Webhook(_) => Some("the signing secret, whsec_ and 24 to 64 bytes in base64".to_owned()),
        };
        match (needed, has_secret) {
            (Some(needed), false) => Err(DeliveryError::invalid("secret", format!("expected {needed}; got none"))),
            (None, true) => Err(DeliveryError::invalid("secret", "expected none, for nothing here needs one; leave it out".to_owned())),
            _ => Ok(()),
        }
    }
}

impl FolderConfig {
    fn check(&self) -> Result<()> {
        let path = std::path::Path::new(&self.path);
        let climbs = path.components().any(|part| matches!(part, std::path::Component::ParentDir | std::path::Component::CurDir));
        if !path.is_absolute() || climbs || self.path.contains(char::is_control) {
            return Err(invalid("path", "expected an absolute path without .. in it".to_owned()));
        }
        Ok(())
    }
}

impl S3Config {
    fn check(&self) -> Result<()> {
        let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_');
        if !(3..=63).contains(&self.bucket.len()) || !self.bucket.chars().all(is_name) || self.bucket.starts_with(['.', '-']) {
            return Err(invalid("bucket", "expected 3 to 63 letters, digits, dots and hyphens".to_owned()));
        }
        if self.region.is_empty() || self.region.len() > 64 || !self.region.chars().all(is_name) {
            return Err(invalid("region", "expected the name of a region, such as eu-north-1".to_owned()));
        }
        if !(1..=256).contains(&self.access_key_id.len()) || !self.access_key_id.chars().all(|char| char.is_ascii_graphic()) {
            return Err(invalid("access_key_id", "expected the id of an access key, in visible ASCII characters".to_owned()));
        }
        if self.prefix.len() > 400
            || self.prefix.contains(char::is_control)
            || self.prefix.split('/').any(|part| part == "." || part == "..")
        {
            return Err(invalid(
                "prefix",
                "expected at most 400 bytes, no control characters, and neither . nor .. between slashes".to_owned(),
            ));
        }
        if let Some(endpoint) = &self.endpoint {
            let url = address("endpoint", endpoint)?;
            if url.scheme() == "http" && !self.allow_http {
                return Err(invalid("endpoint", "expected https; http sends reports unprotected, and needs allow_http".to_owned()));
            }
            if url.path() != "/" || url.query().is_some() {
                return Err(invalid("endpoint", "expected scheme, host and port alone; the bucket is named in bucket".to_owned()));
            }
        }
        if self.kms_key_id.is_some() && self.server_side_encryption != Some(Encryption::Kms) {
            return Err(invalid("kms_key_id", "expected with server_side_encryption aws:kms alone".to_owned()));
        }
        if self.kms_key_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 2_048 || !id.chars().all(|char| char.is_ascii_graphic())) {
            return Err(invalid("kms_key_id", "expected the id of a key, in visible ASCII characters".to_owned()));
        }
        check_certificates(self.ca_certificate.as_deref())
    }
}

impl SmtpConfig {
    fn check(&self) -> Result<()> {
        let is_host = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | ':');
        if self.host.is_empty() || self.host.len() > 255 || !self.host.chars().all(is_host) {
            return Err(invalid("host", "expected the name or address of a server, without a port".to_owned()));
        }
        if self.username.as_ref().is_some_and(|name| name.is_empty() || name.len() > 256 || name.contains(char::is_control)) {
            return Err(invalid("username", "expected 1 to 256 characters, none of them a control character".to_owned()));
        }
        if self.security == Security::None && self.username.is_some() && !self.allow_unprotected {
            let reason = "expected starttls or implicit_tls, for the password would go unprotected; or allow_unprotected";
            return Err(invalid("security", reason.to_owned()));
        }
        mailbox("from", &self.from)?;
        if let Some(reply_to) = &self.reply_to {
            mailbox("reply_to", reply_to)?;
        }
        if self.to.is_empty() || self.to.len() > MAX_RECEIVERS {
            return Err(invalid("to", format!("expected 1 to {MAX_RECEIVERS} addresses; got {}", self.to.len())));
        }
        for (index, to) in self.to.iter().enumerate() {
            mailbox(&format!("to[{index}]"), to)?;
        }
        if !(1..=MAX_ATTACHMENT_BYTES).contains(&self.max_attachment_bytes) {
            return Err(invalid("max_attachment_bytes", format!("expected 1 to {MAX_ATTACHMENT_BYTES}")));
        }
        check_certificates(self.ca_certificate.as_deref())
    }
}

impl WebhookConfig {
    fn check(&self) -> Result<()> {
        if address("url", &self.url)?.scheme() == "http" && !self.allow_http {
            return Err(invalid("url", "expected https; http sends reports unprotected, and needs allow_http".to_owned()));
        }
        if self.inline_limit_bytes > MAX_INLINE_BYTES {
            return Err(invalid("inline_limit_bytes", format!("expected at most {MAX_INLINE_BYTES}")));
        }
        Ok(())
    }
}

/// A mailbox, with or without a name.
fn mailbox(field: &str, text: &str) -> Result<lettre::message::Mailbox> {
    let parsed = text.parse().ok().filter(|_| !text.contains(char::is_control) && text.len() <= 320);
    parsed.ok_or_else(|| invalid(field, format!("expected a mail address, such as reports@example.com; got {:?}", shortened(text))))
}

/// An address of the web, without a password in it.
fn address(field: &str, text: &str) -> Result<Url> {
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = parsed.ok_or_else(|| invalid(field, "expected an address that begins with https://".to_owned()))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(invalid(field, "expected an address without account, password and fragment".to_owned()));
    }
    Ok(url)
}

fn check_certificates(pem: Option<&str>) -> Result<()> {
    let Some(pem) = pem else { return Ok(()) };
    let is_there = reqwest::Certificate::from_pem_bundle(pem.as_bytes()).is_ok_and(|certificates| !certificates.is_empty());
    if is_there {
        Ok(())
    } else {
        Err(invalid("ca_certificate", "expected certificates in PEM, -----BEGIN CERTIFICATE----- first".to_owned()))
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

fn invalid(field: &str, reason: String) -> DeliveryError {
    let field = if field.is_empty() { "config".to_owned() } else { format!("config.{field}") };
    DeliveryError::invalid(field, reason)
}

/// What only Rollcall and the destination know. It is told to nobody.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "SecretForm")]
pub struct Secret {
    /// Secret of the access key, password, or signing secret.
    pub(crate) text: Zeroizing<String>,
    /// The token that goes with a key for a while.
    pub(crate) session_token: Option<Zeroizing<String>>,
}

/// How a secret is written: a text, or, with a session token, an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum SecretForm {
    Text(String),
    Parts { secret_access_key: String, session_token: Option<String> },
}

impl From<SecretForm> for Secret {
    fn from(form: SecretForm) -> Self {
        match form {
            SecretForm::Text(text) => Secret { text: text.into(), session_token: None },
            SecretForm::Parts { secret_access_key: text, session_token } => {
                Secret { text: text.into(), session_token: session_token.map(Zeroizing::new) }
            }
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Refuses one that can't be right.
    pub(crate) fn check(&self, kind: Kind) -> Result<()> {
        let wrong = |reason: &str| Err(DeliveryError::invalid("secret", reason.to_owned()));
        let parts = [Some(&self.text), self.session_token.as_ref()];
        if parts.into_iter().flatten().any(|part| part.is_empty() || part.len() > MAX_SECRET_BYTES || part.contains(char::is_control)) {
            return wrong("expected a secret without control characters, at most 16 KiB");
        }
        if self.session_token.is_some() && kind != Kind::S3 {
            return wrong("expected a text; a session token goes with buckets alone");
        }
        if kind == Kind::Webhook {
            crate::webhooks::secret::Secret::parse(&self.text)?;
        }
        Ok(())
    }
}

/// What a secret is bound to where it is stored.
fn purpose(tenant: &TenantId, id: Uuid) -> String {
    format!("secret of destination {id} of {tenant}")
}

impl Delivery {
    /// A secret as it is stored.
    pub(crate) fn seal_secret(&self, tenant: &TenantId, id: Uuid, secret: &Secret) -> Result<Vec<u8>> {
        let token = secret.session_token.as_ref().map(|token| token.as_str());
        let text = serde_json::json!({"secret_access_key": secret.text.as_str(), "session_token": token}).to_string();
        Ok(self.access.seal(&purpose(tenant, id), Zeroizing::new(text).as_bytes())?)
    }

    /// A secret that is stored.
    pub(crate) fn open_secret(&self, tenant: &TenantId, id: Uuid, sealed: Option<&[u8]>) -> Result<Option<Secret>> {
        let Some(sealed) = sealed else { return Ok(None) };
        let text = Zeroizing::new(self.access.open(&purpose(tenant, id), sealed)?);
        let secret = serde_json::from_slice(&text);
        secret.map(Some).map_err(|_| DeliveryError::invalid("secret", "the stored secret can't be read; give it anew".to_owned()))
    }
}
