//! Taking in a citizen's row: what is new is published, what is known stays as carers left it.
//!
//! What the file said is remembered beside each outside id. A later import puts only the fields in
//! which the file itself changed, so it never takes back what a carer wrote since.

use std::collections::BTreeMap;

use doegnrytme_core::document::schema::{NOTE_SCHEMA, PLAN_SCHEMA};
use doegnrytme_core::document::{DocumentError, PlanDoc, encode, split};
use doegnrytme_core::gate::GatedChange;
use doegnrytme_core::ids::{ActorId, CertificateId, CitizenId, DeviceNumber, DocId, NoteId};
use doegnrytme_core::port::random;
use doegnrytme_core::wire::record;
use doegnrytme_core::wire::row::Content;
use doegnrytme_core::wire::scope::Bucket;
use doegnrytme_core::wire::to_bytes;

use super::RowError;
use super::citizen::{CitizenRow, EntryRow, NoteRow};
use super::fields::BadRow;
use super::known::Known;
use crate::intake::Taken;
use crate::intake::own::Draft;
use crate::node::context::Context;
use crate::operator::find;
use crate::record::{author, write};
use crate::socket::TakenState;
use crate::store::outside::Imported;
use crate::store::people::Citizen;
use crate::store::stream::BucketKey;
use crate::store::{StoreError, Tx};

/// The kind under which imported notes are remembered; entries go by their section's key.
const NOTE: &str = "note";

/// Takes in one row. The caller takes everything back when it fails.
///
/// # Errors
/// [`RowError`].
pub fn take(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    row: &CitizenRow,
) -> Result<(CitizenId, TakenState, Taken), RowError> {
    let team = find::team(tx, &row.team)?.ok_or_else(|| BadRow::at("team", "no such team"))?;
    let known = tx.citizen_by_outside(&row.outside_id)?;
    if known.as_ref().is_some_and(|known| known.stream != team) {
        let problem = "the citizen belongs to another team, and an import moves nobody";
        return Err(BadRow::at("team", problem).into());
    }
    let is_new = known.is_none();
    let citizen = match known {
        Some(known) => known,
        None => {
            let id = new_id(context);
            tx.add_citizen(id, team, Some(&row.outside_id))?;
            tx.citizen(id)?.ok_or(StoreError::Damaged("citizens"))?
        }
    };
    let mut taking = Taking::begin(tx, context, citizen)?;
    taking.register(tx, context, row)?;
    taking.plan(tx, context, &row.entries)?;
    taking.notes(tx, context, &row.notes)?;
    let state = match (is_new, taking.drafts.is_empty() && taking.remembered.is_empty()) {
        (true, _) => TakenState::Added,
        (false, true) => TakenState::Unchanged,
        (false, false) => TakenState::Updated,
    };
    let id = taking.citizen.id;
    Ok((id, state, taking.finish(tx, context)?))
}

/// A UUID of our own, version 4 (RFC 9562), stable for exports (L9).
fn new_id(context: &mut Context<'_>) -> CitizenId {
    let mut id: [u8; 16] = random(context.rng);
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut id;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    CitizenId(id)
}

/// One citizen's import as it is worked out.
struct Taking {
    citizen: Citizen,
    certificate: CertificateId,
    drafts: Vec<Draft>,
    remembered: Vec<(&'static str, String, Imported)>,
}

impl Taking {
    fn begin(tx: &mut dyn Tx, context: &Context<'_>, citizen: Citizen) -> Result<Self, RowError> {
        let certificate = author::certificate(tx, context)?;
        Ok(Self { citizen, certificate, drafts: Vec::new(), remembered: Vec::new() })
    }

    fn finish(self, tx: &mut dyn Tx, context: &mut Context<'_>) -> Result<Taken, RowError> {
        let taken = write::publish(tx, context, self.drafts)?;
        for (kind, outside, imported) in &self.remembered {
            tx.put_imported(self.citizen.id, kind, outside, imported)?;
        }
        Ok(taken)
    }

