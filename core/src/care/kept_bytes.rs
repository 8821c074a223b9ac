//! The outbox of a tablet in use holds these bytes; every later version must read them.
//!
//! A failure here means that a shape changed which may only grow: give a new field a new number
//! and make it optional, never move one.

use super::command::{Command, PlanCommand};
use super::consent::{Act, Channel, ConsentEntry, ConsentId, SaidTo, Topic};
use super::example::{KAREN, advis_words, anna, day, head, item_id, note_id, report, visit_key};
use super::field::{Field, Scalar, Section};
use super::minutes::Minutes;
use super::note::{Function, HeadPrefix, Note, Outcome, PhraseId, Recipient};
use super::visit::{PlannedVisit, Span};
use crate::ids::{CarerId, RelativeId, from_hex, hex};
use crate::time::UnixSeconds;

fn kept<T>(value: &T, bytes: &str)
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    assert_eq!(hex(&minicbor::to_vec(value).unwrap()), bytes, "{value:?}");
    let bytes = from_hex(bytes).unwrap();
    assert_eq!(&minicbor::decode::<T>(&bytes).unwrap(), value);
}

fn edit(edit: PlanCommand) -> Command {
    Command::Plan { citizen: KAREN, edit }
}

#[test]
fn edits_are_kept_as_these_bytes() {
    kept(
        &edit(PlanCommand::AddEntry {
            section: Section::LifeStory,
            entry: item_id(1),
            fields: vec![(Field::Text, "Født på Fyn".into())],
        }),
        "8200825001010101010101010101010101010101820083034500000000018182018200816d46c3b8\
         64742070c3a52046796e",
    );
    kept(
        &edit(PlanCommand::Put {
            section: Section::Items,
            entry: item_id(2),
            field: Field::Minutes,
            value: Scalar::Int(25),
        }),
        "820082500101010101010101010101010101010182018400450000000002028201811819",
    );
    kept(
        &edit(PlanCommand::Resolve {
            section: Section::Items,
            entry: item_id(2),
            field: Field::EachOnItsOwn,
            value: Scalar::Bool(true),
        }),
        "8200825001010101010101010101010101010101820284004500000000020b820281f5",
    );
    kept(
        &Command::Record { kind: 5, id: [7; 16], payload: vec![1, 2, 3] },
        "82028305500707070707070707070707070707070743010203",
    );
}

#[test]
fn notes_are_kept_as_these_bytes() {
    let mut report = report();
    report.outcome = Outcome::Deviation { needs_action: true };
    report.text = "Ville ikke i bad".to_owned();
    report.not_given = vec![item_id(2)];
    report.plan_heads = vec![HeadPrefix([3; 8])];
    report.phrases = vec![PhraseId(300)];
    report.ticks[0].outside_id = Some("k1".to_owned());
    let visit = Note::visit(head(1, anna()), report).unwrap();
    kept(
        &Command::SaveNote(Box::new(visit)),
        "82018191500101010101010101010101010101010100500101010101010101010101010101010182\
         0081500a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a1a69a5357100845001010101010101010101010101\
         01010119502200011a69a535708183450000000001183c626b3181450000000002820181f5705669\
         6c6c6520696b6b652069206261641481480303030303030303f68119012cf4",
    );
    let advis = Note::advis(head(2, anna()), advis_words(day("2026-03-09"))).unwrap();
    kept(
        &advis,
        "93500202020202020202020202020202020205500101010101010101010101010101010182008150\
         0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a1a69a5357200f61a69a535728080f660f680f680f4f68576\
         4b6172656e2072656a736572207369672074756e67746e466f7268c3b86a65742073746f6c781845\
         6e20767572646572696e67206166207472c3a66e696e6782008102195029",
    );
    let nurse = Recipient::Function(Function::Nurse);
    let about = Some(note_id(9));
    let handover = Note::handover(head(3, anna()), nurse, about, "Rød hud".to_owned()).unwrap();
    kept(
        &handover,
        "92500303030303030303030303030303030302500101010101010101010101010101010182008150\
         0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a1a69a5357300f61a69a535738080f66852c3b86420687564\
         f680500909090909090909090909090909090980f482008100",
    );
}

#[test]
fn consents_and_planned_visits_are_kept_as_these_bytes() {
    let entry = |act| ConsentEntry {
        id: ConsentId([4; 16]),
        relative: RelativeId([5; 16]),
        act,
        said_to: SaidTo::Carer(CarerId([6; 16])),
        at: UnixSeconds(1_772_434_800),
    };
    let despite = vec![ConsentId([8; 16])];
    kept(
        &entry(Act::Give { topic: Topic::Wellbeing, channel: Channel::Sms, despite }),
        "85500404040404040404040404040404040450050505050505050505050505050505058200830000\
         81500808080808080808080808080808080882008150060606060606060606060606060606061a69\
         a53570",
    );
    kept(
        &entry(Act::Withdraw { topic: None, channel: Some(Channel::Sms) }),
        "8550040404040404040404040404040404045005050505050505050505050505050505820182f600\
         82008150060606060606060606060606060606061a69a53570",
    );
    kept(
        &PlannedVisit {
            key: visit_key(),
            course: Some("plejepakke 2".to_owned()),
            minutes: Minutes::new(20).unwrap(),
            span: Some(Span { from: 480, to: 500 }),
            carer: None,
        },
        "8484500101010101010101010101010101010119502200016c706c656a6570616b6b652032148219\
         01e01901f4",
    );
}

#[test]
fn a_note_of_a_newer_version_is_read_without_what_is_new() {
    // With its last field filled, the array is as long as this version knows it.
    let outside_id = Some("h0000".to_owned());
    let note = Note::import(head(2, anna()), outside_id, "Før".to_owned()).unwrap();
    let mut bytes = minicbor::to_vec(&note).unwrap();
    assert_eq!(bytes[0], 0x80 + 20);
    bytes[0] += 1;
    bytes.extend(minicbor::to_vec("noget nyt").unwrap());
    assert_eq!(minicbor::decode::<Note>(&bytes).ok(), Some(note));
}
