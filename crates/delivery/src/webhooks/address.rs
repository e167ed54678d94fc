//! Which addresses can be called: those that everybody on the internet reaches, and those that the configuration allows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Blocks of IPv4 that are not for the whole internet (IANA's registry of special purposes).
const SPECIAL_V4: &[Ipv4Net] = &[
    v4([0, 0, 0, 0], 8),       // this network
    v4([10, 0, 0, 0], 8),      // private
    v4([100, 64, 0, 0], 10),   // shared by the customers of a provider
    v4([127, 0, 0, 0], 8),     // this machine
    v4([169, 254, 0, 0], 16),  // link-local, with what clouds tell their machines
    v4([172, 16, 0, 0], 12),   // private
    v4([192, 0, 0, 0], 24),    // assigned to protocols
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 88, 99, 0], 24),  // relays of 6to4
    v4([192, 168, 0, 0], 16),  // private
    v4([198, 18, 0, 0], 15),   // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, and broadcast
];

/// The only block of IPv6 that is given out for the whole internet. Outside are this machine, unique local, link-local
/// and multicast addresses, and those that carry one of IPv4 in themselves.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// Blocks within it that are for something else.
const SPECIAL_V6: &[Ipv6Net] = &[
    v6([0x2001, 0, 0], 23),     // assigned to protocols; Teredo, which carries an IPv4 address in itself
    v6([0x2001, 0xdb8, 0], 32), // documentation
    v6([0x2002, 0, 0], 16),     // 6to4, which carries an IPv4 address in itself
    v6([0x3fff, 0, 0], 20),     // documentation
];

/// IPv4 behind a translator: the address is the one that its last four bytes say.
const TRANSLATED: Ipv6Net = v6([0x64, 0xff9b, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b, c]: [u16; 3], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

/// Whether the whole internet reaches an address.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match meant(address) {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|block| block.contains(&address)),
        IpAddr::V6(address) => GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|block| block.contains(&address)),
    }
}

/// Whether one of the networks has an address.
pub(crate) fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    let meant = meant(address);
    networks.iter().any(|network| network.contains(&address) || network.contains(&meant))
}

/// The address that is reached: one of IPv4 has several spellings in IPv6.
fn meant(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if TRANSLATED.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn the_inner_network_is_not_public_however_it_is_spelt() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:0:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "fe80::1",
            "febf::1",
            "fc00::1",
            "fd12:3456:789a::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2001:2::1",
            "2002:7f00:1::",
            "2002:808:808::",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!public(address), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:831::200e",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(public(address), "{address}");
        }
    }

    /// What the documents say, address by address: written down another way than the blocks above.
    fn is_public_v4([a, b, c, _]: [u8; 4]) -> bool {
        let address = Ipv4Addr::new(a, b, c, 1);
        let named = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast();
        let listed = matches!((a, b, c), (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113) | (198, 18 | 19, _));
        !(named || listed || a == 0 || a >= 240 || (a == 100 && b & 0xc0 == 64))
    }

    proptest! {
        #[test]
        fn an_address_of_version_4_is_judged_as_the_documents_say_in_each_of_its_spellings(octets in any::<[u8; 4]>()) {
            let address = Ipv4Addr::from(octets);
            let expected = is_public_v4(octets);
            prop_assert_eq!(is_public(address.into()), expected);
            prop_assert_eq!(is_public(address.to_ipv6_mapped().into()), expected);
            let [a, b, c, d] = octets;
            let [high, low] = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
            prop_assert_eq!(is_public(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low).into()), expected);
            prop_assert!(!is_public(Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low).into()));
            prop_assert!(!is_public(Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1).into()));
        }

        #[test]
        fn what_is_not_given_out_in_version_6_is_not_public(segments in any::<[u16; 8]>()) {
            let address = Ipv6Addr::from(segments);
            let special = address.is_loopback() || address.is_multicast() || address.is_unspecified() || address.is_unique_local()
                || address.is_unicast_link_local() || (segments[0] == 0x2001 && segments[1] == 0xdb8);
            prop_assert!(!(special && is_public(address.into())));
            let is_translated = TRANSLATED.contains(&address) || address.to_ipv4_mapped().is_some();
            prop_assert!(is_translated || segments[0] & 0xe000 == 0x2000 || !is_public(address.into()));
        }

        #[test]
        fn an_allowed_network_has_an_address_in_each_of_its_spellings(octets in any::<[u8; 4]>(), length in 0u8..=32) {
            let address = Ipv4Addr::from(octets);
            let network = IpNet::from(Ipv4Net::new(address, length).unwrap().trunc());
            prop_assert!(is_in(&[network], address.into()) && is_in(&[network], address.to_ipv6_mapped().into()));
        }
    }
}
