//! A little HTTP server on loopback that answers as a test says and counts what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What it answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Status line and header, without line ends at the end.
    head: String,
    body: String,
}

impl Answer {
    pub(crate) fn json(value: &serde_json::Value) -> Answer {
        Answer::new("200 OK", "content-type: application/json", &value.to_string())
    }

    pub(crate) fn new(status: &str, header: &str, body: &str) -> Answer {
        Answer { head: format!("HTTP/1.1 {status}\r\n{header}"), body: body.to_owned() }
    }
}

#[derive(Debug, Default)]
struct State {
    answers: HashMap<String, Answer>,
    asked: Vec<Asked>,
}

/// The server. It ends with the runtime of its test.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl Listener {
    pub(crate) async fn start() -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let here = Listener { address, state: Arc::default() };
        let serving = here.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        here
    }

    /// From now on, this is the answer at a path. What has none is answered with 404.
    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    /// All that it was asked at a path.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        self.state.lock().unwrap().asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(asked) = read(&mut stream).await else { return };
        let answer = {
            let mut state = self.state.lock().unwrap();
            let answer = state.answers.get(&asked.path).cloned();
            state.asked.push(asked);
            answer.unwrap_or_else(|| Answer::new("404 Not Found", "content-type: text/plain", "nothing here"))
        };
        let text = format!("{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{}", answer.head, answer.body.len(), answer.body);
        // Whoever asked may have gone, as from an answer that is too long.
        let _ = stream.write_all(text.as_bytes()).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            let mut words = head.split(' ');
            let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
            return Some(Asked { method, path, head: head.to_owned(), body: body.to_owned() });
        }
    }
}
