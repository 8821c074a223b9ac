//! What a file of citizens may say, and how each mistake in it is named.

use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::role::Roles;

use super::*;

const WHOLE: &str = r#"{
    "id": "c1", "team": "Team Åen", "name": "Opdigtet Borger", "address": "Opdigtet Vej 1",
    "items": {
        "p2": {"title": "Bad", "minutes": 30, "slot": "formiddag", "days": "ma to",
               "goal": "g1", "roles": ["helper", "nurse"], "law": "ael10", "own": true},
        "p1": {"title": "Morgenmad", "text": "Havregrød", "minutes": 15, "slot": "morgen",
               "days": "ma ti on to fr lø sø"}
    },
    "goals": {"g1": {"title": "Selv gå i bad"}},
    "life_story": {"l1": "Var lærer."},
    "what_matters": {"w1": {"prompt": 2, "text": "Kaffe først."}},
    "contacts": {"k1": {"place": "primary", "name": "Opdigtet Hjælper"}},
    "safety": {"s1": {"title": "Løst gulvtæppe"}},
    "notes": [{"id": "n1", "at": "2026-03-01T08:00:00Z", "by": "t00", "text": "Gik fint."}]
}"#;

#[test]
fn a_row_is_read_in_the_order_of_the_file_with_the_defaults_filled_in() {
    let row = CitizenRow::read(WHOLE).unwrap();
    let ids: Vec<&str> = row.entries.iter().map(|entry| entry.outside_id.as_str()).collect();
    assert_eq!(ids, ["g1", "p2", "p1", "l1", "w1", "k1", "s1"]);
    let breakfast = &row.entries[2].fields;
    assert!(breakfast.contains(&(Field::Law, "sel83".into())));
    assert!(breakfast.contains(&(Field::Roles, Scalar::Int(Roles::ALL.bits().into()))));
    assert_eq!(row.notes[0].law, LegalBasis::Sel83);
    assert_eq!(row.notes[0].note(NoteId([1; 16]), CitizenId([2; 16])).unwrap().text, "Gik fint.");
}

#[test]
fn each_mistake_is_named_by_its_place() {
    for (wrong, right, problem) in [
        ("\"minutes\": 0", "\"minutes\": 30", "items[1]: minutes: the number is out of range"),
        ("\"slot\": \"frokost\"", "\"slot\": \"formiddag\"", "items[1].slot: no part of the day"),
        ("\"goal\": \"g9\"", "\"goal\": \"g1\"", "items[1].goal: no such goal"),
        ("\"law\": \"sel84\"", "\"law\": \"ael10\"", "items[1].law: no legal basis of those known"),
        ("[\"chef\"]", "[\"helper\", \"nurse\"]", "items[1].roles: a role that is not known"),
        ("\"prompt\": 7", "\"prompt\": 2", "what_matters[1]: prompt: the number is out of range"),
        ("\"team\": \"\"", "\"team\": \"Team Åen\"", "team: it is empty"),
        ("\"by\": null", "\"by\": \"t00\"", "notes[1].by: it is missing"),
        (
            "\"at\": \"i går\"",
            "\"at\": \"2026-03-01T08:00:00Z\"",
            "notes[1].at: a time such as 2026-03-02T06:05:09Z, from 2020 on, belongs here",
        ),
    ] {
        let row = WHOLE.replace(right, wrong);
        assert_ne!(row, WHOLE, "{wrong}");
        let error = CitizenRow::read(&row).unwrap_err().to_string();
        assert_eq!(error, problem);
    }
}

#[test]
fn no_value_of_the_file_is_in_a_problem() {
    let secret = "Karen 0101301234";
    for broken in [
        WHOLE.replace("\"Bad\"", &format!("\"{secret}\", \"{secret}\": 1")),
        WHOLE.replace("30", &format!("\"{secret}\"")),
        WHOLE.replace("\"Opdigtet Vej 1\"", &format!("[\"{secret}\"]")),
        WHOLE.replace("\"ma to\"", &format!("\"{secret}\"")),
        WHOLE.replace("\"n1\"", &format!("\"{secret}\\n\"")),
        WHOLE.replace("\"primary\"", &format!("\"{secret}\"")),
        format!("{{\"{secret}\""),
    ] {
        let error = CitizenRow::read(&broken).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Karen"), "{error}");
    }
}

#[test]
fn two_notes_with_one_id_are_a_mistake_of_the_file() {
    let note = r#"{"id": "n1", "at": "2026-03-01T08:00:00Z", "by": "t00", "text": "Gik fint."}"#;
    let row = WHOLE.replace(note, &format!("{note}, {note}"));
    assert_eq!(
        CitizenRow::read(&row).unwrap_err().to_string(),
        "notes[2]: an earlier note has the same id"
    );
}
