//! What a citizen's published records say about relatives: who they are, and what they may hear.

use doegnrytme_core::care::consent::{Act, ConsentEntry, ConsentId, Consents};
use doegnrytme_core::ids::{CitizenId, DocId, RecordKind, RelativeId};
use doegnrytme_core::wire::record::{self, Payload as _};
use doegnrytme_core::wire::row::{Content, Row};
use doegnrytme_core::wire::scope::Bucket;

use crate::journal::Record;
use crate::store::stream::BucketKey;
use crate::store::{StoreError, Tx};

/// The published versions of a citizen's records, in order.
fn rows(tx: &mut dyn Tx, citizen: CitizenId) -> Result<Vec<Row>, StoreError> {
    let Some(known) = tx.citizen(citizen)? else { return Ok(Vec::new()) };
    let key = BucketKey { stream: known.stream, citizen: Some(citizen), bucket: Bucket::Records };
    Ok(tx.bucket_rows(key)?.into_iter().map(|stored| stored.row).collect())
}

/// Every entry that was ever published about a citizen's relatives. Consent is append-only: who
/// writes a second version under the id of another entry neither takes that away nor gives
/// anything, and a withdrawal written so gets an id that no grant can have named.
///
/// # Errors
/// [`StoreError`].
pub fn entries(tx: &mut dyn Tx, citizen: CitizenId) -> Result<Vec<ConsentEntry>, StoreError> {
    let mut entries: Vec<ConsentEntry> = Vec::new();
    for row in rows(tx, citizen)? {
        let Some(mut entry) = consent(&row) else { continue };
        if entries.iter().any(|known| known.id == entry.id) {
            if matches!(entry.act, Act::Give { .. }) {
                continue;
            }
            let [id, _] = halves(row.entry.hash.0);
            entry.id = ConsentId(id);
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn halves(hash: [u8; 32]) -> [[u8; 16]; 2] {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.iter_mut().chain(&mut second).zip(hash).for_each(|(to, from)| *to = from);
    [first, second]
}

/// A consent of this very record; one that names another record's id is nobody's.
fn consent(row: &Row) -> Option<ConsentEntry> {
    let (DocId::Record(kind, id), Content::Record { payload, .. }) = (row.entry.doc, &row.content)
    else {
        return None;
    };
    (kind == RecordKind::Consent as u8).then_some(())?;
    let entry = ConsentEntry::read(payload).ok()?;
    (entry.id.0 == id).then_some(entry)
}

/// Hands a withdrawal that is published to the journal: a restored server must not send what was
/// withdrawn after the backup.
///
/// # Errors
/// [`StoreError`].
pub fn protect(tx: &mut dyn Tx, row: &Row) -> Result<(), StoreError> {
    let withdraws = consent(row).is_some_and(|entry| matches!(entry.act, Act::Withdraw { .. }));
    let (Content::Record { salt, payload }, DocId::Record(_, id), Some(citizen), true) =
        (&row.content, row.entry.doc, row.entry.citizen, withdraws)
    else {
        return Ok(());
    };
    let (salt, payload) = (*salt, payload.clone());
    tx.protect(Record::ConsentWithdrawn { citizen, id, salt, payload })
}

/// What one relative of a citizen may hear.
///
/// # Errors
/// [`StoreError`].
pub fn of(
    tx: &mut dyn Tx,
    citizen: CitizenId,
    relative: RelativeId,
) -> Result<Consents, StoreError> {
    Ok(Consents::of(relative, &entries(tx, citizen)?))
}

/// Who a citizen is, as the register says.
///
/// # Errors
/// [`StoreError`].
pub fn citizen(tx: &mut dyn Tx, citizen: CitizenId) -> Result<Option<record::Citizen>, StoreError> {
    let found = tx.record(RecordKind::Citizen as u8, citizen.0)?;
    let payload = found.and_then(|record| record.payload);
    Ok(payload.and_then(|payload| record::Citizen::read(&payload).ok()))
}
