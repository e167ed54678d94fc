//! Which addresses are called: `https` ones, and `http` on this machine alone.

use openidconnect::url::{Host, Url};

use super::error::OpenIdError;

/// Reads the issuer's address as an administrator has set it.
pub(crate) fn issuer(text: &str) -> Result<Url, OpenIdError> {
    let refused = || OpenIdError::Address { what: "the OpenID issuer", got: text.to_owned() };
    let address = Url::parse(text).map_err(|_| refused())?;
    let plain = address.query().is_none() && address.fragment().is_none() && address.username().is_empty() && address.password().is_none();
    if plain && is_allowed(&address, true) { Ok(address) } else { Err(refused()) }
}

/// Checks an address that a provider publishes. Only a provider on this machine may lead to this machine.
pub(crate) fn check_published(what: &'static str, address: &Url, issuer: &Url) -> Result<(), OpenIdError> {
    if is_allowed(address, is_loopback(issuer)) {
        return Ok(());
    }
    Err(OpenIdError::Address { what, got: address.to_string() })
}

/// Whether the host is this machine itself.
pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_allowed(address: &Url, loopback: bool) -> bool {
    match address.scheme() {
        "https" => loopback || !is_loopback(address),
        "http" => loopback && is_loopback(address),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for good in
            ["https://id.example", "https://id.example/realms/staff", "http://127.0.0.1:80/", "http://[::1]:8080", "http://localhost"]
        {
            assert!(issuer(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "id.example",
            "http://id.example",
            "ftp://localhost",
            "http://localhost.example",
            "https://id.example?tenant=1",
            "https://id.example#x",
            "https://user:word@id.example",
        ] {
            assert!(matches!(issuer(bad), Err(OpenIdError::Address { .. })), "{bad}");
        }
    }

    #[test]
    fn a_provider_elsewhere_does_not_lead_to_this_machine_or_away_from_https() {
        let (elsewhere, here) = (url("https://id.example"), url("http://127.0.0.1:4000"));
        assert!(check_published("the keys", &url("https://keys.example/all"), &elsewhere).is_ok());
        assert!(check_published("the keys", &url("http://127.0.0.1:9000/"), &here).is_ok());
        for bad in ["http://keys.example/", "http://127.0.0.1:9000/", "https://localhost/", "https://[::1]/", "file:///etc/passwd"] {
            assert!(check_published("the keys", &url(bad), &elsewhere).is_err(), "{bad}");
        }
        assert!(check_published("the keys", &url("http://keys.example/"), &here).is_err());
    }
}
