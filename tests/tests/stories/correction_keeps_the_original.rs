//! A note was wrong. The correction says what is right; the original stays readable (L1).

use doegnrytme_core::care::note::{Note, NoteKind};
use doegnrytme_core::ids::NoteId;
use doegnrytme_core::tablet::event::Event;
use doegnrytme_tests::harness::{Tablet, Team};

fn notes(tablet: &Tablet) -> Vec<Note> {
    let rows = tablet.device().reads(|store| store.read(|tx| tx.all_notes())).unwrap();
    rows.into_iter().map(|row| row.note).collect()
}

fn id_of(tablet: &Tablet, text: &str) -> NoteId {
    notes(tablet).iter().find(|note| note.text == text).unwrap().id
}

#[test]
fn original_and_correction_stand_beside_each_other_on_every_tablet() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Drak 200 ml.");
    team.syncs();
    let original = id_of(&team.tablets[1], "Drak 200 ml.");
    team.tablets[1].does(Event::Correct { note: original, text: "Drak 20 ml.".to_owned() });
    team.until_quiet();
    for tablet in &team.tablets {
        let notes = notes(tablet);
        let first = notes.iter().find(|note| note.id == original).unwrap();
        assert_eq!((first.text.as_str(), first.kind), ("Drak 200 ml.", NoteKind::Visit));
        let second = notes.iter().find(|note| note.points_at == Some(original)).unwrap();
        assert_eq!((second.text.as_str(), second.kind), ("Drak 20 ml.", NoteKind::Correction));
        assert_ne!(second.author, first.author);
        assert!(second.written >= first.written);
    }
}
