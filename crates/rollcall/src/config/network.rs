//! A network in a setting: an address, or a network in CIDR notation.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Deserialize;

/// A network, as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Network(IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let one = || text.parse::<IpAddr>().ok().map(IpNet::from);
        let network = text.parse::<IpNet>().ok().or_else(one);
        network
            .map(|network| Network(network.trunc()))
            .ok_or_else(|| format!("expected an address such as 192.0.2.1 or a network such as 10.0.0.0/8, got {text:?}"))
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Network> for IpNet {
    fn from(network: Network) -> IpNet {
        network.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_an_address_or_one_in_cidr_notation() {
        let read = |text: &str| text.parse::<Network>().map(|network| network.0.to_string());
        for (text, network) in [
            ("192.0.2.1", "192.0.2.1/32"),
            (" 10.1.2.3/8 ", "10.0.0.0/8"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(network));
        }
        for wrong in ["", "proxy.example.org", "10.0.0.0/33", "10.0.0/8", "10.0.0.1:80", "[::1]"] {
            assert!(read(wrong).unwrap_err().contains("such as 10.0.0.0/8, got"), "{wrong}");
        }
    }
}
