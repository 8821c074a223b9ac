//! A tablet is updated before the server. What its newer app writes waits on the server, kept and
//! on its way, until the server is updated too; then everybody gets it, in order.

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::ids::{ChangeHash, DocId};
use doegnrytme_core::wire::verdict::Verdict;
use doegnrytme_tests::harness::{Tablet, Team, until};
use doegnrytme_tests::newer::{self, Written};

const CITIZEN: &str = "c00x000";

/// Saves as the newer app does.
fn saves(tablet: &Tablet, what: Written) -> (DocId, ChangeHash) {
    let (citizen, carer) = (tablet.citizen(CITIZEN), tablet.carer());
    let written = tablet.clock().really();
    let saved = tablet
        .device()
        .look(move |machine| newer::saves(machine.store(), citizen, carer, written, what));
    saved.and_then(|saved| saved).unwrap_or_else(|problem| panic!("{problem}"))
}

fn edit(tablet: &Tablet, text: &str) -> Written {
    let (section, field) = (Section::Items, Field::Text);
    let entry = tablet.item(CITIZEN, "p00").1;
    Written::Edit(PlanCommand::Put { section, entry, field, value: Scalar::from(text) })
}

/// What the server last said of the tablet's rows that are on their way.
fn on_their_way(tablet: &Tablet) -> Vec<Option<Verdict>> {
    let open = tablet.device().reads(|store| store.read(|tx| tx.outbox_open())).unwrap();
    open.into_iter().map(|row| row.verdict).collect()
}

/// Where a row stands in the team's stream.
fn place(tablet: &Tablet, (doc, hash): (DocId, ChangeHash)) -> Option<u64> {
    let row = tablet.device().reads(move |store| store.read(|tx| tx.logged(&doc, &hash))).unwrap();
    Some(row?.placed?.seq)
}

fn cannot_be_shown(tablet: &Tablet) -> u64 {
    tablet.device().reads(|store| store.read(|tx| tx.unreadable_count())).unwrap()
}

#[test]
fn what_a_newer_app_wrote_waits_for_the_servers_update_and_then_reaches_everybody_in_order() {
    let mut team = Team::of(3);
    let newer = &team.tablets[0];
    newer.notes(CITIZEN, "Skrevet før opdateringen.");
    let edited = saves(newer, edit(newer, "Skrevet af den nyere app."));
    newer.rewrites(CITIZEN, "p00", "Skrevet oven på den nyere.");
    let field = saves(newer, Written::NoteWithANewField("Med et felt, som er nyt.".to_owned()));
    let kind = saves(newer, Written::NoteOfANewKind("Af en slags, som er ny.".to_owned()));
    let before = team.tablets[1].sees(CITIZEN, "p00").fields[1].clone();

    team.goes_online();
    let missing = vec![edited.1];
    let waits = |missing: &[ChangeHash]| Some(Verdict::Parked { missing: missing.to_vec() });
    let parked = vec![waits(&[]), waits(&missing), waits(&[]), waits(&[])];
    // The second time it is the same version that was started anew.
    for _ in 0..2 {
        let newer = &team.tablets[0];
        until("the server keeps what it does not know", || {
            (on_their_way(newer) == parked).then_some(())
        });
        assert!(!newer.is_equal(), "what is on its way is not said to be synchronised");
        for other in &team.tablets[1..] {
            until("the others have what the server knows", || {
                let has = |text: &String| text == "Skrevet før opdateringen.";
                other.reads(CITIZEN).iter().any(has).then_some(())
            });
            other.until_synced();
            assert_eq!(other.sees(CITIZEN, "p00").fields[1], before);
            assert_eq!(cannot_be_shown(other), 0);
        }
        team.goes_offline();
        team.server.restarts();
        team.goes_online();
    }

    team.goes_offline();
    team.server.is_upgraded();
    let content = team.syncs();
    assert_eq!(content.citizens[CITIZEN].items["p00"].fields[1], "Skrevet oven på den nyere.");
    assert_eq!(content.conflicts(), 0);
    for tablet in &team.tablets {
        let [edited, field, kind] = [edited, field, kind].map(|row| place(tablet, row));
        assert!(
            edited.is_some() && edited < field && field < kind,
            "{edited:?} {field:?} {kind:?}"
        );
        let texts = tablet.reads(CITIZEN);
        assert!(texts.iter().any(|text| text == "Med et felt, som er nyt."), "{texts:?}");
        // "Kan ikke vises her, opdatér": it is in the log, counted, and in everybody's digest.
        assert_eq!(cannot_be_shown(tablet), 1, "{}", tablet.name());
    }
}
