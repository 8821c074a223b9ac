//! Who may do what: one table of actions and roles, checked offline on the tablet and again by
//! the server's trial. Rights are data (M32): a municipality's settings may replace any line.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::command::{Command, PlanCommand};
use super::field::{Field, Scalar, Section};
use super::keyed::keyed;
use super::legal_basis::LegalBasis;
use super::note::{Note, NoteKind};
use super::plan::{Plan, PlanItem};
use super::role::{Role, Roles};
use crate::ids::{ItemId, RecordKind};

/// Something that needs a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Action {
    /// Note a visit, hand over, correct.
    #[n(0)]
    WriteNote,
    /// Take or answer a handover.
    #[n(1)]
    TakeHandover,
    /// Send an advis to the authority (M43).
    #[n(2)]
    SendAdvis,
    /// Answer an advis.
    #[n(3)]
    AnswerAdvis,
    /// Add to the life story and to what matters: any carer (M04).
    #[n(4)]
    TellStory,
    /// Edit items, goals, agreements, contacts, safety; end an entry (M01, M19).
    #[n(5)]
    EditPlan,
    /// Say under which law an item is and who may do it, and add items under health law (M13, M14).
    #[n(6)]
    Delegate,
    /// Lower granted time (M19: teams may).
    #[n(7)]
    AdjustDown,
    /// Raise granted time or grant something new (M19: teams may not).
    #[n(8)]
    AdjustUp,
    /// Record a relative, a consent or its withdrawal (M49).
    #[n(9)]
    RecordConsent,
    /// Change directory, settings, word lists, shifts: the operator on the server, no carer.
    #[n(10)]
    Administer,
}

keyed!(Action {
    WriteNote = "write_note",
    TakeHandover = "take_handover",
    SendAdvis = "send_advis",
    AnswerAdvis = "answer_advis",
    TellStory = "tell_story",
    EditPlan = "edit_plan",
    Delegate = "delegate",
    AdjustDown = "adjust_down",
    AdjustUp = "adjust_up",
    RecordConsent = "record_consent",
    Administer = "administer",
});

/// Everybody who knows the citizen: no temps, nobody unskilled (M23).
const TRAINED: Roles = Roles::of(&[
    Role::Helper,
    Role::Assistant,
    Role::Nurse,
    Role::Therapist,
    Role::TeamLead,
    Role::Assessor,
    Role::Coordinator,
]);

/// What holds until a municipality says otherwise.
pub const DEFAULTS: &[(Action, Roles)] = &[
    (Action::WriteNote, Roles::ALL),
    (Action::TakeHandover, TRAINED),
    (Action::SendAdvis, TRAINED),
    (Action::AnswerAdvis, Roles::of(&[Role::Assessor])),
    (Action::TellStory, Roles::ALL),
    (Action::EditPlan, TRAINED),
    (
        Action::Delegate,
        Roles::of(&[
            Role::Nurse,
            Role::Therapist,
            Role::TeamLead,
            Role::Assessor,
            Role::Coordinator,
        ]),
    ),
    (Action::AdjustDown, TRAINED),
    (Action::AdjustUp, Roles::of(&[Role::Assessor])),
    (Action::RecordConsent, TRAINED),
    (Action::Administer, Roles::NONE),
];

/// Why somebody may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Denied {
    /// None of the carer's roles has the right.
    #[error("the role may not {}", .0.key())]
    Action(Action),
    /// The item is for other roles (M14). Refused offline too, and logged.
    #[error("the item is for other roles")]
    Item(ItemId),
    /// The plan on this tablet does not say who may do the item.
    #[error("the plan does not say who may do the item")]
    UnknownItem(ItemId),
}

/// The table of rights in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority(BTreeMap<Action, Roles>);

impl Default for Authority {
    fn default() -> Self {
        Self(DEFAULTS.iter().copied().collect())
    }
}

impl Authority {
    /// The same table with another line for `action`.
    #[must_use]
    pub fn with(mut self, action: Action, roles: Roles) -> Self {
        self.0.insert(action, roles);
        self
    }

    /// Who may do it.
    #[must_use]
    pub fn roles(&self, action: Action) -> Roles {
        self.0.get(&action).copied().unwrap_or(Roles::NONE)
    }

    /// Whether somebody with these roles may do it.
    ///
    /// # Errors
    /// [`Denied::Action`].
    pub fn check(&self, action: Action, carer: Roles) -> Result<(), Denied> {
        if self.roles(action).meets(carer) { Ok(()) } else { Err(Denied::Action(action)) }
    }

