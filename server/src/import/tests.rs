use std::sync::{Arc, Mutex};

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::note::{Author, NoteKind};
use doegnrytme_core::care::visit::PlannedVisit;
use doegnrytme_core::document::schema::PLAN_SCHEMA;
use doegnrytme_core::document::{PlanDoc, read_note};
use doegnrytme_core::gate::GatedChange;
use doegnrytme_core::ids::{ActorId, DeviceNumber, DocId, ItemId, RecordKind, StreamId};
use doegnrytme_core::wire::record::{Citizen, Payload as _, Shift};
use doegnrytme_core::wire::row::{Content, Row};

use crate::intake::own::Draft;
use crate::operator::Office;
use crate::operator::bench::Bench;
use crate::operator::tests::{carer_add, office, team_add};
use crate::record::{author, write};
use crate::socket::{ImportReport, Operator as _, OperatorReply, OperatorRequest, TakenState};

const FILE: &str = r#"{"citizens": [
{"id": "c1", "team": "Team Åen", "name": "Karen Opdigtet", "address": "Opdigtet Vej 1",
 "goals": {"g1": {"title": "Selv gå i bad"}},
 "items": {
   "p1": {"title": "Bad", "text": "Spørg først.", "minutes": 30, "slot": "formiddag", "days": "ma to", "goal": "g1"},
   "p2": {"title": "Kaffe", "text": "Sort.", "minutes": 10, "slot": "formiddag", "days": "ma"}},
 "notes": [{"id": "n1", "at": "2026-03-01T08:00:00Z", "by": "t00x01", "text": "Gik fint."}]},
{"id": "c2", "team": "Team Åen", "name": "Bo Opdigtet", "items": {"p1": {"title": ""}}},
{"id": "c3", "team": "Team Ingen", "name": "Ib Opdigtet"},
{"id": "c4", "team": "1", "name": "Eva Opdigtet"}
]}"#;

fn import(office: &Office, json: &str) -> ImportReport {
    let json = json.to_owned();
    match office.handle(OperatorRequest::CitizenImport { json }).unwrap() {
        OperatorReply::Imported(report) => report,
        other => panic!("{other:?}"),
    }
}

fn shifts(office: &Office, json: &str) -> ImportReport {
    let json = json.to_owned();
    match office.handle(OperatorRequest::ShiftImport { json }).unwrap() {
        OperatorReply::Imported(report) => report,
        other => panic!("{other:?}"),
    }
}

fn states(report: &ImportReport) -> Vec<TakenState> {
    report.taken.iter().map(|row| row.state).collect()
}

fn rows(bench: &Mutex<Bench>, team: u32) -> Vec<Row> {
    let mut bench = bench.lock().unwrap();
    bench.write(|tx, _| {
        let rows = tx.rows_after(StreamId(team), 0, 10_000, usize::MAX).unwrap();
        rows.into_iter().map(|row| row.entry.row).collect()
    })
}

fn plan(bench: &Mutex<Bench>, team: u32) -> PlanDoc {
    let mut plan = PlanDoc::new().unwrap();
    for row in rows(bench, team) {
        if let (DocId::Plan(citizen, 0), Content::Change(bytes)) = (row.entry.doc, row.content) {
            let change = GatedChange::from_log(row.entry.doc, citizen, row.entry.hash, bytes);
            plan.apply(&change.unwrap()).unwrap();
        }
    }
    plan
}

