//! The TLS listener and its end: an open port, a served router, a drain that keeps its time.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{FIRST_REQUEST, Shell};
use crate::error::Failure;

/// The drain's parts; together they stay below ten seconds.
const NODE_DRAIN: Duration = Duration::from_secs(2);
const CONNECTIONS_DRAIN: Duration = Duration::from_millis(5_500);
const NODE_FINISH: Duration = Duration::from_secs(2);
/// An idle connection that was used is kept this long, so that a tablet that syncs every minute
/// shakes hands once. A head that drips in has no longer either.
const IDLE: Duration = Duration::from_secs(75);

/// The TLS handshake must be done by then.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// An open port.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    /// The address it has.
    pub address: SocketAddr,
}

/// Opens the port.
///
/// # Errors
/// [`Failure::Listen`] that tells a taken port from a forbidden or foreign one.
pub fn bind(listen: &str) -> Result<Listening, Failure> {
    let failure = |error: std::io::Error| Failure::Listen {
        listen: listen.to_owned(),
        reason: error.to_string(),
        advice: advice(error.kind()),
    };
    let listener = TcpListener::bind(listen).map_err(failure)?;
    listener.set_nonblocking(true).map_err(failure)?;
    let address = listener.local_addr().map_err(failure)?;
    Ok(Listening { listener, address })
}

fn advice(kind: std::io::ErrorKind) -> &'static str {
    use std::io::ErrorKind as Kind;
    match kind {
        Kind::AddrInUse => {
            "Another program has the port: stop it, or choose another port with --listen."
        }
        Kind::PermissionDenied => {
            "Ports below 1024 need a right: choose a higher one with --listen."
        }
        Kind::AddrNotAvailable => "This machine has no such address: choose another with --listen.",
        _ => "Give --listen as HOST:PORT, such as 127.0.0.1:8443.",
    }
}

/// Serves until `stop` is done, then drains: what waits is answered, what is under way is
/// finished, and after less than ten seconds the rest is cut.
///
/// # Errors
/// [`Failure::Output`] when the listener breaks.
pub async fn serve(
    listening: Listening,
    tls: RustlsConfig,
    shell: Arc<Shell>,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let handle = Handle::new();
    let acceptor =
        RustlsAcceptor::new(tls).handshake_timeout(HANDSHAKE).acceptor(shell.visitors().clone());
    let mut server =
        axum_server::from_tcp(listening.listener)?.acceptor(acceptor).handle(handle.clone());
    server.http_builder().http1().header_read_timeout(IDLE);
    let server = server.http1_only().first_request_timeout(FIRST_REQUEST);
    let drain = tokio::spawn(drain_after(stop, Arc::clone(&shell), handle));
    let served = server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await;
    drain.abort();
    let node = Arc::clone(&shell.node);
    if timeout(NODE_FINISH, spawn_blocking(move || node.finish())).await.is_err() {
        tracing::error!("the node did not finish in time");
    }
    served.map_err(Failure::from)
}

async fn drain_after(
    stop: impl Future<Output = ()>,
    shell: Arc<Shell>,
    handle: Handle<SocketAddr>,
) {
    stop.await;
    tracing::info!(connections = handle.connection_count(), "going down");
    shell.start_draining();
    let node = Arc::clone(&shell.node);
    if timeout(NODE_DRAIN, spawn_blocking(move || node.drain())).await.is_err() {
        tracing::error!("the node did not let go of its waiting requests in time");
    }
    handle.graceful_shutdown(Some(CONNECTIONS_DRAIN));
}
