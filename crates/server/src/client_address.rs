//! Where a request comes from, also behind proxies.
//!
//! Every request bears a [`ClientAddress`] and a [`ClientScheme`], put there where its connection was accepted. They
//! are those of the connection's other end, unless that is a trusted proxy. Only then do headers count:
//!
//! - `X-Forwarded-For` (and `X-Forwarded-Proto`) if it is there, else `Forwarded` (RFC 7239); never both.
//! - Each proxy adds whom it had the request from to the right. So they are read from the right, for as long as the
//!   one who added an entry is trusted: the first address that is no trusted proxy is the client's.
//! - An entry that is no address (`unknown`, `_hidden`, garbage) ends the reading: the last good address counts.
//! - The scheme is the one that stands beside the last entry that was read.
//!
//! What stands further left was written by somebody who is not trusted, and is not looked at.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use ipnet::{IpNet, Ipv4Net};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Bits before the IPv4 address in an IPv6 address that stands for one.
const MAPPED_BITS: u8 = 96;

/// The address of who sent a request. `None` over the folder's socket, where nobody has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

/// What the client speaks: to Rollcall itself, or to the outermost trusted proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientScheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl ClientScheme {
    /// Whether nobody on the way can read along.
    pub fn is_https(self) -> bool {
        self == ClientScheme::Https
    }

    fn of(is_https: bool) -> Self {
        if is_https { ClientScheme::Https } else { ClientScheme::Http }
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(ClientAddress(None)))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientScheme {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(ClientScheme::Http))
    }
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Its address, if it has one.
    pub(crate) address: Option<IpAddr>,
    /// Whether it speaks TLS.
    pub(crate) over_tls: bool,
}

/// The networks of proxies whose headers are believed.
#[derive(Debug, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

/// What a proxy says of who it had a request from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hop {
    address: Option<IpAddr>,
    scheme: Option<ClientScheme>,
}

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        TrustedProxies(networks.into_iter().map(canonical).collect())
    }

    fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who sent a request with these headers that came from `peer`.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> (ClientAddress, ClientScheme) {
        let address = peer.address.map(|address| address.to_canonical());
        let Some(proxy) = address.filter(|address| self.include(*address)) else {
            return (ClientAddress(address), ClientScheme::of(peer.over_tls));
        };
        let (mut client, mut scheme) = (proxy, None);
        for hop in hops(headers) {
            scheme = hop.scheme;
            let Some(told) = hop.address else { break };
            client = told;
            if !self.include(told) {
                break;
            }
        }
        (ClientAddress(Some(client)), ClientScheme::of(peer.over_tls || scheme.is_some_and(ClientScheme::is_https)))
    }
}

/// The network of IPv4 addresses, if one of IPv6 is written for them.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let (bits, address) = (v6.prefix_len().checked_sub(MAPPED_BITS), v6.addr().to_ipv4_mapped());
    let v4 = bits.zip(address).and_then(|(bits, address)| Ipv4Net::new(address, bits).ok());
    v4.map_or(network, IpNet::V4)
}

/// What the proxies have written, the nearest first. Most add to `X-Forwarded-For` and let a `Forwarded` pass that a client
/// has written.
fn hops(headers: &HeaderMap) -> Vec<Hop> {
    let says = |name: HeaderName| headers.get_all(name).iter().any(|value| !value.as_bytes().trim_ascii().is_empty());
    if says(header::FORWARDED) && !says(X_FORWARDED_FOR) { forwarded(headers) } else { x_forwarded(headers) }
}

fn forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let lines = headers.get_all(header::FORWARDED).iter().rev();
    lines.flat_map(|line| from_the_right(line.as_bytes(), b',')).map(element).collect()
}

/// A proxy may keep the scheme that the one before it has noted, and add its entry to the addresses alone. So the
/// leftmost scheme also stands beside all addresses further left.
fn x_forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let entries = |name: HeaderName| -> Vec<&str> {
        let lines = headers.get_all(name).iter().rev();
        lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).map(text).collect()
    };
    let (addresses, schemes) = (entries(X_FORWARDED_FOR), entries(X_FORWARDED_PROTO));
    // A proxy may note the scheme alone.
    let hop = |at: usize| Hop {
        address: addresses.get(at).copied().and_then(address),
        scheme: schemes.get(at).or(schemes.last()).copied().and_then(scheme),
    };
    (0..addresses.len().max(1)).map(hop).collect()
}

/// An element of `Forwarded`, such as `for="[2001:db8::1]:4711";proto=https`.
fn element(element: &[u8]) -> Hop {
    let mut hop = Hop { address: None, scheme: None };
    let (mut addresses, mut schemes) = (0, 0);
    for pair in from_the_right(element, b';') {
        let Some((name, value)) = text(pair).split_once('=') else { continue };
        if name.eq_ignore_ascii_case("for") {
            addresses += 1;
            hop.address = unquoted(value).and_then(|value| address(&value));
        } else if name.eq_ignore_ascii_case("proto") {
            schemes += 1;
            hop.scheme = unquoted(value).and_then(|value| scheme(&value));
        }
    }
    // Said twice is not said.
    Hop { address: hop.address.filter(|_| addresses == 1), scheme: hop.scheme.filter(|_| schemes == 1) }
}

/// What stands between the separators outside of quotes, from the right. Read in this order, a quote that somebody
/// further left does not close is no business of those that follow it.
fn from_the_right(line: &[u8], separator: u8) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut is_quoted, mut end) = (false, line.len());
    for (at, byte) in line.iter().copied().enumerate().rev() {
        if byte == b'"' && !is_escaped(line.get(..at).unwrap_or_default()) {
            is_quoted = !is_quoted;
        } else if byte == separator && !is_quoted {
            parts.push(line.get(at + 1..end).unwrap_or_default());
            end = at;
        }
    }
    parts.push(line.get(..end).unwrap_or_default());
    parts
}

/// Whether what follows has a backslash before it that counts.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The value of a token or of a quoted string.
fn unquoted(value: &str) -> Option<String> {
    let Some(quoted) = value.strip_prefix('"') else { return Some(value.to_owned()) };
    let mut characters = quoted.strip_suffix('"')?.chars();
    let mut plain = String::new();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' { characters.next()? } else { character });
    }
    Some(plain)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default().trim()
}

fn scheme(text: &str) -> Option<ClientScheme> {
    let is = |name: &str| text.eq_ignore_ascii_case(name);
    (is("http") || is("https")).then(|| ClientScheme::of(is("https")))
}

/// An address, with or without brackets and a port.
fn address(text: &str) -> Option<IpAddr> {
    let found = if let Some(rest) = text.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        let is_complete = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
        inside.parse::<Ipv6Addr>().ok().filter(|_| is_complete)?.into()
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        let (host, port) = text.split_once(':')?;
        host.parse::<Ipv4Addr>().ok().filter(|_| is_port(port))?.into()
    };
    Some(found.to_canonical())
}

/// Whether this is the number of a port, or a name that a proxy hides it behind.
fn is_port(text: &str) -> bool {
    let is_number = || text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok();
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    text.strip_prefix('_').map_or_else(is_number, is_name)
}

#[cfg(test)]
mod tests;
