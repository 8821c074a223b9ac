//! The acceptance tests of the requirements, as far as the domain alone can tell them.

use super::as_agreed::AsAgreed;
use super::authority::{Action, Authority, Denied};
use super::command::{Command, CommandError, PlanCommand};
use super::consent::{Act, Channel, ConsentEntry, ConsentId, Consents, SaidTo, Topic};
use super::digest::{Digest, Frame, Phrase, Words, compose, facts};
use super::example::{
    KAREN, advis, anna, day, head, item, item_fields, item_id, morning, note_id, report, tick,
    viggo, visit_note,
};
use super::field::{Field, Scalar, Section};
use super::handover::{State, threads};
use super::legal_basis::LegalBasis;
use super::note::{Function, Note, NoteError, Outcome, PhraseId, Recipient, VisitReport};
use super::plan::Plan;
use super::role::{Role, Roles};
use super::visit::{VisitKey, derive};
use crate::ids::RelativeId;

const HELPER: Roles = Roles::of(&[Role::Helper]);
const MONDAY: &str = "2026-03-02";

/// A citizen's plan: a bath, and eye drops that an assistant or nurse gives.
fn plan() -> Plan {
    let mut eye_drops = item(2);
    eye_drops.title = "Øjendråber".to_owned();
    eye_drops.law = LegalBasis::Sul138;
    eye_drops.each_on_its_own = true;
    eye_drops.roles = Roles::of(&[Role::Assistant, Role::Nurse]);
    Plan { items: vec![item(1), eye_drops], ..Plan::default() }
}

fn saved(note: Note) -> Command {
    Command::SaveNote(Box::new(note))
}

/// M45: twelve visits as agreed are twelve taps and no text.
#[test]
fn twelve_visits_as_agreed_take_no_text() {
    for round in 1..=12 {
        let agreed = AsAgreed::of(&plan().items, day(MONDAY), report().visit.part, HELPER);
        let ticks = agreed.ticked.iter().map(|_| tick(1)).collect();
        let visit = VisitKey { number: round, ..report().visit };
        let note =
            Note::visit(head(round, anna()), VisitReport { visit, ticks, ..report() }).unwrap();
        assert!(note.text.is_empty() && note.phrases.is_empty() && !note.needs_action());
        assert_eq!(Authority::default().judge(&saved(note), HELPER, &plan()), Ok(()));
    }
}

/// M02: a visit can be run with no task list: the day's visit carries minutes only.
#[test]
fn a_visit_card_knows_its_minutes_without_a_task_list() {
    let [visit] = derive(KAREN, day(MONDAY), &plan().items).try_into().unwrap();
    assert_eq!(visit.minutes.get(), 40);
}

/// M13: an item cannot be saved without its law.
#[test]
fn an_item_cannot_be_saved_without_its_law() {
    let mut fields = item_fields(LegalBasis::Sel83);
    fields.retain(|(field, _)| *field != Field::Law);
    let add = PlanCommand::AddEntry { section: Section::Items, entry: item_id(1), fields };
    assert_eq!(add.validate(), Err(CommandError::NoLegalBasis));
}

/// M14: a tick by a role that is not allowed is refused offline.
#[test]
fn a_helper_may_not_tick_delegated_eye_drops() {
    let given = Note::visit(head(1, anna()), VisitReport { ticks: vec![tick(2)], ..report() });
    let command = saved(given.unwrap());
    let authority = Authority::default();
    assert_eq!(authority.judge(&command, HELPER, &plan()), Err(Denied::Item(item_id(2))));
    let assistant = Roles::of(&[Role::Assistant]);
    assert_eq!(authority.judge(&command, assistant, &plan()), Ok(()));
}

/// M13, M14: a helper cannot open the way by changing who may do it.
#[test]
fn a_helper_may_not_delegate_to_herself() {
    let put = PlanCommand::Put {
        section: Section::Items,
        entry: item_id(2),
        field: Field::Roles,
        value: Scalar::Int(i64::from(Roles::ALL.bits())),
    };
    let command = Command::Plan { citizen: KAREN, edit: put };
    let judged = Authority::default().judge(&command, HELPER, &plan());
    assert_eq!(judged, Err(Denied::Action(Action::Delegate)));
}

/// M59, design §8: medicine not given keeps its reason and is a deviation.
#[test]
fn eye_drops_not_given_are_a_deviation_with_a_reason() {
    let not_given = |outcome, text: &str| {
        let not_given = vec![item_id(2)];
        let text = text.to_owned();
        Note::visit(head(1, anna()), VisitReport { not_given, outcome, text, ..report() })
    };
    let acts = Outcome::Deviation { needs_action: true };
    assert_eq!(not_given(Outcome::AsAgreed, ""), Err(NoteError::NotGivenIsDeviation));
    assert_eq!(not_given(acts, ""), Err(NoteError::DeviationWithoutWords));
    let note = not_given(acts, "Flasken var tom").unwrap();
    let nurse =
        AsAgreed::of(&plan().items, day(MONDAY), report().visit.part, Roles::of(&[Role::Nurse]));
    assert!(note.needs_action() && nurse.still_open(&note).is_empty());
}

/// L1: the original stays readable beside its correction.
#[test]
fn a_correction_leaves_the_original_as_it_was() {
    let original = visit_note(1, anna());
    let kept = original.clone();
    let words = "Det var i går".to_owned();
    let correction = Note::correction(head(2, viggo()), original.id, words, vec![]).unwrap();
    assert_eq!(original, kept);
    assert_eq!((correction.points_at, correction.author), (Some(original.id), viggo()));
    assert!(correction.written > original.written);
}

