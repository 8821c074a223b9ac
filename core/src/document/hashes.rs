//! Hashes: ours, Automerge's, and the eight bytes that a note keeps of one.

use std::collections::BTreeSet;

use automerge::{Automerge, ChangeHash as AutomergeHash, ReadDoc};

use crate::care::note::HeadPrefix;
use crate::ids::ChangeHash;

/// What a change rests on that is neither in the document nor coming with it. Automerge would
/// queue the change and say nothing.
pub(super) fn missing(
    doc: &Automerge,
    deps: &[ChangeHash],
    coming: &BTreeSet<ChangeHash>,
) -> Vec<ChangeHash> {
    let deps: Vec<AutomergeHash> =
        deps.iter().filter(|dep| !coming.contains(dep)).copied().map(automerges).collect();
    doc.get_missing_deps(&deps).into_iter().map(ours).collect()
}

pub(super) fn ours(hash: AutomergeHash) -> ChangeHash {
    ChangeHash(hash.0)
}

pub(super) fn automerges(hash: ChangeHash) -> AutomergeHash {
    AutomergeHash(hash.0)
}

pub(super) fn prefix(hash: ChangeHash) -> HeadPrefix {
    let ChangeHash([a, b, c, d, e, f, g, h, ..]) = hash;
    HeadPrefix([a, b, c, d, e, f, g, h])
}