    /// Whether somebody with these roles may carry out the command, with the citizen's plan as
    /// this tablet has it.
    ///
    /// # Errors
    /// [`Denied`] names the first right that is lacking.
    pub fn judge(&self, command: &Command, carer: Roles, plan: &Plan) -> Result<(), Denied> {
        actions(command).into_iter().try_for_each(|action| self.check(action, carer))?;
        match command {
            Command::SaveNote(note) => may_tick_all(note, carer, plan),
            Command::Plan { .. } | Command::Record { .. } => Ok(()),
        }
    }
}

/// Whether somebody with these roles may tick the item (M14).
///
/// # Errors
/// [`Denied::Item`].
pub fn may_tick(item: &PlanItem, carer: Roles) -> Result<(), Denied> {
    if item.roles.meets(carer) { Ok(()) } else { Err(Denied::Item(item.entry.id)) }
}

fn may_tick_all(note: &Note, carer: Roles, plan: &Plan) -> Result<(), Denied> {
    note.ticks.iter().try_for_each(|tick| match plan.item(tick.item) {
        Some(item) => may_tick(item, carer),
        None => Err(Denied::UnknownItem(tick.item)),
    })
}

/// The rights that a command needs.
#[must_use]
pub fn actions(command: &Command) -> Vec<Action> {
    match command {
        Command::Plan { edit, .. } => edit_actions(edit),
        Command::SaveNote(note) => vec![note_action(note.kind)],
        Command::Record { kind, .. } => vec![match RecordKind::from_number(*kind) {
            Some(RecordKind::Consent | RecordKind::Relative) => Action::RecordConsent,
            _ => Action::Administer,
        }],
    }
}

fn note_action(kind: NoteKind) -> Action {
    match kind {
        NoteKind::Visit | NoteKind::Correction | NoteKind::Handover => Action::WriteNote,
        NoteKind::HandoverTaken | NoteKind::HandoverAnswer => Action::TakeHandover,
        NoteKind::Advis => Action::SendAdvis,
        NoteKind::AdvisAnswer => Action::AnswerAdvis,
        NoteKind::Import => Action::Administer,
    }
}

fn edit_actions(edit: &PlanCommand) -> Vec<Action> {
    let (section, _, puts) = edit.puts();
    match section {
        Section::LifeStory | Section::WhatMatters => vec![Action::TellStory],
        Section::Items if delegates(edit, &puts) => vec![Action::EditPlan, Action::Delegate],
        _ => vec![Action::EditPlan],
    }
}

