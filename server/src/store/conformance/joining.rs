//! Enrolment codes, and what was imported.

use doegnrytme_core::ids::{CitizenId, DeviceNumber, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::enrol::CodeKind;

use super::{kept, refuses};
use crate::store::code::EnrolmentCode;
use crate::store::outside::Imported;
use crate::store::{Store, StoreError};

fn code(kind: CodeKind, name: &[u8], expires: i64) -> EnrolmentCode {
    let (team, expires) = (StreamId(1), UnixSeconds(expires));
    EnrolmentCode { kind, name: name.to_vec(), mac_key: [8; 32], team, expires, used_by: None }
}

pub(crate) fn a_code_is_known_by_kind_and_name_and_kept_once(store: &mut dyn Store) {
    let (scanned, typed) = (CodeKind::Scanned, CodeKind::Typed);
    kept(store, |tx| {
        assert!(tx.code(scanned, b"abc")?.is_none());
        tx.add_code(&code(scanned, b"abc", 10))?;
        tx.add_code(&EnrolmentCode { mac_key: [9; 32], ..code(typed, b"abc", 20) })?;
        refuses(tx, |tx| tx.add_code(&code(scanned, b"abc", 99)));
        assert!(tx.code(scanned, b"abc")? == Some(code(scanned, b"abc", 10)));
        assert_eq!(tx.code(typed, b"abc")?.unwrap().mac_key, [9; 32]);
        assert!(tx.code(typed, b"ABC")?.is_none() && tx.code(typed, b"ab")?.is_none());
        Ok(())
    });
}

pub(crate) fn a_used_code_says_by_whom_and_the_other_is_as_it_was(store: &mut dyn Store) {
    kept(store, |tx| {
        tx.add_code(&code(CodeKind::Scanned, b"a", 10))?;
        tx.add_code(&code(CodeKind::Typed, b"a", 10))?;
        // The greatest number that a device may have.
        tx.use_code(CodeKind::Typed, b"a", DeviceNumber(u32::MAX))?;
        let used_by = |code: Option<EnrolmentCode>| code.unwrap().used_by;
        assert_eq!(used_by(tx.code(CodeKind::Typed, b"a")?), Some(DeviceNumber(u32::MAX)));
        assert_eq!(used_by(tx.code(CodeKind::Scanned, b"a")?), None);
        tx.use_code(CodeKind::Typed, b"nowhere", DeviceNumber(5))?;
        assert!(tx.code(CodeKind::Typed, b"nowhere")?.is_none());
        Ok(())
    });
}

pub(crate) fn codes_are_forgotten_from_the_second_on_in_which_they_are_void(store: &mut dyn Store) {
    kept(store, |tx| {
        for (name, expires) in [(b"a", 9), (b"b", 10), (b"c", 11)] {
            tx.add_code(&code(CodeKind::Typed, name, expires))?;
        }
        tx.forget_codes(UnixSeconds(10))?;
        let mut there = |name| Ok::<_, StoreError>(tx.code(CodeKind::Typed, name)?.is_some());
        assert_eq!([there(b"a")?, there(b"b")?, there(b"c")?], [false, false, true]);
        Ok(())
    });
}

pub(crate) fn imports_come_by_outside_id_byte_by_byte_of_one_citizen_and_kind(
    store: &mut dyn Store,
) {
    kept(store, |tx| {
        let (karla, poul) = (CitizenId([1; 16]), CitizenId([2; 16]));
        let imported = |said: &str| Imported { id: vec![0, 1, 0xff], said: said.into() };
        // A language's order would put small beside great letters.
        for outside in ["b", "A-2", "Å", "a", "A-10"] {
            tx.put_imported(karla, "note", outside, &imported(outside))?;
        }
        tx.put_imported(karla, "items", "a", &imported("andet"))?;
        tx.put_imported(poul, "note", "a", &imported("en andens"))?;
        let found = tx.imported(karla, "note")?;
        let names: Vec<&str> = found.iter().map(|(outside, _)| outside.as_str()).collect();
        assert_eq!(names, ["A-10", "A-2", "a", "b", "Å"]);
        assert!(found.iter().all(|(outside, it)| *it == imported(outside)));
        assert_eq!(tx.imported(karla, "items")?, [("a".to_owned(), imported("andet"))]);
        assert_eq!(tx.imported(karla, "goals")?, []);
        let last = Imported { id: Vec::new(), said: Vec::new() };
        tx.put_imported(poul, "note", "a", &last)?;
        assert_eq!(tx.imported(poul, "note")?, [("a".to_owned(), last)]);
        Ok(())
    });
}
