//! The version after this one, as stories need it: it writes a schema that this one does not know,
//! and its server ([`Newer`], `bin/newer_server.rs`) judges it.

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId as AutomergeActor, Automerge, ROOT};
use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::note::NoteKind;
use doegnrytme_core::document::schema::note as key;
use doegnrytme_core::gate::examine;
use doegnrytme_core::ids::{
    ActorId, CarerId, CertificateId, ChangeHash, CitizenId, DeviceNumber, DocId, NoteId,
};
use doegnrytme_core::port::{Entropy as _, random};
use doegnrytme_core::store::{OwnRow, Store, StoreError};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire;
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::row::Content;
use doegnrytme_server::trial::protocol::{Question, Reply};
use doegnrytme_server::trial::questions::{Handler, Questions};

use crate::headless::Problem;
use crate::ports::MachineEntropy;

/// The schema of the version after this one.
pub const SCHEMA: u16 = wire::SCHEMA + 1;

/// What a newer app saves.
#[derive(Debug, Clone)]
pub enum Written {
    /// A visit's note with a field that this version has never heard of.
    NoteWithANewField(String),
    /// A note of a kind that this version has never heard of.
    NoteOfANewKind(String),
    /// An edit of the plan; this version would have written the same, under its own schema.
    Edit(PlanCommand),
}

/// Saves as the newer app does, on a tablet whose store has the same form in both versions; what
/// was saved.
///
/// # Errors
/// [`Problem`].
pub fn saves(
    store: &mut Store,
    citizen: CitizenId,
    carer: CarerId,
    written: UnixSeconds,
    what: Written,
) -> Result<(DocId, ChangeHash), Problem> {
    let writer = store.read(|tx| {
        let Some((device, _)) = tx.device()? else { return Ok::<_, StoreError>(None) };
        Ok(tx.carer_certificate(carer, device)?.map(|(id, _)| (device, id)))
    });
    let (device, certificate) =
        writer.map_err(wrong)?.ok_or_else(|| wrong("nobody may write here"))?;
    let actor = ActorId::new(device, random(&mut MachineEntropy));
    let (doc, bytes, heads) = match what {
        Written::Edit(edit) => {
            let (doc, mut plan) = store.read(|tx| tx.plan_doc(citizen)).map_err(wrong)?;
            let heads = plan.heads();
            let edited = plan.edit(&[edit], actor, written);
            (doc, edited.map_err(wrong)?.bytes, heads)
        }
        Written::NoteWithANewField(text) => {
            let kind = NoteKind::Visit.key();
            (new_note(written), note(citizen, actor, written, kind, &text)?, Vec::new())
        }
        Written::NoteOfANewKind(text) => {
            (new_note(written), note(citizen, actor, written, "mood", &text)?, Vec::new())
        }
    };
    let hash = examine(&bytes).map_err(wrong)?.hash;
    let named = (doc, hash);
    let entry = entry(named, citizen, certificate, written);
    let row = row(entry, bytes, device, carer, heads);
    store.save(&[row]).map_err(wrong)?;
    Ok(named)
}

fn wrong(why: impl std::fmt::Display) -> Problem {
    Problem::wrong(why.to_string())
}

fn new_note(written: UnixSeconds) -> DocId {
    let mut chance = [0; 10];
    MachineEntropy.fill(&mut chance);
    let minted = u64::try_from(written.0).unwrap_or(0).saturating_mul(1_000);
    DocId::Note(NoteId::mint(minted, chance))
}

/// The one change of a note with a key, `weather`, that no version has.
fn note(
    citizen: CitizenId,
    actor: ActorId,
    written: UnixSeconds,
    kind: &str,
    text: &str,
) -> Result<Vec<u8>, Problem> {
    let mut doc = Automerge::new().with_actor(AutomergeActor::from(actor.as_bytes()));
    let mut transaction = doc.transaction();
    let mut write = || {
        transaction.put(ROOT, key::SCHEMA, u64::from(SCHEMA))?;
        transaction.put(ROOT, key::KIND, kind)?;
        transaction.put(ROOT, key::LAW, LegalBasis::Sel83.key())?;
        transaction.put(ROOT, key::CITIZEN, citizen.as_bytes().to_vec())?;
        transaction.put(ROOT, key::TEXT, text)?;
        transaction.put(ROOT, "weather", "solskin")
    };
    write().map_err(|error: automerge::AutomergeError| wrong(error))?;
    transaction.commit_with(CommitOptions::default().with_time(written.0));
    let change = doc.get_last_local_change();
    let change = change.ok_or_else(|| wrong("Automerge wrote nothing"))?;
    Ok(change.raw_bytes().to_vec())
}

fn entry(
    (doc, hash): (DocId, ChangeHash),
    citizen: CitizenId,
    certificate: CertificateId,
    written: UnixSeconds,
) -> Entry {
    Entry {
        doc,
        kind: EntryKind::Change,
        citizen: Some(citizen),
        hash,
        schema: SCHEMA,
        certificate,
        written,
        raw_clock: written,
        clock_mark: ClockMark::Sound,
        replaces: None,
    }
}

fn row(
    entry: Entry,
    bytes: Vec<u8>,
    device: DeviceNumber,
    author: CarerId,
    heads: Vec<ChangeHash>,
) -> OwnRow {
    let (content, command) = (Content::Change(bytes), Vec::new());
    OwnRow { entry, content, device, author, command, heads, draft: None }
}

/// How the newer server's children try changes: they know its notes, and its plans are as they were.
#[derive(Debug, Default)]
pub struct Newer(Questions);

impl Handler for Newer {
    fn answer(&mut self, question: Question) -> Reply {
        if question.schema != SCHEMA {
            return self.0.answer(question);
        }
        let bare = matches!(question.doc, DocId::Note(_));
        self.0.answer(Question { schema: wire::SCHEMA, bare, ..question })
    }
}
