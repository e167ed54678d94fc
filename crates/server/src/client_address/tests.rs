//! Whose address counts, and who can't choose one.

use axum::http::HeaderValue;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn proxies(networks: &[&str]) -> TrustedProxies {
    TrustedProxies::new(networks.iter().map(|network| network.parse().unwrap()).collect())
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
    lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap())).collect()
}

/// Address and scheme of a request that came by plain HTTP from `peer`, where 10.0.0.0/8 and 2001:db8:ffff::/48 are
/// trusted.
fn told(peer: &str, lines: &[(&'static str, &str)]) -> (String, bool) {
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let peer = Peer { address: Some(ip(peer)), over_tls: false };
    let (ClientAddress(address), scheme) = proxies(&["10.0.0.0/8", "2001:db8:ffff::/48"]).client(peer, &headers(&lines));
    (address.unwrap().to_string(), scheme.is_https())
}

fn by_x_forwarded_for(value: &str) -> String {
    told("10.0.0.1", &[("x-forwarded-for", value)]).0
}

fn by_forwarded(value: &str) -> String {
    told("10.0.0.1", &[("forwarded", value)]).0
}

#[test]
fn without_a_proxy_the_peer_is_the_client() {
    assert_eq!(told("203.0.113.9", &[]), ("203.0.113.9".to_owned(), false));
    let (address, scheme) = TrustedProxies::default().client(Peer { address: Some(ip("203.0.113.9")), over_tls: true }, &HeaderMap::new());
    assert_eq!((address, scheme), (ClientAddress(Some(ip("203.0.113.9"))), ClientScheme::Https));
}

#[test]
fn over_the_socket_of_the_folder_nobody_has_an_address() {
    let everybody = proxies(&["0.0.0.0/0", "::/0"]);
    let forged = headers(&[("x-forwarded-for", b"198.51.100.7"), ("x-forwarded-proto", b"https")]);
    let told = everybody.client(Peer { address: None, over_tls: false }, &forged);
    assert_eq!(told, (ClientAddress(None), ClientScheme::Http));
}

#[test]
fn headers_of_who_is_not_trusted_are_ignored() {
    for forged in [
        &[("x-forwarded-for", "198.51.100.7"), ("x-forwarded-proto", "https")][..],
        &[("forwarded", "for=198.51.100.7;proto=https")],
        &[("x-forwarded-for", "10.0.0.1")],
    ] {
        assert_eq!(told("203.0.113.9", forged), ("203.0.113.9".to_owned(), false));
    }
}

#[test]
fn behind_a_proxy_the_rightmost_address_that_is_no_proxy_counts() {
    assert_eq!(by_x_forwarded_for("198.51.100.7"), "198.51.100.7");
    assert_eq!(by_x_forwarded_for("198.51.100.7, 10.0.0.2,10.0.0.3"), "198.51.100.7");
    assert_eq!(by_x_forwarded_for("1.2.3.4, 198.51.100.7, 10.0.0.2"), "198.51.100.7");
    assert_eq!(by_x_forwarded_for("1.2.3.4, 10.0.0.9, 198.51.100.7"), "198.51.100.7");
    assert_eq!(by_forwarded("for=1.2.3.4, for=198.51.100.7, for=10.0.0.2"), "198.51.100.7");
    // Who asks from inside is a proxy's neighbour.
    assert_eq!(by_x_forwarded_for("10.0.0.4, 10.0.0.2"), "10.0.0.4");
}

#[test]
fn what_is_no_address_ends_the_reading() {
    for garbage in
        ["", "unknown", "_hidden", "mara", "10.0.0", "10.0.0.1:", "10.0.0.1:x", "10.0.0.1:+1", "[::1", "[10.0.0.1]", "fe80::1%eth0"]
    {
        assert_eq!(by_x_forwarded_for(garbage), "10.0.0.1", "{garbage}");
        assert_eq!(by_x_forwarded_for(&format!("198.51.100.7, {garbage}")), "10.0.0.1", "{garbage}");
        assert_eq!(by_x_forwarded_for(&format!("198.51.100.7, {garbage}, 10.0.0.2")), "10.0.0.2", "{garbage}");
        assert_eq!(by_forwarded(&format!("for=198.51.100.7, for=\"{garbage}\", for=10.0.0.2")), "10.0.0.2", "{garbage}");
    }
    for garbage in ["by=198.51.100.8", "for=_hidden", "for=unknown", "for=\"_SEVKISEK\"", "for", "for=1.2.3.4;for=1.2.3.5", "for=\"1.2.3.4"]
    {
        assert_eq!(by_forwarded(&format!("for=198.51.100.7,{garbage}")), "10.0.0.1", "{garbage}");
    }
}

#[test]
fn several_headers_of_one_name_are_one_list() {
    let lines = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "198.51.100.7, 10.0.0.3"), ("x-forwarded-for", "10.0.0.2")];
    assert_eq!(told("10.0.0.1", &lines).0, "198.51.100.7");
    let lines = [("forwarded", "for=1.2.3.4"), ("forwarded", "for=198.51.100.7;proto=https, for=10.0.0.3"), ("forwarded", "for=10.0.0.2")];
    assert_eq!(told("10.0.0.1", &lines), ("198.51.100.7".to_owned(), true));
}

