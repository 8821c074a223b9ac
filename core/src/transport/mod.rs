//! HTTPS to the server: the only module with a socket.
//!
//! [`pins`] decides whom to trust (pinned keys, no dates, no authorities), [`http`] sends one
//! request at a time and can be cut off at any moment.

pub mod http;
pub mod pins;
