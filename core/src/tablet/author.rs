//! From an order to a durable row: who may, the one change, the gate, the manifest entry, the save.

use super::machine::Machine;
use super::notice::Problem;
use super::plan::read_plan;
use super::sign_in::{Standing, standing};
use super::waiting::Waiting;
use crate::care::authority::Authority;
use crate::care::command::{Command, PlanCommand};
use crate::care::legal_basis::LegalBasis;
use crate::care::note::{Advis, Author, Note, NoteHead, Recipient};
use crate::care::role::Roles;
use crate::care::visit::VisitKey;
use crate::document::{OwnChange, encode};
use crate::gate::{Verdict, judge_own};
use crate::ids::{CarerId, CertificateId, CitizenId, DeviceNumber, DocId, NoteId};
use crate::port::random;
use crate::store::{OwnRow, SaveError, StoreError};
use crate::sync::SyncError;
use crate::time::UnixSeconds;
use crate::trust::lease::LeaseTime;
use crate::wire::entry::{Entry, EntryKind};
use crate::wire::row::Content;
use crate::wire::{SCHEMA, to_bytes};

/// What became of an order: the document that was saved, or none when only a draft moved.
pub(super) type Saved = Result<Option<DocId>, Problem>;

/// Who writes, on what device, when.
pub(super) struct Writer {
    pub(super) carer: CarerId,
    pub(super) device: DeviceNumber,
    pub(super) roles: Roles,
    certificate: CertificateId,
    pub(super) time: LeaseTime,
    raw_clock: UnixSeconds,
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::NotEnrolled => Self::NotEnrolled,
            SyncError::Store(StoreError::DiskFull) => Self::DiskFull,
            error => Self::Store(error.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        SyncError::from(error).into()
    }
}

/// The law of what nothing else says a law of: home help.
const USUAL_LAW: LegalBasis = LegalBasis::Sel83;

fn invalid(error: impl std::fmt::Display) -> Problem {
    Problem::Invalid(error.to_string())
}

impl Machine {
    /// Who writes now, under which certificate, and when that is.
    pub(super) fn writer(&mut self) -> Result<Writer, Problem> {
        let raw_clock = self.reading().wall;
        let (carer, Standing { certificate, said, time, .. }) = self.under_lease()?;
        let roles = Roles::from_bits(u32::from(said.roles));
        Ok(Writer { carer, device: said.device, roles, certificate, time, raw_clock })
    }

    /// Somebody who wrote on this tablet, whether he has signed in or not.
    pub(super) fn writer_of(&mut self, carer: CarerId) -> Result<Writer, Problem> {
        let reading = self.reading();
        let standing = self.store.read(|tx| standing(tx, carer, &reading))?;
        let Standing { certificate, said, time, .. } = standing.ok_or(Problem::NoCarer)?;
        let roles = Roles::from_bits(u32::from(said.roles));
        Ok(Writer { carer, device: said.device, roles, certificate, time, raw_clock: reading.wall })
    }

    pub(super) fn edit_plan(&mut self, citizen: CitizenId, edit: PlanCommand) -> Saved {
        let writer = self.writer()?;
        let command = Command::Plan { citizen, edit };
        self.allowed(&writer, citizen, &command)?;
        let Command::Plan { edit, .. } = &command else { return Ok(None) };
        let actor = self.actor(writer.device);
        let (doc, mut plan) = self.store.read(|tx| tx.plan_doc(citizen))?;
        let heads = plan.heads();
        let change =
            plan.edit(std::slice::from_ref(edit), actor, writer.time.at).map_err(invalid)?;
        self.save(&writer, doc, citizen, change, &command, heads, None)
    }

    pub(super) fn correct(&mut self, original: NoteId, text: String) -> Saved {
        let (citizen, law) = self.about(original)?;
        let phrases = Vec::new();
        self.write_note(citizen, law, |head| Note::correction(head, original, text, phrases))
    }

    pub(super) fn hand_over(&mut self, citizen: CitizenId, to: Recipient, text: String) -> Saved {
        let law = USUAL_LAW;
        self.write_note(citizen, law, |head| Note::handover(head, to, None, text))
    }

    pub(super) fn take_handover(&mut self, handover: NoteId) -> Saved {
        let (citizen, law) = self.about(handover)?;
        self.write_note(citizen, law, |head| Note::taken(head, handover))
    }

    pub(super) fn answer_handover(&mut self, handover: NoteId, text: String) -> Saved {
        let (citizen, law) = self.about(handover)?;
        self.write_note(citizen, law, |head| Note::answer(head, handover, text))
    }