#[test]
fn ports_and_brackets_are_left_out() {
    for (written, address) in [
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("198.51.100.7:_hidden", "198.51.100.7"),
        ("[2001:db8::7]:_x.y-z", "2001:db8::7"),
    ] {
        assert_eq!(by_x_forwarded_for(written), address);
        assert_eq!(by_forwarded(&format!("for=\"{written}\"")), address);
    }
}

#[test]
fn an_element_is_read_whatever_its_case_order_and_quotes() {
    let told = |value: &str| told("10.0.0.1", &[("forwarded", value)]);
    let expected = ("198.51.100.7".to_owned(), true);
    assert_eq!(told("for=198.51.100.7;proto=https;by=203.0.113.43"), expected);
    assert_eq!(told("Proto=HTTPS ; host=\"a,b;c\" ; FOR=\"198.51.100.7\""), expected);
    assert_eq!(told(r#"for="198\.51.100.7";proto="https";secret="a\",b""#), expected);
    assert!(!told("for=198.51.100.7;proto=http").1);
    assert!(!told("for=198.51.100.7;proto=https;proto=https").1);
}

#[test]
fn a_quote_that_a_client_leaves_open_hides_nothing_that_a_proxy_adds() {
    assert_eq!(by_forwarded(r#"for="1.2.3.4, for=198.51.100.7, for="10.0.0.2:80""#), "198.51.100.7");
    let lines: [(_, &[u8]); 1] = [("x-forwarded-for", b"\xff\xfe, 198.51.100.7")];
    let (address, _) = proxies(&["10.0.0.1"].map(|one| format!("{one}/32")).each_ref().map(String::as_str))
        .client(Peer { address: Some(ip("10.0.0.1")), over_tls: false }, &headers(&lines));
    assert_eq!(address, ClientAddress(Some(ip("198.51.100.7"))));
}

#[test]
fn x_forwarded_for_is_taken_where_both_are_there() {
    let lines = [("x-forwarded-for", "198.51.100.7"), ("x-forwarded-proto", "http"), ("forwarded", "for=1.2.3.4;proto=https")];
    assert_eq!(told("10.0.0.1", &lines), ("198.51.100.7".to_owned(), false));
    // An empty one is none.
    let lines = [("forwarded", "for=198.51.100.7"), ("x-forwarded-for", " ")];
    assert_eq!(told("10.0.0.1", &lines).0, "198.51.100.7");
}

#[test]
fn the_scheme_is_the_one_beside_the_client() {
    let scheme = |addresses: &str, schemes: &str| told("10.0.0.1", &[("x-forwarded-for", addresses), ("x-forwarded-proto", schemes)]).1;
    assert!(scheme("198.51.100.7", "https") && scheme("198.51.100.7", "HTTPS"));
    assert!(!scheme("198.51.100.7", "http") && !scheme("198.51.100.7", "gopher"));
    // Each proxy adds its entry; one of a client before them does not count.
    assert!(scheme("198.51.100.7, 10.0.0.2", "https, http"));
    assert!(!scheme("198.51.100.7", "https, http"));
    // The inner one hands on what the outer one has noted.
    assert!(scheme("198.51.100.7, 10.0.0.2", "https"));
    // One that notes nothing else, and one that hides whom it serves.
    assert!(told("10.0.0.1", &[("x-forwarded-proto", "https")]).1);
    assert_eq!(told("10.0.0.1", &[("forwarded", "for=unknown;proto=https")]), ("10.0.0.1".to_owned(), true));
    assert!(told("10.0.0.1", &[("forwarded", "for=198.51.100.7;proto=https, for=10.0.0.2;proto=http")]).1);
    assert!(!told("10.0.0.1", &[("forwarded", "for=198.51.100.7, for=10.0.0.2;proto=https")]).1);
}

#[test]
fn a_connection_over_tls_is_https_whatever_a_proxy_says() {
    let lines = headers(&[("x-forwarded-for", b"198.51.100.7"), ("x-forwarded-proto", b"http")]);
    let peer = Peer { address: Some(ip("10.0.0.1")), over_tls: true };
    let told = proxies(&["10.0.0.0/8"]).client(peer, &lines);
    assert_eq!(told, (ClientAddress(Some(ip("198.51.100.7"))), ClientScheme::Https));
}

#[test]
fn an_ipv4_address_is_one_however_it_is_written() {
    assert_eq!(told("::ffff:203.0.113.9", &[]).0, "203.0.113.9");
    assert_eq!(told("::ffff:10.0.0.1", &[("x-forwarded-for", "[::ffff:198.51.100.7]:80")]).0, "198.51.100.7");
    let mapped = proxies(&["::ffff:10.0.0.0/104"]);
    assert!(mapped.include(ip("10.200.0.1")) && !mapped.include(ip("11.0.0.1")));
    assert!(proxies(&["2001:db8:ffff::/48"]).include(ip("2001:db8:ffff::1")));
}

fn addresses() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)]
}

/// What anybody could send: sensible entries, and bytes of the alphabet that matters.
fn header_values() -> impl Strategy<Value = Vec<u8>> {
    let entry = prop_oneof![
        addresses().prop_map(|address| address.to_string()),
        addresses().prop_map(|address| format!("for=\"{address}\";proto=https")),
        addresses().prop_map(|address| format!("for=\"[{address}]:80\"")),
        "[ -~]{0,12}",
        "[,;=\"\\\\:fort 0-9.\\[\\]]{0,12}",
    ];
    vec(entry, 0..5).prop_map(|entries| entries.join(",").into_bytes())
}

fn any_headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop_oneof![Just(header::FORWARDED), Just(X_FORWARDED_FOR), Just(X_FORWARDED_PROTO)];
    vec((name, header_values()), 0..5).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_bytes(&value).unwrap());
        }
        headers
    })
}

