//! The municipality's server.
