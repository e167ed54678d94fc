//! Nobody is sent into the inner network: names are looked up here, and an address that may not be called is dropped. A
//! connection goes to the very address that was judged, so a name that means another one a moment later gains nothing.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::address::{is_in, is_public};

/// Looks up the addresses of a name.
#[async_trait]
pub(crate) trait Names: Send + Sync + fmt::Debug {
    /// The addresses of a host.
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// As the operating system looks them up.
#[derive(Debug)]
pub(crate) struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Why a host is not called.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotCalled {
    /// The address is none that may be called.
    #[error("{0}")]
    Refused(String),
    /// The name has no address.
    #[error("{0}")]
    NoAddress(String),
}

/// Which addresses may be called.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    /// Whether all those that the whole internet reaches may be.
    pub(crate) public: bool,
    /// These may be, whatever they are.
    pub(crate) networks: Arc<[IpNet]>,
    /// Looks up names.
    pub(crate) names: Arc<dyn Names>,
}

impl Guard {
    fn admits(&self, address: IpAddr) -> bool {
        (self.public && is_public(address)) || is_in(&self.networks, address)
    }

    /// Judges an address that is spelt out: nobody looks that one up.
    pub(crate) fn check_literal(&self, url: &Url) -> Result<(), NotCalled> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(NotCalled::Refused("the address names no host".to_owned())),
        };
        if self.admits(address) { Ok(()) } else { Err(self.refused(&address.to_string(), &[address])) }
    }

    /// The addresses of a name that may be called: those alone.
    async fn look_up(&self, host: &str) -> Result<Vec<IpAddr>, NotCalled> {
        let found = self.names.addresses(host).await;
        let found = found.map_err(|error| NotCalled::NoAddress(format!("the name {host:?} can't be looked up: {error}")))?;
        if found.is_empty() {
            return Err(NotCalled::NoAddress(format!("the name {host:?} has no address")));
        }
        let admitted: Vec<IpAddr> = found.iter().copied().filter(|address| self.admits(*address)).collect();
        if admitted.is_empty() { Err(self.refused(host, &found)) } else { Ok(admitted) }
    }

    fn refused(&self, host: &str, found: &[IpAddr]) -> NotCalled {
        let found: Vec<String> = found.iter().take(4).map(IpAddr::to_string).collect();
        let is = if found == [host] { String::new() } else { format!(" is {}, which", found.join(", ")) };
        let why = if self.public {
            "is not reached from the whole internet; the operator allows networks with webhook_allowed_networks"
        } else {
            "is in none of the networks of webhook_allowed_networks, and only there calls go without TLS"
        };
        NotCalled::Refused(format!("{host}{is} {why}"))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let admitted = guard.look_up(name.as_str()).await?;
            let addresses: Addrs = Box::new(admitted.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
