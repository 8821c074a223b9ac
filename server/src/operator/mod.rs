//! What the operator's verbs do.

#[cfg(test)]
pub(crate) mod bench;
