//! The citizens at whose changes the faulty child fails, and how.

use doegnrytme_core::ids::CitizenId;

/// It never answers.
pub const HANGS: CitizenId = CitizenId([0xfa; 16]);
/// It asks for two gigabytes.
pub const TAKES_MEMORY: CitizenId = CitizenId([0xfb; 16]);
/// It ends without a word.
pub const ABORTS: CitizenId = CitizenId([0xfc; 16]);
