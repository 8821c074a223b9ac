//! SQL of the outbox of text messages.

use doegnrytme_core::ids::RelativeId;
use doegnrytme_core::time::{LocalDay, UnixSeconds};
use rusqlite::{Row, params};

use super::{SqliteTx, damaged};
use crate::store::StoreError;
use crate::store::sms::{Sms, SmsState, SmsTx};

const SMS: &str = "SELECT relative, day, reference, text, state, at FROM outbox_sms";

const STATES: [SmsState; 6] = [
    SmsState::Composed,
    SmsState::Claimed,
    SmsState::Sent,
    SmsState::Unknown,
    SmsState::Refused,
    SmsState::Withdrawn,
];

fn sms(row: &Row<'_>) -> rusqlite::Result<Sms> {
    let state: u8 = row.get(4)?;
    Ok(Sms {
        relative: RelativeId(row.get(0)?),
        day: LocalDay(row.get(1)?),
        reference: row.get(2)?,
        text: row.get(3)?,
        state: STATES.get(usize::from(state)).copied().ok_or_else(|| damaged(4))?,
        at: UnixSeconds(row.get(5)?),
    })
}

impl SmsTx for SqliteTx<'_> {
    fn sms(&mut self, relative: RelativeId, day: LocalDay) -> Result<Option<Sms>, StoreError> {
        let one = format!("{SMS} WHERE relative = ?1 AND day = ?2");
        self.one(&one, params![relative.0, day.0], sms)
    }

    fn add_sms(&mut self, sms: &Sms) -> Result<bool, StoreError> {
        let added = self.run(
            "INSERT INTO outbox_sms (relative, day, reference, text, state, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (relative, day) DO NOTHING",
            params![sms.relative.0, sms.day.0, sms.reference, sms.text, sms.state as u8, sms.at.0],
        )?;
        Ok(added == 1)
    }

    fn move_sms(&mut self, from: SmsState, sms: &Sms) -> Result<bool, StoreError> {
        let moved = self.run(
            "UPDATE outbox_sms SET text = ?4, state = ?5, at = ?6
             WHERE relative = ?1 AND day = ?2 AND state = ?3",
            params![sms.relative.0, sms.day.0, from as u8, sms.text, sms.state as u8, sms.at.0],
        )?;
        Ok(moved == 1)
    }

    fn sms_in(&mut self, state: SmsState) -> Result<Vec<Sms>, StoreError> {
        self.all(&format!("{SMS} WHERE state = ?1 ORDER BY day, relative"), [state as u8], sms)
    }

    fn sms_of(&mut self, day: LocalDay) -> Result<Vec<Sms>, StoreError> {
        self.all(&format!("{SMS} WHERE day = ?1 ORDER BY relative"), [day.0], sms)
    }
}
