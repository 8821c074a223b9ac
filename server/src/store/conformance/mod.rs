//! What every backend must do, told as tests against the port.
//!
//! [`conformance`] makes one test of each sentence for a backend; it is handed a function that
//! opens a fresh store. SQLite passes it; PostgreSQL will have to.

pub(crate) mod belonging;
pub(crate) mod entries;
pub(crate) mod facts;
pub(crate) mod ground;
pub(crate) mod joining;
pub(crate) mod journal;
pub(crate) mod people;
pub(crate) mod plans;
pub(crate) mod records;
pub(crate) mod rolled_back;
pub(crate) mod sms;
pub(crate) mod streams;
pub(crate) mod walks;

use super::{Store, StoreError, Tx, read, write};

/// Runs `work` and keeps what it wrote.
fn kept<T>(store: &mut dyn Store, work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>) -> T {
    write(store, work).unwrap()
}

/// Runs `work` and keeps nothing.
fn seen<T>(store: &mut dyn Store, work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>) -> T {
    read(store, work).unwrap()
}

/// Does what the store must refuse, and takes it back: after a refusal some databases take nothing
/// more before that.
fn refuses<T>(tx: &mut dyn Tx, work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>) {
    tx.mark().unwrap();
    assert!(work(tx).is_err());
    tx.undo().unwrap();
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
            people: citizens_come_by_id_and_each_is_in_one_team,
                an_outside_id_names_one_citizen_letter_by_letter,
                a_citizen_cannot_come_to_a_team_that_is_not_there,
                carers_come_by_id_with_their_teams_by_number;
            joining: a_code_is_known_by_kind_and_name_and_kept_once,
                a_used_code_says_by_whom_and_the_other_is_as_it_was,
                codes_are_forgotten_from_the_second_on_in_which_they_are_void,
                imports_come_by_outside_id_byte_by_byte_of_one_citizen_and_kind;
            records: a_record_lies_in_the_stream_of_its_present_version,
                records_of_a_kind_come_by_id, a_version_without_content_has_no_payload,
                relatives_come_by_id_as_they_were_last_written;
            facts: a_fact_reads_back_whole_and_one_of_the_same_note_takes_its_place,
                a_days_facts_are_its_visits_and_what_points_at_them_however_far,
                notes_that_point_at_each_other_come_once,
                forgotten_facts_are_read_anew_from_the_first_row;
            sms: there_is_one_message_a_relative_and_day_in_whatever_state,
                a_message_is_moved_only_from_the_state_that_it_is_in,
                messages_come_by_day_and_relative, a_reference_is_given_once;
            plans: a_plan_has_its_last_version_and_an_unwritten_one_the_first,
                a_plans_changes_are_the_published_ones_in_order_of_arrival,
                an_item_has_the_roles_that_were_said_last_and_items_come_by_id;
            journal: without_a_journal_nothing_is_protected,
                a_journal_has_what_was_committed_in_order_and_nothing_else,
                what_became_due_without_a_journal_goes_into_the_next_one;
            walks: a_walk_in_pieces_meets_every_row_once,
                a_walk_along_a_stream_says_what_each_entry_says_of_its_place,
                a_walk_over_entries_and_batches_gives_them_whole,
                a_walk_over_verdict_logs_ends_where_they_end,
                a_walk_names_each_record_and_each_bucket_with_frames_once,
                what_points_at_nothing_is_counted_and_a_sound_store_has_none;
            rolled_back: what_was_given_up_or_taken_back_left_nothing_of_any_subject;
        }
    };
}
pub(crate) use conformance;
