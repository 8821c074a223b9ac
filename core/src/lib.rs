//! Everything a Døgnrytme tablet knows, without a screen.
//!
//! The modules in the order in which they may use each other (a test holds it). To follow one tick
//! from a carer's finger to a colleague's screen, read these, in order:
//!
//! 1. [`tablet::event`]: `Event::Tick`, then `Event::CloseVisit`
//! 2. [`tablet::visit`]: the tick is kept in the draft; closing makes a [`care::note::Note`] of it
//! 3. [`tablet::author`]: the note becomes one change, passes the [`gate`], is saved
//! 4. [`store`] (`saving.rs`): sealed outbox file, one commit, "gemt"
//! 5. [`sync::batch`]: it is cut into a signed batch; [`sync::compose`]: the batch rides in a request
//! 6. the server's `intake::push` and `stream::publish`: judged, durable, at a place in the stream
//! 7. [`sync::absorb`] and [`sync::rows`] on the other tablet: the page is taken in
//! 8. [`store`] (`log.rs`, `projecting.rs`): gated again, in the log, in the projection

// In the order of use, which is not the alphabet's.
pub mod ids;

pub mod time;

pub mod port;

pub mod care;

pub mod wire;

pub mod gate;

pub mod document;

pub mod trial;

pub mod trust;

pub mod store;

pub mod sync;

#[cfg(feature = "transport")]
pub mod transport;

pub mod tablet;
