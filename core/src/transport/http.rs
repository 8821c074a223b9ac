//! One request at a time over a kept connection, on a small runtime that tablets may share.

use std::sync::Arc;
use std::time::Duration;

use tokio::{runtime::Runtime, task::AbortHandle};

use super::pins;
use crate::sync::line::{NetError, Outgoing, Reply, TlsTrust};

/// Most bytes of an answer; the server's pages stay far below.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The runtime on which requests run.
///
/// # Errors
/// What the operating system says when it has no thread left.
pub fn runtime() -> std::io::Result<Arc<Runtime>> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).thread_name("doegnrytme-net").enable_all().build().map(Arc::new)
}

struct Connection {
    address: String,
    trust: TlsTrust,
    client: reqwest::Client,
    seen: Arc<pins::Seen>,
}

/// An HTTPS client.
pub struct Http {
    runtime: Arc<Runtime>,
    connection: Option<Arc<Connection>>,
    running: Option<AbortHandle>,
}

impl Http {
    /// A client on `runtime`, without a connection yet.
    #[must_use]
    pub fn new(runtime: Arc<Runtime>) -> Self {
        Self { runtime, connection: None, running: None }
    }

    /// Starts a request; `done` is called once on a thread of the runtime, unless
    /// [`Http::cut_off`] comes first. A request that still runs is cut off.
    pub fn start(
        &mut self,
        request: Outgoing,
        done: impl FnOnce(Result<Reply, NetError>) + Send + 'static,
    ) {
        self.cut_off();
        let connection = match self.connect(&request) {
            Ok(connection) => connection,
            Err(error) => return done(Err(error)),
        };
        let task = self.runtime.spawn(async move { done(exchange(&connection, request).await) });
        self.running = Some(task.abort_handle());
    }

    /// Drops a request that runs: its `done` is not called.
    pub fn cut_off(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }

    /// Drops the connection too.
    pub fn disconnect(&mut self) {
        self.cut_off();
        self.connection = None;
    }

    fn connect(&mut self, request: &Outgoing) -> Result<Arc<Connection>, NetError> {
        if let Some(open) = &self.connection
            && open.address == request.address
            && open.trust == request.trust
            && open.trust != TlsTrust::Anyone
        {
            return Ok(Arc::clone(open));
        }
        let (tls, seen) =
            pins::client_config(request.trust.clone()).map_err(|_| NetError::Unreachable)?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .tcp_nodelay(true)
            .build()
            .map_err(|_| NetError::Unreachable)?;
        let connection = Arc::new(Connection {
            address: request.address.clone(),
            trust: request.trust.clone(),
            client,
            seen,
        });
        self.connection = Some(Arc::clone(&connection));
        Ok(connection)
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.cut_off();
    }
}

async fn exchange(connection: &Connection, request: Outgoing) -> Result<Reply, NetError> {
    let url = format!("https://{}{}", request.address, request.path);
    let head_up = request_head(&request);
    let sending = match request.body {
        Some(body) => connection.client.post(url).body(body),
        None => connection.client.get(url),
    };
    let name = |error: reqwest::Error| network_error(connection, &error);
    let mut response = sending.timeout(request.timeout).send().await.map_err(name)?;
    let head_down = response_head(&response);
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(name)? {
        if body.len() + part.len() > MOST_BYTES {
            return Err(NetError::TooLarge);
        }
        body.extend_from_slice(&part);
    }
    let tls = connection.seen.last().ok_or(NetError::Unreachable)?;
    Ok(Reply { status: response.status().as_u16(), body, tls, head_up, head_down })
}

fn network_error(connection: &Connection, error: &reqwest::Error) -> NetError {
    let stranger = match (&connection.trust, connection.seen.last()) {
        (TlsTrust::Pins(pins), Some(seen)) => !pins.contains(&seen),
        _ => false,
    };
    if stranger {
        NetError::UnknownPin
    } else if error.is_timeout() {
        NetError::TimedOut
    } else {
        NetError::Unreachable
    }
}

/// Bytes of `METHOD path HTTP/1.1` and the three headers that the client sends.
fn request_head(request: &Outgoing) -> u64 {
    let method = if request.body.is_some() { "POST" } else { "GET" };
    let length = request.body.as_ref().map(|body| format!("content-length: {}\r\n", body.len()));
    let line = format!("{method} {} HTTP/1.1\r\n", request.path);
    let host = format!("host: {}\r\naccept: */*\r\n\r\n", request.address);
    size(line.len() + host.len() + length.map_or(0, |header| header.len()))
}

/// Bytes of the status line and the headers.
fn response_head(response: &reqwest::Response) -> u64 {
    let headers = response.headers().iter();
    let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let reason = response.status().canonical_reason().unwrap_or_default();
    size("HTTP/1.1 200 \r\n".len() + reason.len() + headers + 2)
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
