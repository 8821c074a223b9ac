//! One function per line of the router's table.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::call::{Door, Shell, response};
use super::{Answer, Readiness};

type Peer = ConnectInfo<SocketAddr>;

/// `POST /v1/sync`
pub async fn sync(
    State(shell): State<Arc<Shell>>,
    ConnectInfo(peer): Peer,
    request: Request,
) -> Response {
    shell.relay(peer, Door::Sync, request).await
}

/// `POST /v1/enrol`
pub async fn enrol(
    State(shell): State<Arc<Shell>>,
    ConnectInfo(peer): Peer,
    request: Request,
) -> Response {
    shell.relay(peer, Door::Enrol, request).await
}

/// `GET /v1/pins`
pub async fn pins(State(shell): State<Arc<Shell>>) -> Response {
    response(shell.node.pins())
}

/// `GET /live`
pub async fn live() -> &'static str {
    "alive\n"
}

/// `GET /ready`: 200 when every check is fine and the server is not going down, else 503.
pub async fn ready(State(shell): State<Arc<Shell>>) -> Response {
    #[derive(serde::Serialize)]
    struct Report {
        ready: bool,
        draining: bool,
        #[serde(flatten)]
        readiness: Readiness,
    }
    let readiness = shell.node.ready();
    let draining = shell.is_draining();
    let ready = readiness.is_ready() && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_vec(&Report { ready, draining, readiness }) {
        Ok(json) => (status, [(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A known path with a method that it does not know.
pub async fn not_this_way() -> Response {
    response(Answer::text(405, "This address does not take that method."))
}
