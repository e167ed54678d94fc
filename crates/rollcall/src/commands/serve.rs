//! `rollcall serve`: the API and the page, on an address and on the socket in the data folder.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use rollcall_model::TenantId;
use rollcall_server::{Listeners, Tls};
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::{ListenArgs, StoreArgs};
use crate::commands::demo;
use crate::config::Settings;
use crate::socket;
use crate::stdout::Stdout;
use crate::store::{Opened, Purpose, Store};

/// What to serve, and where.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    /// Fill an empty store with 30 days of an invented contact centre, and print an address that signs in
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

pub(crate) async fn run(args: &ServeArgs, mut settings: Settings, queries: Handle) -> anyhow::Result<()> {
    // From here on a signal ends Rollcall in an orderly way.
    let shutdown = end_on_signal()?;
    if args.demo {
        demo::suggest_settings(&mut settings)?;
    }
    let tls = settings.tls.clone().map(Tls::open).transpose()?;
    let store = match Store::open(&settings, queries, Purpose::Serve).await? {
        Opened::Here(store) => store,
        Opened::Elsewhere => {
            bail!("the data folder {} is in use by another Rollcall; stop it, or give another folder with --data", settings.data.display())
        }
    };
    let served = serve(args, &settings, &store, tls, shutdown).await;
    socket::remove(&settings.data);
    store.close().await?;
    if served.is_ok() {
        tracing::info!("stopped");
    }
    served
}

async fn serve(args: &ServeArgs, settings: &Settings, store: &Store, tls: Option<Tls>, shutdown: CancellationToken) -> anyhow::Result<()> {
    let listen = settings.listen;
    let network = TcpListener::bind(listen)
        .await
        .with_context(|| format!("can't listen on {listen}; stop what listens there, or give another address with --listen"))?;
    // The first user there is administers: nobody of the demo may come before.
    let first_admin = store.access.create_first_admin(&TenantId::default()).await?;
    let demo_key = if args.demo { demo::prepare(store, settings, &shutdown).await? } else { None };
    let socket = listen_in_folder(&settings.data);
    let bound = network.local_addr().context("the address that is listened on")?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}/", browser_address(bound));
    let mut out = Stdout::lock();
    writeln!(out, "address: {address}")?;
    if let Some((account, password)) = first_admin {
        writeln!(out, "account: {account}\npassword: {password}")?;
    }
    if let Some(key) = demo_key {
        writeln!(out, "sign-in: {address}#key={}", key.reveal())?;
    }
    out.finish()?;
    if shutdown.is_cancelled() {
        return Ok(());
    }
    tracing::info!(address, folder = %settings.data.display(), store = %store.place, "ready");
    if is_open_to_listeners(settings, bound.ip()) {
        tracing::warn!(
            "plain HTTP is served beyond this machine: anybody on the way can read along, and browsers do not keep the cookie of a \
             sign-in. Give a certificate with --tls-cert and --tls-key, or name the proxy that serves HTTPS with --trusted-proxy (docs/tls.md)"
        );
    }
    let listeners = Listeners { network, tls, socket };
    rollcall_server::serve(Arc::clone(&store.app), listeners, shutdown).await.context("serving")
}

/// Whether what is served can be read on its way: neither Rollcall nor a proxy before it is known to speak TLS.
fn is_open_to_listeners(settings: &Settings, bound: IpAddr) -> bool {
    settings.tls.is_none() && settings.trusted_proxies.is_empty() && !bound.to_canonical().is_loopback()
}

/// The socket in the folder. Without it commands on the folder must be given `--url`; that is no reason
/// not to serve.
fn listen_in_folder(folder: &Path) -> Option<UnixListener> {
    let listening = socket::listen(folder);
    listening.inspect_err(|error| tracing::warn!(%error, "no socket in the data folder: commands on it need --url while it is served")).ok()
}

/// The address by which a browser on this machine reaches what listens on `bound`.
fn browser_address(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, bound.port())
}

/// Is cancelled at the first SIGTERM or SIGINT. At the second the process ends at once: what was
/// acknowledged is durable anyway.
fn end_on_signal() -> anyhow::Result<CancellationToken> {
    let listen = |kind| signal(kind).context("the system gives no signals");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move {
        next(&mut terminate, &mut interrupt).await;
        tracing::info!("stopping; requests under way are answered first");
        token.cancel();
        let number = next(&mut terminate, &mut interrupt).await;
        tracing::warn!("stopped at once by a second signal");
        std::process::exit(128 + number);
    });
    Ok(shutdown)
}

/// Waits for either signal, and answers its number.
async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> i32 {
    tokio::select! {
        _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
        _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
    }
}

#[cfg(test)]
mod tests {
    use rollcall_server::TlsFiles;

    use super::*;
    use crate::cli::GeneralArgs;
    use crate::config::Given;

    #[test]
    fn an_address_that_is_every_address_is_told_as_one_to_go_to() {
        let told = |bound: &str| browser_address(bound.parse().unwrap()).to_string();
        assert_eq!(told("0.0.0.0:7270"), "127.0.0.1:7270");
        assert_eq!(told("[::]:7270"), "[::1]:7270");
        assert_eq!(told("192.0.2.7:80"), "192.0.2.7:80");
    }

    #[test]
    fn plain_http_is_warned_of_where_others_can_reach_it_and_nobody_is_known_to_speak_tls() {
        let plain = Settings::resolve(&GeneralArgs::default(), &Given { remote: true, ..Given::default() }).unwrap();
        let is_open = |settings: &Settings, bound: &str| is_open_to_listeners(settings, bound.parse().unwrap());
        for reachable in ["0.0.0.0", "::", "192.0.2.7", "::ffff:192.0.2.7"] {
            assert!(is_open(&plain, reachable), "{reachable}");
        }
        for private in ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(!is_open(&plain, private), "{private}");
        }
        let files = TlsFiles { certificate: "tls.crt".into(), key: "tls.key".into() };
        assert!(!is_open(&Settings { tls: Some(files), ..plain.clone() }, "0.0.0.0"));
        assert!(!is_open(&Settings { trusted_proxies: vec!["192.0.2.1/32".parse().unwrap()], ..plain }, "0.0.0.0"));
    }
}
