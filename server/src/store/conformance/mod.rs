//! What every backend must do, told as tests against the port.
//!
//! [`conformance`] makes one test of each sentence for a backend; it is handed a function that
//! opens a fresh store. SQLite passes it; PostgreSQL will have to.

pub(crate) mod belonging;
pub(crate) mod entries;
pub(crate) mod ground;
pub(crate) mod streams;

use super::{Store, StoreError, Tx, read, write};

/// Runs `work` and keeps what it wrote.
fn kept<T>(store: &mut dyn Store, work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>) -> T {
    write(store, work).unwrap()
}

/// Runs `work` and keeps nothing.
fn seen<T>(store: &mut dyn Store, work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>) -> T {
    read(store, work).unwrap()
}

/// One test a sentence: `conformance!(open_fresh_store);`.
macro_rules! conformance {
    ($open:expr; $($part:ident: $($sentence:ident),+;)+) => {
        $($(
            #[test]
            fn $sentence() {
                let (mut store, _folder) = $open();
                crate::store::conformance::$part::$sentence(&mut store);
            }
        )+)+
    };
    ($open:expr) => {
        crate::store::conformance::conformance! {
            $open;
            ground: what_is_not_committed_was_never_written, a_mark_takes_back_only_what_follows_it,
                a_reader_sees_what_was_committed, a_singleton_takes_its_last_value,
                an_epoch_begins_behind_every_streams_head;
            belonging: a_device_joins_a_stream_at_its_head_once,
                a_new_citizen_raises_the_serial_of_whoever_reads_the_team,
                nonces_are_replaced_as_a_whole, teams_are_numbered_from_one,
                a_carers_teams_are_those_of_the_last_writing,
                a_certificate_has_its_number_before_it_comes, the_longest_certificate_counts,
                what_a_device_has_is_remembered;
            entries: a_chain_ends_with_the_last_batch_that_counts,
                a_batch_stored_again_keeps_its_time, no_more_than_sixteen_pushes_lie_aside,
                an_entry_is_known_by_document_and_hash,
                a_parked_entry_waits_for_each_missing_change,
                an_entry_of_a_newer_schema_waits_for_the_server,
                the_gate_counts_what_is_not_refused_or_set_aside,
                an_entry_reads_back_whole, held_entries_are_found_by_their_certificate;
            streams: a_stream_has_one_row_a_place, rows_come_in_order_and_in_pieces,
                a_bucket_holds_its_rows_and_its_count, a_blob_is_kept_a_part,
                a_verdict_log_is_read_from_where_it_was_heard,
                a_record_counts_its_versions;
        }
    };
}
pub(crate) use conformance;
