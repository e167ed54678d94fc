//! One connection to the server under test, over plain HTTP/1.1.
//!
//! The load runs on the same cores as the server, so it is kept as cheap as it can be: a blocking socket,
//! buffers that are used again, and bodies that go from the file to the socket inside the kernel
//! (`sendfile`, which [`std::io::copy`] uses). It reads what this server answers with, and no more of HTTP.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;

/// For how long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// Where a server is, and with which key.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    pub(crate) key: String,
}

/// What a request was answered with.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// When to try again, in seconds, if the server says so.
    pub(crate) retry_after: Option<u64>,
    body: &'a [u8],
}

impl Answer<'_> {
    /// The JSON of an answer that says that all is well.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        ensure!(
            matches!(self.status, 200 | 201),
            "expected the answer 200 or 201, got {}: {}",
            self.status,
            String::from_utf8_lossy(self.body)
        );
        serde_json::from_slice(self.body).with_context(|| format!("an answer that is not as expected: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(self.body).chars().take(500).collect()
    }
}

/// A connection that is kept open.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    /// The lines of the head that are the same in every request.
    headers: String,
    request: Vec<u8>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: &Address) -> Result<Self> {
        let stream = TcpStream::connect(address.socket).with_context(|| format!("connecting to {}", address.socket))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let headers = format!("host: {}\r\nauthorization: Bearer {}\r\n", address.socket, address.key);
        Ok(Connection { stream: BufReader::new(stream), headers, request: Vec::new(), line: String::new(), body: Vec::new() })
    }

    /// Asks without a body.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer<'_>> {
        self.begin("GET", path, "application/json", 0)?;
        self.finish()
    }

    /// Sends a body that lies in memory.
    pub(crate) fn post(&mut self, path: &str, media_type: &str, body: &[u8]) -> Result<Answer<'_>> {
        self.begin("POST", path, media_type, body.len() as u64)?;
        self.request.extend_from_slice(body);
        self.finish()
    }

    /// Sends a part of a file.
    pub(crate) fn post_from(&mut self, path: &str, media_type: &str, part: &mut Part) -> Result<Answer<'_>> {
        self.begin("POST", path, media_type, part.length)?;
        self.stream.get_mut().write_all(&self.request)?;
        part.file.seek(SeekFrom::Start(part.offset))?;
        let sent = std::io::copy(&mut (&part.file).take(part.length), self.stream.get_mut())?;
        ensure!(sent == part.length, "expected {} bytes to send, got {sent}", part.length);
        self.request.clear();
        self.finish()
    }

    fn begin(&mut self, method: &str, path: &str, media_type: &str, length: u64) -> Result<()> {
        self.request.clear();
        write!(self.request, "{method} {path} HTTP/1.1\r\n{}content-type: {media_type}\r\ncontent-length: {length}\r\n\r\n", self.headers)?;
        Ok(())
    }

    fn finish(&mut self) -> Result<Answer<'_>> {
        self.stream.get_mut().write_all(&self.request)?;
        self.next_line()?;
        let status = self.line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let Some(status) = status.filter(|_| self.line.starts_with("HTTP/1.1 ")) else {
            bail!("expected the first line of an HTTP/1.1 answer, got {:?}", self.line)
        };
        let (mut length, mut retry_after) = (None, None);
        loop {
            self.next_line()?;
            let Some((name, value)) = self.line.split_once(':') else { break };
            match name {
                "content-length" => length = value.trim().parse::<usize>().ok(),
                "retry-after" => retry_after = value.trim().parse().ok(),
                "transfer-encoding" => bail!("expected an answer of a known length, got one in chunks"),
                _ => {}
            }
        }
        self.body.resize(length.context("expected an answer with content-length, got none")?, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(Answer { status, retry_after, body: &self.body })
    }

    /// Reads a line of the head, without its end.
    fn next_line(&mut self) -> Result<()> {
        self.line.clear();
        self.stream.read_line(&mut self.line).context("waiting for an answer")?;
        ensure!(self.line.ends_with("\r\n"), "expected an answer, but the server closed the connection; rollcall.log says why");
        self.line.truncate(self.line.len() - 2);
        Ok(())
    }
}

/// A part of a file that is open.
#[derive(Debug)]
pub(crate) struct Part {
    file: File,
    offset: u64,
    length: u64,
}

impl Part {
    /// An empty part of a file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Ok(Part { file: File::open(path).with_context(|| path.display().to_string())?, offset: 0, length: 0 })
    }

    /// Moves to another part.
    pub(crate) fn at(&mut self, offset: u64, length: u64) -> &mut Self {
        (self.offset, self.length) = (offset, length);
        self
    }

    /// Reads the part.
    pub(crate) fn read(&mut self, into: &mut Vec<u8>) -> Result<()> {
        into.resize(usize::try_from(self.length)?, 0);
        self.file.seek(SeekFrom::Start(self.offset))?;
        Ok(self.file.read_exact(into)?)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// A server that answers each request with the next answer, and tells what it was sent.
    fn server(answers: &'static [&'static str], bytes_of_each: usize) -> (Address, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut requests = Vec::new();
            for answer in answers {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") {
                    stream.read_exact(&mut byte).unwrap();
                    head.extend(byte);
                }
                let mut body = vec![0; bytes_of_each];
                stream.read_exact(&mut body).unwrap();
                requests.push(String::from_utf8([head, body].concat()).unwrap());
                stream.write_all(answer.as_bytes()).unwrap();
            }
            requests
        });
        (Address { socket, key: "rk_test".to_owned() }, thread)
    }

    #[test]
    fn requests_follow_each_other_on_one_connection() {
        let answers =
            &["HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"n\":1}", "HTTP/1.1 429 No\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n"];
        let (address, server) = server(answers, 3);
        let mut connection = Connection::open(&address).unwrap();
        let answer: serde_json::Value = connection.post("/api/v1/events", "application/json", b"abc").unwrap().json().unwrap();
        assert_eq!(answer["n"], 1);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        let mut part = Part::open(file.path()).unwrap();
        let answer = connection.post_from("/api/v1/events", "application/x-ndjson", part.at(4, 3)).unwrap();
        assert_eq!((answer.status, answer.retry_after), (429, Some(2)));
        assert!(answer.json::<serde_json::Value>().is_err());
        let requests = server.join().unwrap();
        assert!(requests[0].starts_with("POST /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1:"), "{}", requests[0]);
        assert!(requests[0].contains("\r\nauthorization: Bearer rk_test\r\n") && requests[0].ends_with("\r\ncontent-length: 3\r\n\r\nabc"));
        assert!(requests[1].ends_with("\r\n\r\n456"), "{}", requests[1]);
    }

    #[test]
    fn an_answer_that_is_cut_off_is_told() {
        let (address, server) = server(&["HTTP/1.1 200 OK\r\ncontent-le"], 0);
        let mut connection = Connection::open(&address).unwrap();
        let error = connection.get("/api/v1/status").unwrap_err();
        assert!(error.to_string().contains("closed the connection"), "{error}");
        server.join().unwrap();
    }
}