    /// Name and address.
    fn register(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        row: &CitizenRow,
    ) -> Result<(), RowError> {
        let record = record::Citizen {
            citizen: self.citizen.id,
            name: row.name.clone(),
            address: row.address.clone(),
            outside_id: Some(row.outside_id.clone()),
        };
        let (_, draft) = write::draft(tx, context, Some(self.citizen.id), &record)?;
        self.drafts.extend(draft);
        Ok(())
    }

    fn plan(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        rows: &[EntryRow],
    ) -> Result<(), RowError> {
        let mut known = Known::load(tx, self.citizen.id)?;
        let mut commands = Vec::new();
        for row in rows {
            let entry = known.entry(row, context)?;
            commands.extend(entry.commands);
            if entry.is_news {
                let said = to_bytes(&entry.fields);
                let imported = Imported { id: entry.id.0.to_vec(), said };
                self.remembered.push((row.section.key(), row.outside_id.clone(), imported));
            }
        }
        if commands.is_empty() {
            return Ok(());
        }
        let mut plan = self.present_plan(tx)?;
        let actor = ActorId::new(DeviceNumber::SERVER, random(context.rng));
        for piece in split(commands) {
            match plan.edit(&piece, actor, context.now) {
                Ok(change) => self.draft_change(context, change.bytes, PLAN_SCHEMA, None),
                // A carer wrote just what the file says now.
                Err(DocumentError::NothingChanged) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn draft_change(
        &mut self,
        context: &Context<'_>,
        bytes: Vec<u8>,
        schema: u16,
        note: Option<NoteId>,
    ) {
        self.drafts.push(Draft {
            doc: note.map_or(DocId::Plan(self.citizen.id, 0), DocId::Note),
            citizen: Some(self.citizen.id),
            home: None,
            content: Content::Change(bytes),
            schema,
            certificate: self.certificate,
            written: context.now,
        });
    }

    /// The plan with everything that was published in it.
    fn present_plan(&self, tx: &mut dyn Tx) -> Result<PlanDoc, RowError> {
        let mut plan = PlanDoc::new()?;
        let Citizen { id, stream, .. } = self.citizen;
        let key = BucketKey { stream, citizen: Some(id), bucket: Bucket::Plan };
        let mut changes = Vec::new();
        for stored in tx.bucket_rows(key)? {
            let (doc, hash) = (stored.row.entry.doc, stored.row.entry.hash);
            let Content::Change(bytes) = stored.row.content else { continue };
            if doc == DocId::Plan(id, 0) {
                let change = GatedChange::from_log(doc, id, hash, bytes);
                changes.push(change.map_err(DocumentError::from)?);
            }
        }
        plan.apply_all(&changes)?;
        Ok(plan)
    }

    fn notes(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        rows: &[NoteRow],
    ) -> Result<(), RowError> {
        let known: BTreeMap<String, Imported> =
            tx.imported(self.citizen.id, NOTE)?.into_iter().collect();
        for row in rows {
            let said = to_bytes(&(row.at, &row.by, &row.text, row.law));
            match known.get(&row.outside_id) {
                Some(known) if known.said == said => {}
                Some(_) => {
                    let problem = "it was taken in with other words before, and a note is never \
                                   changed";
                    return Err(BadRow::at(&row.place, problem).into());
                }
                None => self.note(context, row, said)?,
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        context: &mut Context<'_>,
        row: &NoteRow,
        said: Vec<u8>,
    ) -> Result<(), RowError> {
        let unix_ms = u64::try_from(row.at.0).unwrap_or(0).saturating_mul(1_000);
        let id = NoteId::mint(unix_ms, random(context.rng));
        let note = row.note(id, self.citizen.id)?;
        let change = encode(&note, ActorId::new(DeviceNumber::SERVER, random(context.rng)))?;
        self.draft_change(context, change.bytes, NOTE_SCHEMA, Some(id));
        let imported = Imported { id: id.0.to_vec(), said };
        self.remembered.push((NOTE, row.outside_id.clone(), imported));
        Ok(())
    }
}
