//! Entries: every change and record version that was pushed, in whatever state, and what the gate
//! asks about them.

use doegnrytme_core::gate::Dependency;
use doegnrytme_core::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::row::Row;
use doegnrytme_core::wire::scope::Bucket;

use super::{StoreError, batch::BatchKey, certificate::CertificateNumber};

/// An entry's short number inside the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryKey(pub i64);

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// Waits for changes of its document, or for a server that knows its schema.
    Parked,
    /// Durable; its trial took too long and is made again.
    Received,
    /// A person must look at it.
    Held {
        /// Why, as in verdicts.
        reason: u8,
    },
    /// No version would take it; kept, opaque.
    Refused {
        /// Why, as in verdicts.
        reason: u8,
    },
    /// Another entry took its place before it was published.
    SetAside,
    /// In a stream.
    Published {
        /// The stream.
        stream: StreamId,
        /// The place in it.
        seq: u64,
        /// The bucket that counts it.
        bucket: Bucket,
    },
}

/// What G0 read of a change, kept for the changes that rest on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorship {
    /// The author's actor.
    pub actor: ActorId,
    /// The author's how-manieth change of the document.
    pub seq: u64,
    /// The counter of its last operation.
    pub max_op: u64,
}

/// A stored entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The entry with content and origin; `placed` when it is published.
    pub row: Row,
    /// The batch that signs it.
    pub batch: BatchKey,
    /// The certificate that it names.
    pub certificate: CertificateNumber,
    /// When the server first had it.
    pub received: UnixSeconds,
    /// What became of it.
    pub state: EntryState,
    /// What G0 read; none for records and what G0 refused.
    pub authorship: Option<Authorship>,
}

/// An entry's state with what a verdict needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its number in the store.
    pub key: EntryKey,
    /// What became of it.
    pub state: EntryState,
    /// When the server first had it.
    pub received: UnixSeconds,
    /// What it waits for, when it is parked.
    pub missing: Vec<ChangeHash>,
    /// The batch that signs it: the device, its number and the position.
    pub origin: doegnrytme_core::wire::row::Origin,
}

/// Entries and facts.
pub trait EntryTx {
    /// What became of (doc, hash); none when the server never had it.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn standing(&mut self, doc: DocId, hash: ChangeHash) -> Result<Option<Standing>, StoreError>;

    /// Stores a new entry. `missing` is what a parked or held one rests on and waits for.
    ///
    /// # Errors
    /// [`StoreError`]; also when (doc, hash) is there already.
    fn put_entry(
        &mut self,
        entry: &StoredEntry,
        missing: &[ChangeHash],
    ) -> Result<EntryKey, StoreError>;

    /// Changes what became of an entry.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_state(
        &mut self,
        key: EntryKey,
        state: EntryState,
        missing: &[ChangeHash],
    ) -> Result<(), StoreError>;

    /// An entry by its key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn entry(&mut self, key: EntryKey) -> Result<Option<StoredEntry>, StoreError>;

    /// Parked and held entries of a document that wait for a change, in order of arrival.
    ///
    /// # Errors
    /// [`StoreError`].
    fn waiting_for(&mut self, doc: DocId, hash: ChangeHash) -> Result<Vec<EntryKey>, StoreError>;

    /// Parked entries of schemas up to `schema` that wait for nothing else, in order of arrival.
    ///
    /// # Errors
    /// [`StoreError`].
    fn waiting_for_schema(&mut self, schema: u16) -> Result<Vec<EntryKey>, StoreError>;

    /// Entries held for a reason that name a certificate, in order of arrival.
    ///
    /// # Errors
    /// [`StoreError`].
    fn held_for(
        &mut self,
        reason: u8,
        certificate: CertificateNumber,
    ) -> Result<Vec<EntryKey>, StoreError>;

    /// Entries of a batch, by position: position, document, hash.
    ///
    /// # Errors
    /// [`StoreError`].
    fn entries_of(
        &mut self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Vec<(u16, EntryKey)>, StoreError>;

    /// Entries that wait for their trial, in order of arrival, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn untried(&mut self, limit: usize) -> Result<Vec<EntryKey>, StoreError>;

    /// How many entries are held: of all, or of one stream's citizens.
    ///
    /// # Errors
    /// [`StoreError`].
    fn count_held(&mut self, stream: Option<StreamId>) -> Result<u64, StoreError>;

    /// As [`doegnrytme_core::gate::Facts::dependency`], but for what is built in.
    ///
    /// # Errors
    /// [`StoreError`].
    fn dependency(&mut self, doc: DocId, hash: ChangeHash) -> Result<Dependency, StoreError>;

    /// As [`doegnrytme_core::gate::Facts::last_seq`]; plans only.
    ///
    /// # Errors
    /// [`StoreError`].
    fn last_seq(&mut self, doc: DocId, actor: ActorId) -> Result<u64, StoreError>;

    /// As [`doegnrytme_core::gate::Facts::is_taken`]; plans only.
    ///
    /// # Errors
    /// [`StoreError`].
    fn is_taken(
        &mut self,
        doc: DocId,
        actor: ActorId,
        seq: u64,
        except: ChangeHash,
    ) -> Result<bool, StoreError>;

    /// As [`doegnrytme_core::gate::Facts::has_changes`], `except` left out.
    ///
    /// # Errors
    /// [`StoreError`].
    fn has_changes(&mut self, doc: DocId, except: ChangeHash) -> Result<bool, StoreError>;

    /// The citizen to whom the document's first publication bound it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn citizen_of(&mut self, doc: DocId) -> Result<Option<CitizenId>, StoreError>;
}
