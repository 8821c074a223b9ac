//! The records lane on the server's side: directory, settings, word lists, relatives, consents.

pub mod words;
