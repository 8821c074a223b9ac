//! What became of a request: an answer, or a place among those who wait for news.

use doegnrytme_core::ids::{DeviceNumber, StreamId};
use doegnrytme_core::wire::digest::DigestAsk;
use doegnrytme_core::wire::request::RequestHead;

use crate::http::Answer;
use crate::intake::Taken;
use crate::stream::cursor::Places;

/// What became of a request.
pub enum Handled {
    /// Answer it.
    Answer(Answer),
    /// There is nothing to tell yet: keep it, and ask [`Engine::wake`](super::Engine::wake) when something came.
    Wait(Box<Waiting>),
}

/// A request that waits for news; its nonce is spent.
pub struct Waiting {
    pub(super) head: RequestHead,
    pub(super) places: Places,
    pub(super) budget: usize,
    /// Compared when it is answered.
    pub(super) digest: Option<DigestAsk>,
}

impl Waiting {
    /// The device that waits.
    #[must_use]
    pub fn device(&self) -> DeviceNumber {
        self.head.device
    }

    /// Whether what was taken in may concern it.
    #[must_use]
    pub fn is_stirred_by(&self, taken: &Taken) -> bool {
        let reads =
            |stream: &StreamId| self.places.streams.iter().any(|place| place.stream == *stream);
        taken.devices.contains(&self.head.device) || taken.streams.iter().any(reads)
    }
}

/// A handled request, and whom it gave something new to read.
pub struct Done {
    /// What to do with the request.
    pub handled: Handled,
    /// Whom to wake.
    pub taken: Taken,
}

impl Done {
    pub(super) fn refuse(status: u16, text: &str) -> Self {
        Self { handled: Handled::Answer(Answer::text(status, text)), taken: Taken::default() }
    }
}
