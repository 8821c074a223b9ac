//! Requests that wait for news, and when each is looked at.
//!
//! What comes in a storm is told together: a stirred request is answered when nothing new came
//! for [`QUIET`], or [`LONGEST`] after the first news.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::engine::Waiting;
use crate::http::Answer;
use crate::intake::Taken;

/// Nothing new for so long: tell.
const QUIET: Duration = Duration::from_millis(10);
/// So long after the first news: tell what there is.
const LONGEST: Duration = Duration::from_millis(40);

/// A waiting request.
pub(super) struct Waiter {
    pub(super) waiting: Box<Waiting>,
    pub(super) until: Instant,
    pub(super) answer: oneshot::Sender<Answer>,
    /// First and last news since it was looked at.
    stirred: Option<(Instant, Instant)>,
}

impl Waiter {
    fn due(&self) -> Instant {
        match self.stirred {
            None => self.until,
            Some((first, last)) => self.until.min((last + QUIET).min(first + LONGEST)),
        }
    }

    /// Looked at without news for it: it waits on.
    pub(super) fn calm(mut self) -> Self {
        self.stirred = None;
        self
    }
}

/// All waiting requests.
#[derive(Default)]
pub(super) struct Waiters(Vec<Waiter>);

impl Waiters {
    /// Keeps a request until news or `until`. Another one of the same device is answered at once
    /// by the caller: a tablet has one connection that waits.
    pub(super) fn add(
        &mut self,
        waiting: Box<Waiting>,
        until: Instant,
        answer: oneshot::Sender<Answer>,
    ) {
        self.0.push(Waiter { waiting, until, answer, stirred: None });
    }

    /// Puts back a request that was looked at.
    pub(super) fn put_back(&mut self, waiter: Waiter) {
        self.0.push(waiter);
    }

    /// Marks those whom something concerns.
    pub(super) fn stir(&mut self, taken: &Taken, now: Instant) {
        if taken.is_empty() {
            return;
        }
        for waiter in self.0.iter_mut().filter(|waiter| waiter.waiting.is_stirred_by(taken)) {
            let first = waiter.stirred.map_or(now, |(first, _)| first);
            waiter.stirred = Some((first, now));
        }
    }

    /// Stirs everybody: something changed that concerns no stream.
    pub(super) fn stir_all(&mut self, now: Instant) {
        for waiter in &mut self.0 {
            waiter.stirred = Some((now, now));
        }
    }

    /// When the next one must be looked at.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.iter().map(Waiter::due).min()
    }

    /// Takes out at most `most` of those that must be looked at; drops those who hung up.
    pub(super) fn take_due(&mut self, now: Instant, most: usize) -> Vec<Waiter> {
        self.0.retain(|waiter| !waiter.answer.is_closed());
        let mut due = Vec::new();
        let mut at = 0;
        while at < self.0.len() && due.len() < most {
            if self.0.get(at).is_some_and(|waiter| waiter.due() <= now) {
                due.push(self.0.swap_remove(at));
            } else {
                at += 1;
            }
        }
        due
    }

    /// Takes out all.
    pub(super) fn take_all(&mut self) -> Vec<Waiter> {
        std::mem::take(&mut self.0)
    }
}
