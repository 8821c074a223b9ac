//! What a world says when a promise was broken in it.

use doegnrytme_core::store::StoreError;
use doegnrytme_core::tablet::OpenError;
use doegnrytme_server::intake::IntakeError;
use doegnrytme_server::node::KeysError;
use doegnrytme_server::operator::OperatorFailure;

/// A broken promise, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// What a world's functions give.
pub type Held<T> = Result<T, Broken>;

/// Breaks a promise unless `holds`; `say` tells which.
///
/// # Errors
/// The broken promise.
pub fn promise(holds: bool, say: impl FnOnce() -> String) -> Held<()> {
    if holds { Ok(()) } else { Err(Broken(say())) }
}

macro_rules! breaks {
    ($($error:ty => $word:literal,)*) => {
        $(impl From<$error> for Broken {
            fn from(error: $error) -> Self {
                Self(format!("{}: {error}", $word))
            }
        })*
    };
}

breaks! {
    StoreError => "a tablet's store",
    OpenError => "a tablet cannot be opened",
    doegnrytme_server::store::StoreError => "the server's store",
    IntakeError => "the server's intake",
    KeysError => "the server's keys",
    OperatorFailure => "the operator",
    doegnrytme_core::trust::TrustError => "a signature",
    doegnrytme_core::document::DocumentError => "a document",
    std::io::Error => "a file",
}