proptest! {
    #[test]
    fn who_is_not_trusted_can_choose_neither_address_nor_scheme(
        address in addresses(), over_tls: bool, headers in any_headers(), networks in vec((addresses(), 0..=128_u8), 0..4),
    ) {
        let network = |(address, bits): (IpAddr, u8)| IpNet::new(address, if address.is_ipv4() { bits / 4 } else { bits }).unwrap();
        let proxies = TrustedProxies::new(networks.into_iter().map(network).collect());
        prop_assume!(!proxies.include(address.to_canonical()));
        let told = proxies.client(Peer { address: Some(address), over_tls }, &headers);
        prop_assert_eq!(told, (ClientAddress(Some(address.to_canonical())), ClientScheme::of(over_tls)));
    }

    #[test]
    fn a_client_of_a_proxy_that_adds_its_address_can_choose_none(
        client in addresses(), sent in header_values(), others in any_headers(), by_forwarded: bool, on_a_line_of_its_own: bool,
    ) {
        let proxies = proxies(&["10.0.0.0/8"]);
        prop_assume!(!proxies.include(client.to_canonical()));
        let (name, entry) = match (by_forwarded, client) {
            (false, client) => (X_FORWARDED_FOR, client.to_string()),
            (true, IpAddr::V4(v4)) => (header::FORWARDED, format!("for={v4};proto=http")),
            (true, IpAddr::V6(v6)) => (header::FORWARDED, format!("for=\"[{v6}]:4711\";proto=http")),
        };
        let mut headers = others;
        // The proxy adds to its own header. What the client writes into the other is believed first in one case alone.
        if by_forwarded {
            headers.remove(X_FORWARDED_FOR);
        }
        if on_a_line_of_its_own {
            headers.append(name.clone(), HeaderValue::from_bytes(&sent).unwrap());
            headers.append(name, HeaderValue::try_from(entry).unwrap());
        } else {
            headers.append(name, HeaderValue::from_bytes(&[&sent[..], b", ", entry.as_bytes()].concat()).unwrap());
        }
        let (address, scheme) = proxies.client(Peer { address: Some(ip("10.0.0.1")), over_tls: false }, &headers);
        prop_assert_eq!(address, ClientAddress(Some(client.to_canonical())));
        prop_assert!(!by_forwarded || !scheme.is_https());
    }
}
