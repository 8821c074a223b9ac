//! One call's way: the body is read whole, the node is asked, the request is held until it answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::body::{BEGINNING, BodyTime, whole};
use super::{Answer, BODY_LIMIT, Call, NODE_PATIENCE, Node, Visitors, WAIT_LIMIT};
use crate::limits::Limits;

/// How long the shell waits for whom.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a whole body.
    pub body: BodyTime,
    /// For the node's answer.
    pub node: Duration,
    /// For the node's answer once the server is going down.
    pub drain: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { body: BodyTime::default(), node: NODE_PATIENCE, drain: Duration::from_secs(4) }
    }
}

/// What a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// A device's sync.
    Sync,
    /// A tablet that wants to join; its request has a few hundred bytes.
    Enrol,
}

impl Door {
    /// The longest body.
    fn limit(self) -> usize {
        match self {
            Self::Sync => BODY_LIMIT,
            Self::Enrol => BEGINNING,
        }
    }
}

/// What every handler shares.
pub struct Shell {
    /// The server's logic.
    pub node: Arc<dyn Node>,
    patience: Patience,
    visitors: Visitors,
    draining: watch::Sender<bool>,
}

impl Shell {
    /// A shell around `node`.
    #[must_use]
    pub fn new(node: Arc<dyn Node>, limits: &Limits) -> Arc<Self> {
        Self::with_patience(node, limits, Patience::default())
    }

    /// A shell with other patience than usual, for tests.
    #[must_use]
    pub fn with_patience(node: Arc<dyn Node>, limits: &Limits, patience: Patience) -> Arc<Self> {
        let visitors = Visitors::new(limits);
        Arc::new(Self { node, patience, visitors, draining: watch::Sender::new(false) })
    }

    /// Who is connected.
    pub(super) fn visitors(&self) -> &Visitors {
        &self.visitors
    }

    /// Whether the server is going down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    pub(super) fn start_draining(&self) {
        self.draining.send_replace(true);
    }

    /// Reads the body, asks, waits for the answer; all of it ends when the drain's time is over.
    pub(super) async fn relay(
        &self,
        peer: SocketAddr,
        door: Door,
        request: axum::extract::Request,
    ) -> Response {
        let answer = tokio::select! {
            answer = self.converse(peer, door, request) => answer,
            () = self.drained() => Answer::later(),
        };
        if answer.status == 200 {
            self.visitors.is_known(peer);
        }
        response(answer)
    }

    async fn converse(
        &self,
        peer: SocketAddr,
        door: Door,
        request: axum::extract::Request,
    ) -> Answer {
        let node = self.node.as_ref();
        let (limit, time) = (door.limit(), self.patience.body);
        let body = match whole(request, limit, time, |beginning| node.admits(beginning)).await {
            Ok(body) => Bytes::from(body),
            Err(refusal) => return refusal.answer(limit),
        };
        let call = Call { body, peer: peer.ip(), wait_until: Instant::now() + WAIT_LIMIT };
        let asked = match door {
            Door::Sync => node.sync(call),
            Door::Enrol => node.enrol(call),
        };
        match timeout(self.patience.node, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                tracing::error!("a request was dropped unanswered by the node");
                Answer::text(500, "The server could not answer. Send the same bytes again later.")
            }
            Err(_) => Answer::later(),
        }
    }

    /// Ends some seconds after the server began to go down.
    async fn drained(&self) {
        let mut draining = self.draining.subscribe();
        // Fails only when the shell is gone, and then nobody listens here any more.
        let _ = draining.wait_for(|draining| *draining).await;
        sleep(self.patience.drain).await;
    }
}

/// An answer as HTTP.
pub(super) fn response(answer: Answer) -> Response {
    use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
    use axum::http::{HeaderValue, StatusCode};
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if status.as_u16() < 400 { "application/cose" } else { "text/plain; charset=utf-8" };
    let mut response = (status, answer.body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}
