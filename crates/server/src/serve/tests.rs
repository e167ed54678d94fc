//! What a request is told of its client, over real connections.

use std::path::Path;

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::*;
use crate::client_address::{ClientAddress, ClientScheme};

const FROM_ELSEWHERE: &str = "x-forwarded-for: 198.51.100.7\r\nx-forwarded-proto: https\r\n";

async fn told(address: ClientAddress, scheme: ClientScheme) -> String {
    format!("{address:?} {scheme:?}")
}

fn entrance(trusted: &[&str]) -> Entrance {
    let proxies = TrustedProxies::new(trusted.iter().map(|network| network.parse().unwrap()).collect());
    Entrance { router: Router::new().route("/", get(told)), handshakes: None, proxies: Arc::new(proxies) }
}

/// What the server answers to a request with these headers.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, headers: &str) -> String {
    stream.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.rsplit("\r\n").next().unwrap().to_owned()
}

async fn over_network(trusted: &[&str], headers: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Connections::new(CancellationToken::new());
    tokio::select! {
        () = connections.accept(listener, |peer: SocketAddr| Some(peer.ip()), entrance(trusted)) => panic!("nobody is accepted any more"),
        answer = async { ask(TcpStream::connect(address).await.unwrap(), headers).await } => answer,
    }
}

async fn over_socket(path: &Path, trusted: &[&str]) -> String {
    let listener = UnixListener::bind(path).unwrap();
    let connections = Connections::new(CancellationToken::new());
    tokio::select! {
        () = connections.accept(listener, |_| None, entrance(trusted)) => panic!("nobody is accepted any more"),
        answer = async { ask(UnixStream::connect(path).await.unwrap(), FROM_ELSEWHERE).await } => answer,
    }
}

#[tokio::test]
async fn a_request_bears_the_address_of_its_client() {
    assert_eq!(over_network(&[], "").await, "ClientAddress(Some(127.0.0.1)) Http");
    assert_eq!(over_network(&["192.0.2.0/24"], FROM_ELSEWHERE).await, "ClientAddress(Some(127.0.0.1)) Http");
    assert_eq!(over_network(&["127.0.0.0/8"], FROM_ELSEWHERE).await, "ClientAddress(Some(198.51.100.7)) Https");
}

#[tokio::test]
async fn a_request_through_the_folder_bears_none() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(over_socket(&folder.path().join("s"), &["0.0.0.0/0", "::/0"]).await, "ClientAddress(None) Http");
}
