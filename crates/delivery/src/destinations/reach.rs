//! Names of servers that are delivered to, and their addresses.
//!
//! Buckets and mail servers stand in the inner network as often as not, so its addresses are reached; not those of the link,
//! where clouds tell their machines secrets. Who sets a destination up could read what comes from there.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::parcel::DeliveryFailure;

/// How long a name may be looked up, and how long a connection may take.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// A server is not spoken to.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum NotReached {
    /// The name has no address.
    #[error("the name {0} can't be looked up: {1}")]
    NoAddress(String, String),
    /// Its addresses are none that are delivered to.
    #[error("{0} is {1}, which is an address of the link; nothing is delivered there")]
    Refused(String, IpAddr),
}

impl From<NotReached> for DeliveryFailure {
    fn from(error: NotReached) -> Self {
        match &error {
            NotReached::NoAddress(..) => DeliveryFailure::transient("dns", error.to_string()),
            NotReached::Refused(..) => DeliveryFailure::permanent("refused address", error.to_string()),
        }
    }
}

/// The addresses of a host, which may be spelt out.
pub(super) async fn look_up(host: &str) -> Result<Vec<IpAddr>, NotReached> {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let found = if let Ok(address) = host.parse::<IpAddr>() {
        vec![address]
    } else if host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost") {
        // These names are this machine's, whatever a server of names says (RFC 6761).
        vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
    } else {
        let no_address = |why: String| NotReached::NoAddress(host.to_owned(), why);
        let looking = tokio::time::timeout(CONNECT, tokio::net::lookup_host((host, 0))).await;
        let found = looking.map_err(|_| no_address(format!("no answer within {} s", CONNECT.as_secs())))?;
        found.map_err(|error| no_address(error.to_string()))?.map(|address| address.ip()).collect()
    };
    match found.iter().find(|address| is_of_the_link(**address)) {
        Some(refused) => Err(NotReached::Refused(host.to_owned(), *refused)),
        None if found.is_empty() => Err(NotReached::NoAddress(host.to_owned(), "it has no address".to_owned())),
        None => Ok(found),
    }
}

/// Judges an address of the web whose host is spelt out.
pub(super) fn look_up_literal(url: &url::Url) -> Result<(), NotReached> {
    let address = match url.host() {
        Some(url::Host::Ipv4(address)) => IpAddr::V4(address),
        Some(url::Host::Ipv6(address)) => IpAddr::V6(address),
        _ => return Ok(()),
    };
    if is_of_the_link(address) { Err(NotReached::Refused(address.to_string(), address)) } else { Ok(()) }
}

fn is_of_the_link(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local() || address.is_unspecified() || address.is_multicast() || address.is_broadcast(),
        IpAddr::V6(address) => {
            // The last is where one cloud tells its machines what it tells others at 169.254.169.254.
            let of_the_cloud = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
            address.is_unicast_link_local() || address.is_unspecified() || address.is_multicast() || address == of_the_cloud
        }
    }
}

/// Whether an address is of this machine or of an inner network.
pub(super) fn is_inner(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

/// Looks names up for a client of HTTP.
#[derive(Debug)]
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = look_up(name.as_str()).await?;
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// What is wrong with the TLS of a server, if that is what an error is about.
pub(super) fn of_tls(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()).map(|error| match error {
        rustls::Error::InvalidCertificate(wrong) => {
            let told = wrong.to_string();
            if told.contains("not valid for name") || told.contains("NotValidForName") {
                format!("the certificate is for another host: {told}")
            } else if told.contains("UnknownIssuer") {
                "the certificate is of an authority that is not known here; give its certificate in ca_certificate".to_owned()
            } else if told.contains("xpired") {
                format!("the certificate has expired: {told}")
            } else {
                format!("the certificate is not believed: {told}")
            }
        }
        other => other.to_string(),
    })
}

/// An error with all that has caused it.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error = *error;
        // An input error hides the one that it is made of.
        let hidden = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        hidden.map_or_else(|| error.source(), |hidden| Some(hidden as &(dyn Error + 'static)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_link_is_not_reached_and_this_machine_is() {
        for host in ["169.254.169.254", "[fe80::1]", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.0", "::", "224.0.0.1"] {
            assert!(matches!(look_up(host).await, Err(NotReached::Refused(..))), "{host}");
        }
        for host in ["127.0.0.1", "10.1.2.3", "[::1]", "bucket.localhost", "LOCALHOST"] {
            assert!(look_up(host).await.is_ok(), "{host}");
        }
        assert!(matches!(look_up("no-such-host.invalid").await, Err(NotReached::NoAddress(..))));
    }
}
