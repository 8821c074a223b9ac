//! The store's SQL, all of it but the migrations, one file a subject.

pub(super) mod batches;
pub(super) mod carers;
pub(super) mod cells;
pub(super) mod certificates;
pub(super) mod digests;
pub(super) mod drafts;
pub(super) mod facts;
pub(super) mod log;
pub(super) mod log_writes;
pub(super) mod notes;
pub(super) mod outbox;
pub(super) mod plans;
pub(super) mod records;
pub(super) mod salvage;
pub(super) mod scope;
pub(super) mod singles;
