//! A server that speaks HTTPS, and one that knows whom it answers.

use rcgen::{CertificateParams, KeyPair};
use reqwest::Certificate;
use serde_json::Value;

use crate::process::{Bench, Server, client};

/// Writes a certificate for this machine into `tls.crt` and its key into `tls.key`.
fn issue(bench: &Bench) -> rcgen::Certificate {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    bench.write("tls.crt", certificate.pem());
    bench.write("tls.key", key.serialize_pem());
    certificate
}

async fn is_healthy(server: &Server, root: &rcgen::Certificate) -> bool {
    let _ = client();
    let root = Certificate::from_der(root.der()).unwrap();
    let knows_it = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().unwrap();
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    knows_it.get(format!("{}healthz", server.url)).send().await.unwrap().status() == 200
}

#[tokio::test]
async fn https_is_served_with_a_certificate_from_flags_the_environment_or_a_file() {
    let bench = Bench::new();
    let root = issue(&bench);
    let mut server = bench.serve(&["--tls-cert", "tls.crt", "--tls-key", "tls.key"]);
    assert!(is_healthy(&server, &root).await);
    // Commands reach it like any other, if they know the root.
    let key = bench.key(&["reports:read"]);
    let report = ["report", "sign-in-log", "--url", &server.url, "--key", &key];
    bench.run_with(&[("SSL_CERT_FILE", "tls.crt")], &report).ok();
    bench.run(&report).failed(1, "the server at https://127.0.0.1:");
    assert_eq!(server.stop(), 0);
    let environment = [("ROLLCALL_TLS_CERT", "tls.crt"), ("ROLLCALL_TLS_KEY", "tls.key")];
    assert!(is_healthy(&bench.serve_with(&environment, &[]), &root).await);
    // In a file they are relative to that file.
    bench.write("data/rollcall.toml", "tls_cert = \"../tls.crt\"\ntls_key = \"../tls.key\"");
    assert!(is_healthy(&bench.serve(&[]), &root).await);
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_before_anything_is_opened() {
    let bench = Bench::new();
    issue(&bench);
    let serve = |args: &[&str]| bench.run(&[&["serve", "--listen", "127.0.0.1:0"], args].concat());
    serve(&["--tls-cert", "tls.crt"])
        .failed(2, "tls_key: expected a file beside the certificate tls.crt, got none; give it with --tls-key");
    serve(&["--tls-key", "tls.key"]).failed(2, "tls_cert: expected a file beside the key tls.key, got none; give it with --tls-cert");
    serve(&["--tls-cert", "tls.key", "--tls-key", "tls.key"])
        .failed(1, "the certificate file tls.key: expected a certificate in PEM (-----BEGIN CERTIFICATE-----), found PRIVATE KEY");
    serve(&["--tls-cert", "missing", "--tls-key", "tls.key"])
        .failed(1, "the certificate file missing: expected a file in PEM that can be read");
    serve(&["--trusted-proxy", "nginx"]).failed(2, "expected an address such as 192.0.2.1 or a network such as 10.0.0.0/8");
    assert!(!bench.path("data").exists());
    // What serve alone needs is no business of other commands.
    bench.run_with(&[("ROLLCALL_TLS_CERT", "tls.crt")], &["key", "create", "--scope", "reports:read"]).ok();
}

/// What the log says of the addresses of clients, one for each request that was answered.
async fn clients_in_log(bench: &Bench, environment: &[(&str, &str)], args: &[&str]) -> Vec<String> {
    let logging = ["--log-level", "info", "--log-format", "json"];
    let mut server = bench.serve_with_log("server.log", environment, &[&logging, args].concat());
    let health = client().get(format!("{}healthz", server.url)).header("x-forwarded-for", "1.2.3.4, 198.51.100.7, 192.0.2.5");
    assert_eq!(health.send().await.unwrap().status(), 200);
    assert_eq!(server.stop(), 0);
    let log = std::fs::read_to_string(bench.path("server.log")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["message"] == "answered").map(|line| line["client"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_log_names_the_client_also_behind_proxies_that_are_trusted() {
    let bench = Bench::new();
    assert_eq!(clients_in_log(&bench, &[], &[]).await, ["127.0.0.1"]);
    let proxies = ["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "192.0.2.5"];
    assert_eq!(clients_in_log(&bench, &[], &proxies).await, ["198.51.100.7"]);
    assert_eq!(clients_in_log(&bench, &[("ROLLCALL_TRUSTED_PROXIES", "127.0.0.1,192.0.2.0/24")], &[]).await, ["198.51.100.7"]);
    bench.write("data/rollcall.toml", "trusted_proxies = [\"127.0.0.1\"]");
    assert_eq!(clients_in_log(&bench, &[], &[]).await, ["192.0.2.5"]);
    // A flag counts before the file.
    assert_eq!(clients_in_log(&bench, &[], &["--trusted-proxy", "192.0.2.5"]).await, ["127.0.0.1"]);
}
