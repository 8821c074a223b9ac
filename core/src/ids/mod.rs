//! The names of things: newtypes for every id, so that one can never stand in for another.
//!
//! Ids are bytes inside and Crockford base-32 or hex outside. None of them says anything about a
//! person: a citizen's id is our own UUID and never a CPR number (L7).

mod doc;
mod fixed;
mod number;
mod short;
mod text;

pub use doc::{DocId, RecordKind};
pub use fixed::*;
pub use number::{DeviceNumber, OpId, StreamId};
pub use short::{ItemId, NoteId};
pub use text::{from_hex, hex};

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct BadId(pub &'static str);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_an_id_or_an_error(text: String) {
            let _ = text.parse::<ItemId>();
            let _ = text.parse::<NoteId>();
            let _ = text.parse::<CitizenId>();
            let _ = DocId::from_bytes(text.as_bytes());
        }
    }
}