/// Values of a field by the outside id of their entry.
fn values(bench: &Mutex<Bench>, team: u32, field: Field) -> Vec<(String, Vec<Scalar>)> {
    let fields = plan(bench, team).fields().unwrap();
    let mut found: Vec<(String, Vec<Scalar>)> = fields
        .iter()
        .filter(|cell| cell.section == Section::Items.key() && cell.field == Field::OutsideId.key())
        .map(|cell| {
            let of = fields.iter().filter(|other| {
                other.section == cell.section
                    && other.entry == cell.entry
                    && other.field == field.key()
            });
            let values = of.flat_map(|cell| cell.values.iter().map(|(value, _)| value.clone()));
            let Scalar::Text(outside) = cell.values[0].0.clone() else { panic!("an id") };
            (outside, values.collect())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn good_rows_are_taken_and_bad_ones_named_by_line_and_reason() {
    let (office, bench) = office();
    let team = team_add(&office, "Team Åen");
    let report = import(&office, FILE);
    assert_eq!(states(&report), [TakenState::Added, TakenState::Added]);
    let problems: Vec<(usize, &str)> =
        report.problems.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert_eq!(problems, [(8, "items[1].slot: it is missing"), (9, "team: no such team")]);
    assert!(!format!("{problems:?}").contains("Opdigtet"));
    let rows = rows(&bench, team);
    let count =
        |wanted: fn(&DocId) -> bool| rows.iter().filter(|row| wanted(&row.entry.doc)).count();
    assert_eq!(count(|doc| matches!(doc, DocId::Plan(..))), 1, "one change holds a whole plan");
    assert_eq!(count(|doc| matches!(doc, DocId::Note(_))), 1);
    assert_eq!(count(|doc| matches!(doc, DocId::Record(..))), 2);
    assert!(rows.iter().all(|row| row.origin.device == DeviceNumber::SERVER));
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    let (office, bench) = office();
    let team = team_add(&office, "Team Åen");
    import(&office, FILE);
    let before = rows(&bench, team);
    let report = import(&office, FILE);
    assert_eq!(states(&report), [TakenState::Unchanged, TakenState::Unchanged]);
    assert_eq!(rows(&bench, team), before);
}

#[test]
fn an_import_changes_only_what_the_file_changed_and_never_what_a_carer_wrote() {
    let (office, bench) = office();
    let team = team_add(&office, "Team Åen");
    import(&office, FILE);
    edit_as_a_carer(&bench, team, "p1", "Spørg, om det er en badedag.");
    let changed = FILE.replace("\"minutes\": 10", "\"minutes\": 15").replace("Vej 1", "Vej 2");
    assert_eq!(states(&import(&office, &changed))[0], TakenState::Updated);
    let texts = values(&bench, team, Field::Text);
    assert_eq!(texts[0].1, ["Spørg, om det er en badedag.".into()]);
    let minutes = values(&bench, team, Field::Minutes);
    assert_eq!(minutes[1], ("p2".into(), vec![Scalar::Int(15)]));
    let before = rows(&bench, team);
    assert_eq!(states(&import(&office, &changed))[0], TakenState::Unchanged);
    assert_eq!(rows(&bench, team), before);
    let mut addresses = before.iter().filter_map(|row| match (row.entry.doc, &row.content) {
        (DocId::Record(7, _), Content::Record { payload, .. }) => {
            Citizen::read(payload).ok().map(|citizen| citizen.address)
        }
        _ => None,
    });
    assert_eq!(addresses.next_back().as_deref(), Some("Opdigtet Vej 2"));
}

/// Stands in for a carer: another author than the import writes in the plan.
fn edit_as_a_carer(bench: &Mutex<Bench>, team: u32, item: &str, text: &str) {
    let mut plan = plan(bench, team);
    let fields = plan.fields().unwrap();
    let cell = fields
        .iter()
        .find(|cell| {
            cell.section == Section::Items.key()
                && cell.field == Field::OutsideId.key()
                && cell.values[0].0 == Scalar::from(item)
        })
        .unwrap();
    let entry: ItemId = cell.entry.parse().unwrap();
    let put =
        PlanCommand::Put { section: Section::Items, entry, field: Field::Text, value: text.into() };
    let mut bench = bench.lock().unwrap();
    let actor = ActorId::new(DeviceNumber::SERVER, [7; 12]);
    let change = plan.edit(&[put], actor, bench.now).unwrap();
    bench.write(|tx, context| {
        let citizen = tx.citizen_by_outside("c1").unwrap().unwrap().id;
        let draft = Draft {
            doc: DocId::Plan(citizen, 0),
            citizen: Some(citizen),
            home: None,
            content: Content::Change(change.bytes),
            schema: PLAN_SCHEMA,
            certificate: author::certificate(tx, context).unwrap(),
            written: context.now,
        };
        write::publish(tx, context, vec![draft]).unwrap();
    });
}

#[test]
fn an_earlier_note_keeps_outside_id_author_and_time_and_is_never_changed() {
    let (office, bench) = office();
    let team = team_add(&office, "Team Åen");
    import(&office, FILE);
    let note = rows(&bench, team)
        .into_iter()
        .find_map(|row| match (row.entry.doc, row.content) {
            (DocId::Note(id), Content::Change(bytes)) => {
                Some(read_note(id, Author::Municipality, &bytes).unwrap().note)
            }
            _ => None,
        })
        .unwrap();
    assert_eq!(note.kind, NoteKind::Import);
    assert_eq!(note.author, Author::Outside("t00x01".into()));
    assert_eq!((note.outside_id.as_deref(), note.text.as_str()), (Some("n1"), "Gik fint."));
    assert_eq!(note.written.to_rfc3339(), "2026-03-01T08:00:00Z");
    let before = rows(&bench, team);
    let report = import(&office, &FILE.replace("Gik fint.", "Gik skidt."));
    assert!(report.problems[0].reason.starts_with("notes[1]: it was taken in with other words"));
    assert_eq!(rows(&bench, team), before, "nothing of the row was taken");
}

#[test]
fn an_import_moves_nobody_to_another_team() {
    let (office, _bench) = office();
    team_add(&office, "Team Åen");
    team_add(&office, "Team Broen");
    import(&office, FILE);
    let report = import(&office, &FILE.replace("Team Åen", "Team Broen"));
    assert!(report.problems[0].reason.contains("moves nobody"));
}

#[test]
fn a_plan_that_takes_more_than_one_change_is_taken_whole() {
    let (office, bench) = office();
    let team = team_add(&office, "Team Åen");
    let items: Vec<String> = (0..200)
        .map(|at| {
            format!(
                r#""p{at:03}": {{"title": "Punkt {at}", "text": "{}", "minutes": 5, "slot": "nat", "days": "ma"}}"#,
                "ord ".repeat(100)
            )
        })
        .collect();
    let file = format!(
        r#"[{{"id": "c1", "team": "Team Åen", "name": "Karen Opdigtet", "items": {{{}}}}}]"#,
        items.join(",")
    );
    let report = import(&office, &file);
    assert_eq!(report.problems, []);
    assert_eq!(values(&bench, team, Field::Title).len(), 200);
    assert_eq!(states(&import(&office, &file)), [TakenState::Unchanged]);
}

const SHIFTS: &str = r#"{"shifts": [
{"carer": "Anja Opdigtet", "team": "Team Åen", "day": "2026-03-02", "visits": [
  {"citizen": "c1", "from": "07:00", "to": "07:30", "course": "plejepakke 2"},
  {"citizen": "c1", "from": "08:00", "to": "08:10"}]},
{"carer": "Bilal Opdigtet", "team": "Team Åen", "day": "2026-03-02", "visits": [
  {"citizen": "c1", "from": "08:30", "to": "08:45"}]},
{"carer": "Anja Opdigtet", "team": "Team Åen", "day": "2026-03-02", "visits": [
  {"citizen": "c9", "from": "07:00", "to": "07:30"}]},
{"carer": "Ingen", "team": "Team Åen", "day": "2026-03-02", "visits": []}
]}"#;

fn planned(bench: &Arc<Mutex<Bench>>, team: u32) -> Vec<PlannedVisit> {
    bench.lock().unwrap().write(|tx, _| {
        let records = tx.records(RecordKind::Shift as u8, StreamId(team)).unwrap();
        let mut visits: Vec<PlannedVisit> = records
            .iter()
            .flat_map(|record| Shift::read(record.payload.as_ref().unwrap()).unwrap().visits)
            .collect();
        visits.sort_by_key(|visit| visit.key);
        visits
    })
}

#[test]
fn planned_visits_get_numbers_of_their_own_and_keep_them() {
    let (office, bench) = office();
    let team = team_add(&office, "Team Åen");
    import(&office, FILE);
    carer_add(&office, "Team Åen", "Anja Opdigtet");
    carer_add(&office, "Team Åen", "Bilal Opdigtet");
    let report = shifts(&office, SHIFTS);
    assert_eq!(states(&report), [TakenState::Added, TakenState::Added]);
    let reasons: Vec<(usize, &str)> =
        report.problems.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (7, "visits[1].citizen: no such citizen in the team"),
            (9, "carer: no such carer in the team")
        ]
    );
    let first = planned(&bench, team);
    let numbers: Vec<u8> = first.iter().map(|visit| visit.key.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(first[0].course.as_deref(), Some("plejepakke 2"));
    let report = shifts(&office, SHIFTS);
    assert_eq!(states(&report), [TakenState::Unchanged, TakenState::Unchanged]);
    // A visit that goes leaves its number free; the others keep theirs.
    let fewer = SHIFTS.replace(
        "{\"citizen\": \"c1\", \"from\": \"07:00\", \"to\": \"07:30\", \"course\": \"plejepakke 2\"},",
        "",
    );
    assert_eq!(states(&shifts(&office, &fewer))[0], TakenState::Updated);
    let numbers: Vec<u8> = planned(&bench, team).iter().map(|visit| visit.key.number).collect();
    assert_eq!(numbers, [2, 3]);
}