/// L4: nursing and home help follow different rules, so the note says which.
#[test]
fn a_note_about_eye_drops_is_under_health_law() {
    let law = |ids: &[u8]| {
        let plan = plan();
        let items = ids.iter().filter_map(|id| plan.item(item_id(*id)).map(|item| item.law));
        LegalBasis::of_note(items.collect::<Vec<_>>())
    };
    assert_eq!(law(&[1]), Some(LegalBasis::Sel83));
    assert_eq!(law(&[1, 2]), Some(LegalBasis::Sul138));
}

/// M43: no open advis without owner and day; the answer returns to the sender.
#[test]
fn an_advis_names_owner_and_day_and_comes_back_answered() {
    let sent = advis(1, day("2026-03-09"));
    let answer = Note::advis_answer(head(2, viggo()), sent.id, "Ja, fra mandag".to_owned());
    let [thread] = threads([&sent, &answer.unwrap()]).try_into().unwrap();
    assert!(thread.to.is_some() && thread.due.is_some());
    assert_eq!((thread.state(), thread.from), (State::Answered, anna()));
}

/// M44: the sender sees who took it.
#[test]
fn the_sender_of_a_handover_sees_who_took_it() {
    let nurse = Recipient::Function(Function::Nurse);
    let sent = Note::handover(head(1, anna()), nurse, None, "Rød hud".to_owned()).unwrap();
    let taken = Note::taken(head(2, viggo()), sent.id).unwrap();
    let [thread] = threads([&sent, &taken]).try_into().unwrap();
    assert_eq!(thread.state(), State::Taken);
    assert_eq!(thread.takers[0].by, viggo());
    assert_eq!(thread.takers[0].at, morning().plus(2));
}

fn words() -> Words {
    Words {
        phrases: vec![Phrase {
            id: PhraseId(1),
            topic: Topic::Wellbeing,
            text: "{navn} har været i haven i dag.".to_owned(),
            by_sms: true,
        }],
        health: vec!["hovedpine".to_owned()],
        message: "{nyt} Venlig hilsen {kommune}".to_owned(),
        new_greeting: "Der er en ny hilsen på {link}. Venlig hilsen {kommune}".to_owned(),
    }
}

fn evening_digest(entries: &[ConsentEntry]) -> Digest {
    let note = Note::visit(
        head(1, anna()),
        VisitReport {
            outcome: Outcome::Deviation { needs_action: false },
            text: "Karen havde hovedpine, men ville gerne ud".to_owned(),
            phrases: vec![PhraseId(1)],
            ..report()
        },
    );
    let frame = Frame {
        citizen: "Karen Skov",
        municipality: "Solbjerg Kommune",
        link: "hilsen.solbjerg.example",
        most_segments: 2,
    };
    let consents = Consents::of(RelativeId([1; 16]), entries);
    compose(&facts([&note.unwrap()]), &words(), &frame, &consents).unwrap()
}

fn said(id: u8, act: Act) -> ConsentEntry {
    let said_to = SaidTo::Municipality;
    ConsentEntry {
        id: ConsentId([id; 16]),
        relative: RelativeId([1; 16]),
        act,
        said_to,
        at: morning(),
    }
}

/// M48, L11: good news by text message, and not a word of the headache.
#[test]
fn the_daughter_reads_about_the_garden_and_not_about_the_headache() {
    let yes = Act::Give { topic: Topic::Wellbeing, channel: Channel::Sms, despite: vec![] };
    let Digest::Message { text, .. } = evening_digest(&[said(1, yes)]) else {
        panic!("no message");
    };
    assert_eq!(text, "Karen har været i haven i dag. Venlig hilsen Solbjerg Kommune");
}

/// M48: no consent, nothing leaves. M49: a withdrawal stops the next digest. M50: so does STOP.
#[test]
fn without_consent_and_after_a_withdrawal_nothing_leaves() {
    let yes = Act::Give { topic: Topic::Wellbeing, channel: Channel::Sms, despite: vec![] };
    let no = Act::Withdraw { topic: Some(Topic::Wellbeing), channel: None };
    let stop = ConsentEntry {
        said_to: SaidTo::Stop,
        ..said(3, Act::Withdraw { topic: None, channel: Some(Channel::Sms) })
    };
    assert_eq!(evening_digest(&[]), Digest::Nothing);
    assert_eq!(evening_digest(&[said(1, yes.clone()), said(2, no)]), Digest::Nothing);
    assert_eq!(evening_digest(&[stop.clone(), said(1, yes)]), Digest::Nothing);
    let again =
        Act::Give { topic: Topic::Wellbeing, channel: Channel::Sms, despite: vec![stop.id] };
    assert!(matches!(evening_digest(&[stop, said(4, again)]), Digest::Message { .. }));
}

/// M04: any carer adds to the life story, temps too; they do not edit the plan.
#[test]
fn a_temp_may_add_to_the_life_story_and_not_edit_the_plan() {
    let temp = Roles::of(&[Role::Substitute]);
    let put = |section, field, value: &str| Command::Plan {
        citizen: KAREN,
        edit: PlanCommand::Put { section, entry: item_id(1), field, value: value.into() },
    };
    let judge = |command| Authority::default().judge(&command, temp, &plan());
    assert_eq!(judge(put(Section::LifeStory, Field::Text, "Var postbud")), Ok(()));
    let edit = judge(put(Section::Items, Field::Text, "Med radio"));
    assert_eq!(edit, Err(Denied::Action(Action::EditPlan)));
    assert_eq!(note_id(1), visit_note(1, anna()).id);
}
