//! What every synchronous function of the server is handed besides its transaction.

use std::sync::Arc;

use doegnrytme_core::document::genesis;
use doegnrytme_core::ids::{ChangeHash, ServerEpoch};
use doegnrytme_core::port::{Entropy, random};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::SCHEMA;

use super::keys::Keys;
use crate::enrol::CodeLifetime;
use crate::intake::tester::Tester;
use crate::journal::Record;
use crate::journal::doubt::Doubt;
use crate::limits::Limits;
use crate::store::meta::Epoch;
use crate::store::{StoreError, Tx};

/// Changes that are built into the program and have no row before they are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltIn {
    /// The hash of every plan's first change, and the counter of its last operation.
    pub genesis: (ChangeHash, u64),
    /// Hashes of migrations that the server may publish under the reserved actor.
    pub migrations: Vec<ChangeHash>,
}

impl Default for BuiltIn {
    fn default() -> Self {
        Self { genesis: (genesis::HASH, genesis::MAX_OP), migrations: Vec::new() }
    }
}

/// What intake and stream follow: settings of the municipality, what is built in, and where changes
/// are tried.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What is built in.
    pub built_in: BuiltIn,
    /// How long a carer certificate lasts, in days (1–14).
    pub lease_days: u8,
    /// Where changes are tried before they are published.
    pub tester: Arc<dyn Tester>,
    /// How long an enrolment code is good.
    pub code_lifetime: CodeLifetime,
    /// How much is taken from whom.
    pub limits: Limits,
    /// The newest schema that `tester` can judge; an entry with a newer one is parked.
    pub newest_schema: u16,
}

impl Default for Rules {
    fn default() -> Self {
        let tester = Arc::new(crate::trial::InProcess::default());
        let code_lifetime = CodeLifetime::default();
        Self {
            built_in: BuiltIn::default(),
            lease_days: 8,
            tester,
            code_lifetime,
            limits: Limits::default(),
            newest_schema: SCHEMA,
        }
    }
}

/// One moment of one server: no function below asks for the time or for randomness otherwise.
pub struct Context<'a> {
    /// The server's time.
    pub now: UnixSeconds,
    /// Randomness.
    pub rng: &'a mut dyn Entropy,
    /// The server's keys.
    pub keys: &'a Keys,
    /// The rules.
    pub rules: &'a Rules,
    /// The present epoch.
    pub epoch: Epoch,
    /// What the operator has to confirm before anything is published or sent.
    pub doubt: Doubt,
}

impl<'a> Context<'a> {
    /// The context of a transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn new(
        tx: &mut dyn Tx,
        now: UnixSeconds,
        rng: &'a mut dyn Entropy,
        keys: &'a Keys,
        rules: &'a Rules,
    ) -> Result<Self, StoreError> {
        let (epoch, doubt) = (present_epoch(tx)?, Doubt::read(tx)?);
        Ok(Self { now, rng, keys, rules, epoch, doubt })
    }

    /// Opens a new epoch because a cursor proved a roll-back. An epoch that only the cursor knew
    /// is written down as lost, so that the next cursor of it opens nothing. That the journal did
    /// not know gives reason for doubt: it was rolled back as well.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_epoch(&mut self, tx: &mut dyn Tx, proof: ServerEpoch) -> Result<(), StoreError> {
        if tx.epochs()?.iter().all(|epoch| epoch.epoch != proof) {
            tx.open_epoch(proof, self.now, true)?;
        }
        if tx.is_protected() {
            self.doubt = self.doubt.and(Doubt::ROLLED_BACK);
            self.doubt.write(tx)?;
            tracing::error!("{}: `journal confirm`", self.doubt.words());
        }
        self.begin_epoch(tx)
    }

    /// Opens a new epoch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_epoch(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.forget_nonces()?;
        let epoch = ServerEpoch(random(self.rng));
        let number = tx.open_epoch(epoch, self.now, false)?;
        tx.protect(Record::EpochOpened { epoch, at: self.now })?;
        self.epoch = Epoch { number, epoch, lost: false };
        Ok(())
    }
}

/// The epoch that the server lives in.
///
/// # Errors
/// [`StoreError`].
pub fn present_epoch(tx: &mut dyn Tx) -> Result<Epoch, StoreError> {
    let epochs = tx.epochs()?;
    epochs.into_iter().rfind(|epoch| !epoch.lost).ok_or(StoreError::Damaged("no epoch"))
}
