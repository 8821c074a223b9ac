//! A request's body, read whole within a limit, at a pace, and beyond its beginning only from
//! devices.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::HttpBody as _;
use axum::extract::Request;
use tokio::time::{Instant, timeout_at};

use super::Answer;

/// A body up to here is read from anybody; a tablet's usual request is shorter.
pub(super) const BEGINNING: usize = 64 * 1024;

/// How long a body may take.
#[derive(Debug, Clone, Copy)]
pub struct BodyTime {
    /// Until it must be whole.
    pub whole: Duration,
    /// So long it may be as slow as it likes.
    pub grace: Duration,
    /// After that its bytes a second, on average since it began. The worst line that a tablet still
    /// syncs over has ten times as many.
    pub pace: u32,
}

impl Default for BodyTime {
    fn default() -> Self {
        Self { whole: super::BODY_PATIENCE, grace: Duration::from_secs(5), pace: 1_024 }
    }
}

impl BodyTime {
    /// When the next bytes must be here, when so many are.
    fn next_due(&self, begun: Instant, read: usize) -> Instant {
        let read = u32::try_from(read).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(1).saturating_mul(read) / self.pace.max(1);
        begun + self.grace.saturating_add(earned).min(self.whole)
    }
}

/// Why a body did not become a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Longer than the limit.
    TooLong,
    /// Not whole in time, or too slow.
    Slow,
    /// The connection broke or the framing was wrong.
    Cut,
    /// A long one that does not begin as a device's does.
    Stranger,
}

impl Refusal {
    /// What is said; `limit` is the longest that would have been read.
    pub(super) fn answer(self, limit: usize) -> Answer {
        match self {
            Self::TooLong => {
                let limit = limit / 1024;
                Answer::text(
                    413,
                    &format!("The body is longer than {limit} KiB. Send it in parts."),
                )
            }
            Self::Slow => Answer::text(408, "The body did not arrive in time. Send it again."),
            Self::Cut => Answer::text(400, "The body is not whole. Send it again."),
            Self::Stranger => Answer::text(401, "This device is not known here."),
        }
    }
}

/// Reads the body. One that is too long is read on up to 16 MiB and thrown away: a
/// client that is still sending when the connection closes would never see the answer. `admits`
/// looks at the beginning of a long one, and a stranger's is thrown away: memory is for devices.
pub(super) async fn whole(
    request: Request,
    limit: usize,
    time: BodyTime,
    admits: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Refusal> {
    let mut body = request.into_body();
    let announced = body.size_hint().upper().and_then(|length| usize::try_from(length).ok());
    let mut taken = Vec::with_capacity(announced.unwrap_or(0).min(limit).min(BEGINNING));
    let (begun, mut read) = (Instant::now(), 0_usize);
    let (mut admitted, mut stranger) = (false, false);
    loop {
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let due = time.next_due(begun, read);
        let Some(frame) = timeout_at(due, frame).await.map_err(|_| Refusal::Slow)? else { break };
        let Ok(bytes) = frame.map_err(|_| Refusal::Cut)?.into_data() else { continue };
        read = read.saturating_add(bytes.len());
        if read > super::BODY_LIMIT.saturating_mul(2) {
            break;
        }
        if read > limit || stranger {
            taken = Vec::new();
            continue;
        }
        taken.extend_from_slice(&bytes);
        if read > BEGINNING && !admitted {
            admitted = admits(&taken);
            stranger = !admitted;
        }
    }
    match (read > limit, stranger) {
        (true, _) => Err(Refusal::TooLong),
        (_, true) => Err(Refusal::Stranger),
        _ => Ok(taken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_buys_time_and_the_end_is_fixed() {
        let (time, begun) = (BodyTime::default(), Instant::now());
        let due = |read| time.next_due(begun, read) - begun;
        assert_eq!(due(0), Duration::from_secs(5));
        assert_eq!(due(10), Duration::from_secs(5) + Duration::from_secs(10) / 1_024);
        assert_eq!(due(10 * 1_024), Duration::from_secs(15));
        assert_eq!(due(8 * 1_024 * 1_024), Duration::from_secs(30));
    }
}
