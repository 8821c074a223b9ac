//! What became of a handover or an advis, derived from the notes that point at it.
//!
//! No note is ever changed: taking and answering are notes of their own, so that two carers who
//! take the same thing without seeing each other are both shown (M43, M44).

use std::collections::BTreeMap;

use super::note::{Author, Note, NoteKind, Recipient};
use crate::ids::NoteId;
use crate::time::{LocalDay, UnixSeconds};

/// A note that took or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The note.
    pub note: NoteId,
    /// Who.
    pub by: Author,
    /// When.
    pub at: UnixSeconds,
    /// What was answered; empty when taken.
    pub text: String,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Nobody has it.
    Open,
    /// "Taget af …".
    Taken,
    /// The answer has gone back to the sender.
    Answered,
}

/// A handover or an advis with what followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The note that began it.
    pub note: NoteId,
    /// [`NoteKind::Handover`] or [`NoteKind::Advis`].
    pub kind: NoteKind,
    /// The sender.
    pub from: Author,
    /// The recipient of a handover, the owner of an advis; `None` in a note that lacks one.
    pub to: Option<Recipient>,
    /// By when an advis is to be answered.
    pub due: Option<LocalDay>,
    /// Who took it: each carer once, the earliest first.
    pub takers: Vec<Reply>,
    /// The answers, the earliest first.
    pub answers: Vec<Reply>,
}

impl Thread {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        match (self.takers.is_empty(), self.answers.is_empty()) {
            (_, false) => State::Answered,
            (false, true) => State::Taken,
            (true, true) => State::Open,
        }
    }

    /// Whether an advis waits for its answer past its day.
    #[must_use]
    pub fn is_overdue(&self, today: LocalDay) -> bool {
        self.state() != State::Answered && self.due.is_some_and(|due| due < today)
    }

    fn begin(note: &Note) -> Option<Self> {
        let (to, due) = match note.kind {
            NoteKind::Handover => (note.to, None),
            NoteKind::Advis => {
                (note.advis.as_ref().map(|a| a.owner), note.advis.as_ref().map(|a| a.due))
            }
            _ => return None,
        };
        Some(Self {
            note: note.id,
            kind: note.kind,
            from: note.author.clone(),
            to,
            due,
            takers: Vec::new(),
            answers: Vec::new(),
        })
    }

    /// An advis is answered by the authority's kind of note only, a handover by the team's.
    fn follow(&mut self, note: &Note) {
        let reply = Reply {
            note: note.id,
            by: note.author.clone(),
            at: note.written,
            text: note.text.clone(),
        };
        match (self.kind, note.kind) {
            (_, NoteKind::HandoverTaken)
                if self.takers.iter().all(|taker| taker.by != reply.by) =>
            {
                self.takers.push(reply);
            }
            (NoteKind::Handover, NoteKind::HandoverAnswer)
            | (NoteKind::Advis, NoteKind::AdvisAnswer) => self.answers.push(reply),
            _ => {}
        }
    }
}

/// Every handover and advis among the notes, in the order of their ids. The order of the notes
/// does not matter; a reply whose beginning is not here yet waits for it.
#[must_use]
pub fn threads<'note>(notes: impl IntoIterator<Item = &'note Note>) -> Vec<Thread> {
    let mut threads = BTreeMap::new();
    let mut replies = Vec::new();
    for note in notes {
        if let Some(thread) = Thread::begin(note) {
            threads.insert(note.id, thread);
        } else if note.points_at.is_some() {
            replies.push(note);
        }
    }
    replies.sort_by_key(|reply| (reply.written, reply.id));
    for reply in replies {
        if let Some(thread) = reply.points_at.and_then(|target| threads.get_mut(&target)) {
            thread.follow(reply);
        }
    }
    threads.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::care::example::{advis, anna, day, head, note_id, viggo};
    use crate::care::note::Function;

    const NURSE: Recipient = Recipient::Function(Function::Nurse);

    fn handover(id: u8) -> Note {
        Note::handover(head(id, anna()), NURSE, None, "Huden ser rød ud".to_owned()).unwrap()
    }

    fn only(notes: &[Note]) -> Thread {
        let [thread] = threads(notes).try_into().unwrap();
        thread
    }

    #[test]
    fn a_handover_is_open_then_taken_then_answered() {
        let mut notes = vec![handover(1)];
        assert_eq!(only(&notes).state(), State::Open);
        notes.push(Note::taken(head(2, viggo()), note_id(1)).unwrap());
        assert_eq!(only(&notes).state(), State::Taken);
        notes.push(Note::answer(head(3, viggo()), note_id(1), "Creme bestilt".to_owned()).unwrap());
        let thread = only(&notes);
        assert_eq!(thread.state(), State::Answered);
        assert_eq!(thread.from, anna());
        assert_eq!(thread.answers[0].text, "Creme bestilt");
    }

    #[test]
    fn two_takers_are_both_shown_and_one_taker_once() {
        let notes = [
            Note::taken(head(5, viggo()), note_id(1)).unwrap(),
            Note::taken(head(3, anna()), note_id(1)).unwrap(),
            Note::taken(head(4, viggo()), note_id(1)).unwrap(),
            handover(1),
        ];
        let takers: Vec<NoteId> = only(&notes).takers.iter().map(|taker| taker.note).collect();
        assert_eq!(takers, [note_id(3), note_id(4)]);
    }

    #[test]
    fn an_advis_is_overdue_until_the_authority_answers() {
        let due = day("2026-03-09");
        let mut notes = vec![advis(1, due)];
        assert!(!only(&notes).is_overdue(due));
        assert!(only(&notes).is_overdue(due.plus(1)));
        notes.push(Note::answer(head(2, viggo()), note_id(1), "Ja".to_owned()).unwrap());
        assert!(only(&notes).is_overdue(due.plus(1)), "a colleague's word is no answer");
        notes.push(Note::advis_answer(head(3, viggo()), note_id(1), "Ja".to_owned()).unwrap());
        assert!(!only(&notes).is_overdue(due.plus(1)));
        assert_eq!(only(&notes).state(), State::Answered);
    }

    #[test]
    fn a_reply_waits_until_what_it_answers_has_come() {
        let taken = Note::taken(head(2, viggo()), note_id(1)).unwrap();
        assert!(threads([&taken]).is_empty());
        assert_eq!(only(&[taken, handover(1)]).state(), State::Taken);
    }
}
