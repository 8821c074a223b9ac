//! A tablet whose program is broken: it writes what no server may take.

use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::note::{Author, Function, Note, NoteHead, Recipient};
use doegnrytme_core::document::encode;
use doegnrytme_core::ids::{ActorId, CitizenId, DeviceNumber, DocId, NoteId};
use doegnrytme_core::store::{OwnRow, SaveError, StoreError};
use doegnrytme_core::wire::SCHEMA;
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::row::Content;

use super::broken::{Broken, Held};
use super::world::World;

/// Whose actor the broken program uses: not its own device's.
const FOREIGN: DeviceNumber = DeviceNumber(0x0bad_0bad);

impl World {
    /// Saves a note under another device's actor, past the tablet's own gate. The server refuses
    /// it; nothing else may suffer from that.
    pub(super) fn rogue_writes(&mut self, at: usize) -> Held<()> {
        let Some(citizen) = self.somebody() else { return Ok(()) };
        let [a, b, ..] = self.dice.seed().to_be_bytes();
        let Some(row) = self.bad_row(at, citizen, [a, b])? else { return Ok(()) };
        self.note(|| format!("tablet {at} writes nonsense: {}", row.entry.doc));
        let crash_after = self.maybe_crash(25);
        let did = self.tablet(at)?.does(crash_after, |machine| machine.store().save(&[row]))?;
        match did.gave {
            Err(SaveError::NotWritten(error) | SaveError::InFile(error)) if !did.crashed => {
                return Err(error.into());
            }
            _ => {}
        }
        self.after(at, did.crashed, Vec::new())
    }

    fn bad_row(&mut self, at: usize, citizen: CitizenId, random: [u8; 2]) -> Held<Option<OwnRow>> {
        let tablet = self.tablet(at)?;
        let (carer, written) = (tablet.carer, tablet.lease_time()?.at);
        let held = tablet.machine()?.store().read(|tx| {
            let Some((device, _)) = tx.device()? else { return Ok::<_, StoreError>(None) };
            Ok(tx.carer_certificate(carer, device)?.map(|(id, _)| (device, id)))
        })?;
        let Some((device, certificate)) = held else { return Ok(None) };
        let [a, b] = random;
        let minted = u64::try_from(written.0).unwrap_or(0) * 1_000;
        let id = NoteId::mint(minted, [a, b, 0xba, 0xd0, 0, 0, 0, 0, 0, 0]);
        let head =
            NoteHead { id, citizen, author: Author::Carer(carer), written, law: LegalBasis::Sel83 };
        let to = Recipient::Function(Function::Assessor);
        let note = Note::handover(head, to, None, "Vrøvl".to_owned())
            .map_err(|error| Broken(error.to_string()))?;
        let change = encode(&note, ActorId::new(FOREIGN, [7; 12]))?;
        let hash = change.hash();
        let entry = Entry {
            doc: DocId::Note(id),
            kind: EntryKind::Change,
            citizen: Some(citizen),
            hash,
            schema: SCHEMA,
            certificate,
            written,
            raw_clock: written,
            clock_mark: ClockMark::Sound,
            replaces: None,
        };
        let content = Content::Change(change.bytes);
        let (command, heads) = (Vec::new(), Vec::new());
        Ok(Some(OwnRow { entry, content, device, author: carer, command, heads, draft: None }))
    }
}