    pub(super) fn advise(&mut self, citizen: CitizenId, advis: Advis) -> Saved {
        self.write_note(citizen, USUAL_LAW, |head| Note::advis(head, advis))
    }

    pub(super) fn answer_advis(&mut self, advis: NoteId, text: String) -> Saved {
        let (citizen, law) = self.about(advis)?;
        self.write_note(citizen, law, |head| Note::advis_answer(head, advis, text))
    }

    /// The citizen of a note that is here, and the law it is kept under.
    fn about(&mut self, note: NoteId) -> Result<(CitizenId, LegalBasis), Problem> {
        let found = self.store.read(|tx| tx.note(note))?.ok_or(Problem::NoSuchNote)?;
        Ok((found.note.citizen, found.note.law))
    }

    fn write_note<E: std::fmt::Display>(
        &mut self,
        citizen: CitizenId,
        law: LegalBasis,
        make: impl FnOnce(NoteHead) -> Result<Note, E>,
    ) -> Saved {
        let writer = self.writer()?;
        let head = self.note_head(&writer, citizen, law, writer.time.at);
        let note = make(head).map_err(invalid)?;
        self.save_note(&writer, note, None)
    }

    /// What every note has; its id is minted here.
    pub(super) fn note_head(
        &mut self,
        writer: &Writer,
        citizen: CitizenId,
        law: LegalBasis,
        written: UnixSeconds,
    ) -> NoteHead {
        let minted = u64::try_from(writer.time.at.0).unwrap_or(0).saturating_mul(1000);
        let id = NoteId::mint(minted, random(&mut *self.ports.entropy));
        NoteHead { id, citizen, author: Author::Carer(writer.carer), written, law }
    }

    pub(super) fn save_note(
        &mut self,
        writer: &Writer,
        note: Note,
        draft: Option<VisitKey>,
    ) -> Saved {
        let (doc, citizen) = (DocId::Note(note.id), note.citizen);
        // A note has one change: an actor of its own would cost twelve random bytes in each.
        let change = encode(&note, self.actor(writer.device)).map_err(invalid)?;
        let command = Command::SaveNote(Box::new(note));
        self.allowed(writer, citizen, &command)?;
        self.save(writer, doc, citizen, change, &command, Vec::new(), draft)
    }

    /// Whether the command makes sense, the citizen is here, and the carer's role may do it.
    fn allowed(
        &mut self,
        writer: &Writer,
        citizen: CitizenId,
        command: &Command,
    ) -> Result<(), Problem> {
        command.validate().map_err(invalid)?;
        let plan = self.store.read(|tx| {
            if !tx.grants_citizen(citizen)? {
                return Err(Problem::NoSuchCitizen);
            }
            Ok(read_plan(tx, citizen)?)
        })?;
        Authority::default().judge(command, writer.roles, &plan).map_err(|_| Problem::NotAllowed)
    }

    #[expect(clippy::too_many_arguments, reason = "all of a row, in one place")]
    fn save(
        &mut self,
        writer: &Writer,
        doc: DocId,
        citizen: CitizenId,
        change: OwnChange,
        command: &Command,
        heads: Vec<crate::ids::ChangeHash>,
        draft: Option<VisitKey>,
    ) -> Saved {
        let hash = change.hash();
        // The tablet's own change passes the gate before "gemt": what the server would refuse must
        // not be said to be safe.
        let verdict = self
            .store
            .read(|tx| judge_own(&mut tx.facts(), doc, citizen, writer.device, change.bytes))?;
        let bytes = match verdict {
            Verdict::Pass(change) => change.into_bytes(),
            _ => return Err(Problem::Invalid("the change does not pass the gate".to_owned())),
        };
        let row = OwnRow {
            entry: Entry {
                doc,
                kind: EntryKind::Change,
                citizen: Some(citizen),
                hash,
                schema: SCHEMA,
                certificate: writer.certificate,
                written: writer.time.at,
                raw_clock: writer.raw_clock,
                clock_mark: writer.time.mark,
                replaces: None,
            },
            content: Content::Change(bytes),
            device: writer.device,
            author: writer.carer,
            command: to_bytes(command),
            heads,
            draft,
        };
        match self.store.save(&[row]) {
            Ok(()) => Ok(Some(doc)),
            Err(SaveError::NotWritten(error)) => {
                // Nobody may have seen the bytes, but nobody can know: never this actor again.
                self.start = random(&mut *self.ports.entropy);
                Err(error.into())
            }
            Err(SaveError::InFile(error)) => {
                self.waiting = Some(Waiting { doc, order: None });
                Err(match error {
                    StoreError::DiskFull => Problem::Waits,
                    error => error.into(),
                })
            }
        }
    }
}
