//! Stories: what people do with the whole system, one file a story.

#![cfg(test)]

mod a_week_offline;
mod answer_lost_then_one_more_note;
mod backup_and_restore;
mod bad_input;
mod certificate_renewed;
mod correction_keeps_the_original;
mod damaged_tablet;
mod end_of_shift;
mod flood;
mod fresh_tablet_joins;
mod full_disk;
mod headless_plays_a_workload;
mod inspect_says_what_would_become;
mod interrupted_sync_resumes;
mod killed_at_any_moment;
mod late_tablet;
mod layout;
mod nothing_new_loads_nothing;
mod nothing_private_in_logs;
mod parked_for_a_newer_schema;
mod processes;
mod relative_gets_one_digest;
mod retired_and_stolen;
mod rolled_back_server_keeps_promises;
mod security_table;
mod server_rolled_back_by_hand;
mod shared_tablet;
mod shared_workload;
mod tablet_clock_says_1970;
mod trial_children;
mod two_carers_edit_one_item;
mod verify_finds_damage;
mod wrong_clocks;
