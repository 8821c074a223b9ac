//! The journal: its chain, and that the database knows what it remembers.

use doegnrytme_core::ids::{DocId, RecordKind};
use doegnrytme_core::wire::from_bytes;
use doegnrytme_core::wire::row::Content;

use super::Walk;
use crate::journal::file::{Found, Mark, read};
use crate::journal::{Place, Record};
use crate::store::device::DeviceStatus;
use crate::store::meta::name;
use crate::store::sms::SmsState;
use crate::store::{StoreError, Tx};

impl Walk<'_> {
    pub(super) fn remembered(&mut self, tx: &mut dyn Tx, place: &Place) -> Result<(), StoreError> {
        (self.watch)("journal", 0, 0);
        let Some(mark) = tx.meta(name::JOURNAL)? else { return Ok(()) };
        let Ok(mark) = from_bytes::<Mark>(&mark) else {
            self.bad("meta", name::JOURNAL, "it cannot be read");
            return Ok(());
        };
        let scan = match read(place, 0)? {
            Found::Nothing => {
                self.bad("journal", "the file", "it is not there");
                return Ok(());
            }
            Found::Foreign => {
                self.bad("journal", "the file", "it is another server's");
                return Ok(());
            }
            Found::Lines(scan) => scan,
        };
        if let Some((after, at)) = scan.damage {
            self.bad("journal", format!("behind line {after}, byte {at}"), "it is damaged");
        }
        if scan.end.id != mark.id {
            self.bad("journal", "line 0", "it is another server's");
            return Ok(());
        }
        if scan.end.serial < mark.serial {
            self.bad("journal", format!("line {}", scan.end.serial), "it ends too early");
        }
        let mut lines = 0;
        for (serial, record) in &scan.records {
            // Lines behind the mark protect a commit that came after this walk began.
            if *serial > mark.serial {
                break;
            }
            lines += 1;
            if !knows(tx, record)? {
                let key = format!("line {serial}, {}", record.kind());
                self.bad("journal", key, "the database does not know what it remembers");
            }
        }
        self.report.proved("journal lines", lines);
        Ok(())
    }
}

fn knows(tx: &mut dyn Tx, record: &Record) -> Result<bool, StoreError> {
    Ok(match record {
        Record::DeviceEnrolled(enrolled) => {
            tx.device(enrolled.device)?.is_some_and(|device| device.key == enrolled.key)
        }
        Record::DeviceRevoked { device, .. } => {
            tx.device(*device)?.is_none_or(|device| device.status != DeviceStatus::Active)
        }
        Record::ConsentWithdrawn { id, salt, payload, .. } => {
            let content = Content::Record { salt: *salt, payload: payload.clone() };
            let doc = DocId::Record(RecordKind::Consent as u8, *id);
            match content.hash() {
                Some(hash) => tx.standing(doc, hash)?.is_some(),
                None => false,
            }
        }
        // Composed again when the gateway could not take it; what must not be is no row at all.
        Record::SmsClaimed { relative, day, reference, .. } => tx
            .sms(*relative, *day)?
            .is_some_and(|sms| sms.reference == *reference || sms.state != SmsState::Composed),
        Record::EpochOpened { epoch, .. } => tx.epochs()?.iter().any(|known| known.epoch == *epoch),
        Record::NumberStopped { .. } | Record::DocumentWithheld { .. } | Record::Lived { .. } => {
            true
        }
    })
}
