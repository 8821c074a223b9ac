//! A request's body, read whole within a limit.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::HttpBody as _;
use axum::extract::Request;

use super::Answer;

/// Why a body did not become a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Longer than the limit.
    TooLong,
    /// Not whole in time.
    Slow,
    /// The connection broke or the framing was wrong.
    Cut,
}

impl Refusal {
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::TooLong => Answer::text(413, "The body is longer than 8 MiB. Send it in parts."),
            Self::Slow => Answer::text(408, "The body did not arrive in time. Send it again."),
            Self::Cut => Answer::text(400, "The body is not whole. Send it again."),
        }
    }
}

/// Reads the body. One that is too long is read on up to twice the limit and thrown away: a
/// client that is still sending when the connection closes would never see the answer.
pub(super) async fn whole(request: Request, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut body = request.into_body();
    let announced = body.size_hint().upper().and_then(|length| usize::try_from(length).ok());
    let mut read = 0_usize;
    let mut taken = Vec::with_capacity(announced.unwrap_or(0).min(limit));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(bytes) = frame.map_err(|_| Refusal::Cut)?.into_data() else { continue };
        read = read.saturating_add(bytes.len());
        if read > limit.saturating_mul(2) {
            break;
        }
        if read <= limit {
            taken.extend_from_slice(&bytes);
        } else {
            taken = Vec::new();
        }
    }
    if read > limit { Err(Refusal::TooLong) } else { Ok(taken) }
}