/// A new item under social law says who may do it as well and delegates nothing; one under health
/// law does, and so does every later change of law or roles.
fn delegates(edit: &PlanCommand, puts: &[(Field, &Scalar)]) -> bool {
    let is_new = matches!(edit, PlanCommand::AddEntry { .. });
    puts.iter().any(|(field, value)| match (field, value) {
        (Field::Law, Scalar::Text(law)) if is_new => {
            LegalBasis::from_key(law).is_none_or(LegalBasis::is_health_law)
        }
        (Field::Law | Field::Roles, _) => !is_new,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::care::example::{
        advis, anna, day, head, item, item_fields, item_id, note_id, visit_note,
    };
    use crate::care::note::{Function, Recipient};
    use crate::ids::CitizenId;

    fn edit(edit: PlanCommand) -> Command {
        Command::Plan { citizen: CitizenId([1; 16]), edit }
    }

    fn put(section: Section, field: Field, value: Scalar) -> Command {
        edit(PlanCommand::Put { section, entry: item_id(1), field, value })
    }

    fn add_item(law: LegalBasis) -> Command {
        let fields = item_fields(law);
        edit(PlanCommand::AddEntry { section: Section::Items, entry: item_id(1), fields })
    }

    fn note(note: Note) -> Command {
        Command::SaveNote(Box::new(note))
    }

    fn record(kind: u8) -> Command {
        Command::Record { kind, id: [0; 16], payload: Vec::new() }
    }

    #[test]
    fn every_action_has_a_line_in_the_table() {
        for action in Action::ALL {
            assert_eq!(DEFAULTS.iter().filter(|(known, _)| known == action).count(), 1);
            assert_eq!(Action::from_key(action.key()), Some(*action));
        }
    }

    #[test]
    fn each_command_needs_the_right_that_its_words_say() {
        use Action::{
            Administer, AnswerAdvis, Delegate, EditPlan, RecordConsent, SendAdvis, TakeHandover,
            TellStory, WriteNote,
        };
        let nurse = Recipient::Function(Function::Nurse);
        let words = || "Ord".to_owned();
        for (command, needed) in [
            (note(visit_note(1, anna())), vec![WriteNote]),
            (note(Note::handover(head(1, anna()), nurse, None, words()).unwrap()), vec![WriteNote]),
            (
                note(Note::correction(head(1, anna()), note_id(9), words(), vec![]).unwrap()),
                vec![WriteNote],
            ),
            (note(Note::taken(head(1, anna()), note_id(9)).unwrap()), vec![TakeHandover]),
            (note(Note::answer(head(1, anna()), note_id(9), words()).unwrap()), vec![TakeHandover]),
            (note(advis(1, day("2026-03-09"))), vec![SendAdvis]),
            (
                note(Note::advis_answer(head(1, anna()), note_id(9), words()).unwrap()),
                vec![AnswerAdvis],
            ),
            (note(Note::import(head(1, anna()), None, words()).unwrap()), vec![Administer]),
            (put(Section::LifeStory, Field::Text, "Født på Fyn".into()), vec![TellStory]),
            (put(Section::WhatMatters, Field::Text, "Haven".into()), vec![TellStory]),
            (put(Section::Items, Field::Text, "Med håndklæde".into()), vec![EditPlan]),
            (put(Section::Items, Field::Minutes, Scalar::Int(20)), vec![EditPlan]),
            (put(Section::Goals, Field::Title, "Selv i bad".into()), vec![EditPlan]),
            (put(Section::Items, Field::Law, "sel83".into()), vec![EditPlan, Delegate]),
            (put(Section::Items, Field::Roles, Scalar::Int(7)), vec![EditPlan, Delegate]),
            (add_item(LegalBasis::Sel83), vec![EditPlan]),
            (add_item(LegalBasis::Sul138), vec![EditPlan, Delegate]),
            (record(4), vec![RecordConsent]),
            (record(5), vec![RecordConsent]),
            (record(1), vec![Administer]),
            (record(200), vec![Administer]),
        ] {
            assert_eq!(actions(&command), needed, "{command:?}");
        }
    }

    #[test]
    fn the_default_rights_are_these() {
        let authority = Authority::default();
        for (action, role, may) in [
            (Action::WriteNote, Role::Unskilled, true),
            (Action::TellStory, Role::Substitute, true),
            (Action::EditPlan, Role::Helper, true),
            (Action::EditPlan, Role::Substitute, false),
            (Action::EditPlan, Role::Unskilled, false),
            (Action::Delegate, Role::Helper, false),
            (Action::Delegate, Role::Nurse, true),
            (Action::AdjustDown, Role::Helper, true),
            (Action::AdjustUp, Role::TeamLead, false),
            (Action::AdjustUp, Role::Assessor, true),
            (Action::AnswerAdvis, Role::Nurse, false),
            (Action::AnswerAdvis, Role::Assessor, true),
            (Action::Administer, Role::TeamLead, false),
        ] {
            let asked = authority.check(action, Roles::of(&[role]));
            assert_eq!(asked, if may { Ok(()) } else { Err(Denied::Action(action)) }, "{role:?}");
        }
        assert!(authority.check(Action::WriteNote, Roles::NONE).is_err());
    }

    #[test]
    fn a_municipality_may_replace_a_line() {
        let wider = Authority::default().with(Action::AdjustUp, Roles::of(&[Role::TeamLead]));
        assert!(wider.check(Action::AdjustUp, Roles::of(&[Role::TeamLead])).is_ok());
        assert!(wider.check(Action::AdjustUp, Roles::of(&[Role::Assessor])).is_err());
    }

    #[test]
    fn a_tick_by_a_role_that_the_item_does_not_name_is_refused() {
        let mut eye_drops = item(1);
        eye_drops.roles = Roles::of(&[Role::Nurse, Role::Assistant]);
        let plan = Plan { items: vec![eye_drops], ..Plan::default() };
        let ticked = note(visit_note(1, anna()));
        let judge = |roles: &[Role], plan: &Plan| {
            Authority::default().judge(&ticked, Roles::of(roles), plan)
        };
        assert_eq!(judge(&[Role::Helper], &plan), Err(Denied::Item(item_id(1))));
        assert_eq!(judge(&[Role::Helper, Role::Assistant], &plan), Ok(()));
        assert_eq!(judge(&[Role::Nurse], &Plan::default()), Err(Denied::UnknownItem(item_id(1))));
    }
}
