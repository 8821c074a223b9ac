//! The outbox of text messages: one a relative and day, and no step twice.

use doegnrytme_core::ids::RelativeId;
use doegnrytme_core::time::{LocalDay, UnixSeconds};

use super::{kept, refuses};
use crate::store::sms::{Sms, SmsState};
use crate::store::{Store, StoreError, Tx};

const DAY: LocalDay = LocalDay(20_514);
const STATES: [SmsState; 6] = [
    SmsState::Composed,
    SmsState::Claimed,
    SmsState::Sent,
    SmsState::Unknown,
    SmsState::Refused,
    SmsState::Withdrawn,
];

fn relative(number: u8) -> RelativeId {
    RelativeId([number; 16])
}

fn sms(number: u8, day: LocalDay) -> Sms {
    let mut reference = [number; 16];
    reference[..4].copy_from_slice(&day.0.to_be_bytes());
    Sms {
        relative: relative(number),
        day,
        reference,
        text: "Hej fra Lillekær Kommune. \"Karla\" har været i haven; æøå 🌞".to_owned(),
        state: SmsState::Composed,
        at: UnixSeconds(100),
    }
}

pub(crate) fn there_is_one_message_a_relative_and_day_in_whatever_state(store: &mut dyn Store) {
    kept(store, |tx| {
        assert!(tx.sms(relative(1), DAY)?.is_none());
        assert!(tx.add_sms(&sms(1, DAY))?);
        for state in STATES {
            let again = Sms { reference: [9; 16], text: "Igen".to_owned(), ..sms(1, DAY) };
            assert!(!tx.add_sms(&again)?, "{state:?}");
            let now = tx.sms(relative(1), DAY)?.unwrap();
            assert!(now.text == sms(1, DAY).text && now.reference == sms(1, DAY).reference);
            assert!(tx.move_sms(now.state, &Sms { state, ..now.clone() })?);
        }
        assert!(tx.add_sms(&sms(1, LocalDay(DAY.0 + 1)))?, "another day");
        assert!(tx.add_sms(&sms(2, DAY))?, "another relative");
        Ok(())
    });
}

pub(crate) fn a_message_is_moved_only_from_the_state_that_it_is_in(store: &mut dyn Store) {
    kept(store, |tx| {
        tx.add_sms(&sms(1, DAY))?;
        let claimed = Sms {
            state: SmsState::Claimed,
            at: UnixSeconds(200),
            text: "Ny hilsen".to_owned(),
            ..sms(1, DAY)
        };
        for from in &STATES[1..] {
            assert!(!tx.move_sms(*from, &claimed)?);
            assert!(tx.sms(relative(1), DAY)? == Some(sms(1, DAY)), "as it was");
        }
        assert!(tx.move_sms(SmsState::Composed, &claimed)?);
        assert!(!tx.move_sms(SmsState::Composed, &claimed)?, "only once");
        assert!(tx.sms(relative(1), DAY)? == Some(claimed));
        assert!(!tx.move_sms(SmsState::Composed, &sms(2, DAY))?, "there is none");
        assert!(tx.sms(relative(2), DAY)?.is_none());
        Ok(())
    });
}

pub(crate) fn messages_come_by_day_and_relative(store: &mut dyn Store) {
    kept(store, |tx| {
        let before = LocalDay(DAY.0 - 1);
        for (number, day) in [(9, DAY), (1, DAY), (0xff, before), (3, before)] {
            tx.add_sms(&sms(number, day))?;
        }
        let sent = Sms { state: SmsState::Sent, ..sms(1, DAY) };
        tx.move_sms(SmsState::Composed, &sent)?;
        let names = |found: Vec<Sms>| -> Vec<(u8, i32)> {
            found.iter().map(|sms| (sms.relative.0[0], sms.day.0 - DAY.0)).collect()
        };
        assert_eq!(names(tx.sms_in(SmsState::Composed)?), [(3, -1), (0xff, -1), (9, 0)]);
        assert_eq!(names(tx.sms_in(SmsState::Sent)?), [(1, 0)]);
        assert_eq!(names(tx.sms_in(SmsState::Unknown)?), []);
        assert_eq!(names(tx.sms_of(DAY)?), [(1, 0), (9, 0)], "in whatever state");
        assert_eq!(names(tx.sms_of(LocalDay(1))?), []);
        Ok(())
    });
}

pub(crate) fn a_reference_is_given_once(store: &mut dyn Store) {
    kept(store, |tx| {
        tx.add_sms(&sms(1, DAY))?;
        let other = Sms { reference: sms(1, DAY).reference, ..sms(2, DAY) };
        refuses(tx, |tx: &mut dyn Tx| tx.add_sms(&other));
        assert!(tx.sms(relative(2), DAY)?.is_none());
        Ok::<_, StoreError>(())
    });
}
