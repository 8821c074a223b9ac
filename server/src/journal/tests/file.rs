//! What the file keeps, byte by byte.

use super::*;

#[test]
fn every_kind_reads_back_and_shows_nothing() {
    for record in every_kind() {
        let bytes = doegnrytme_core::wire::to_bytes(&record);
        assert_eq!(doegnrytme_core::wire::from_bytes(&bytes), Ok(record.clone()));
        let shown = format!("{record:?}");
        assert!(shown.chars().all(|c| c.is_ascii_lowercase() || c == ' '), "{shown}");
    }
}

#[test]
fn nothing_of_a_record_stands_in_the_file() {
    let house = House::new();
    protects(&house, &every_kind());
    let file = fs::read(house.place().path).unwrap();
    for private in [&b"+45000"[..], &[9; 40], &[4; 65]] {
        assert!(!file.windows(private.len()).any(|window| window == private));
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(house.place().path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_was_undone_is_not_kept_and_one_commit_is_one_append() {
    let house = House::new();
    let (mut store, keys) = house.opens();
    write(&mut store, &keys, |tx, _| {
        tx.protect(sms(1)).unwrap();
        tx.mark().unwrap();
        tx.protect(sms(2)).unwrap();
        tx.undo().unwrap();
        tx.mark().unwrap();
        tx.protect(sms(3)).unwrap();
        tx.keep().unwrap();
    });
    // Dropped without a commit.
    store.begin().unwrap().protect(sms(4)).unwrap();
    assert_eq!(house.lines(), [sms(1), sms(3)]);
}

#[test]
fn a_torn_last_line_is_cut_off_and_a_damaged_middle_stops_the_start_by_name() {
    let house = House::new();
    protects(&house, &[sms(1)]);
    let copy = house.copy();
    protects(&house, &[sms(2), sms(3)]);
    let path = house.place().path;
    let whole = fs::read(&path).unwrap();
    // The database is the copy's, so that what is torn off is only what it never knew.
    for end in [whole.len() - 1, whole.len() - 40] {
        house.goes_back_to(&copy);
        fs::write(&path, &whole[..end]).unwrap();
        let (_store, _) = house.opens();
        assert_eq!(house.lines()[..2], [sms(1), sms(2)]);
    }
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 1;
    house.goes_back_to(&copy);
    fs::write(&path, &damaged).unwrap();
    let Err(OpeningError::Journal(error)) = house.opens_with(Bearing::Server).map(|_| ()) else {
        panic!("a damaged journal was taken")
    };
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("journal"), "{error}");
    // The operator takes what can be read.
    assert_eq!(house.confirms(Bearing::Confirmation), Confirmed::Done(Doubt::DAMAGED));
    let (mut store, _) = house.opens();
    let sms_3 = store::read(&mut store, |tx| tx.sms(RelativeId([3; 16]), LocalDay(3))).unwrap();
    assert_eq!(sms_3.map(|sms| sms.state), Some(SmsState::Claimed));
    let aside = path.with_file_name("journal.set-aside-1");
    assert_eq!(fs::read(aside).unwrap(), damaged, "nothing is thrown away");
}

#[test]
fn every_byte_of_every_line_but_the_last_is_under_guard() {
    let house = House::new();
    protects(&house, &[sms(1), sms(2), sms(3)]);
    let path = house.place().path;
    let whole = fs::read(&path).unwrap();
    let Found::Lines(scan) = read(&house.place(), 0).unwrap() else { panic!() };
    assert_eq!((scan.torn, scan.damage), (0, None));
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let Found::Lines(found) = read(&house.place(), 0).unwrap() else { panic!() };
        let noticed = found.damage.is_some() || found.torn > 0;
        assert!(noticed, "byte {at}");
    }
}

#[test]
fn a_line_left_out_swapped_or_put_in_twice_is_damage() {
    let house = House::new();
    protects(&house, &[sms(1), sms(2), sms(3)]);
    let path = house.place().path;
    let bytes = fs::read(&path).unwrap();
    let mut ends = vec![0];
    while let Some(end) = ends.last().copied().filter(|end| *end < bytes.len()) {
        let length = u32::from_le_bytes(bytes[end + 4..end + 8].try_into().unwrap());
        ends.push(end + 32 + usize::try_from(length).unwrap());
    }
    let line = |at: usize| bytes[ends[at]..ends[at + 1]].to_vec();
    for order in [vec![0, 2, 3], vec![0, 2, 1, 3], vec![0, 1, 1, 2, 3], vec![1, 2, 3]] {
        let spoilt: Vec<u8> = order.iter().flat_map(|at| line(*at)).collect();
        fs::write(&path, spoilt).unwrap();
        let Found::Lines(found) = read(&house.place(), 0).unwrap() else { panic!() };
        assert!(found.damage.is_some(), "{order:?}");
    }
}

#[test]
fn two_servers_cannot_share_a_journal() {
    let house = House::new();
    let (_store, _) = house.opens();
    let second = house.opens_with(Bearing::Server).map(|_| ());
    assert!(matches!(second, Err(OpeningError::Journal(JournalError::Locked(_)))), "{second:?}");
}

#[test]
fn an_append_that_is_taken_back_leaves_the_file_as_it_was() {
    let house = House::new();
    let mut file = JournalFile::create(&house.place()).unwrap();
    file.append(&[sms(1)]).unwrap();
    let before = (fs::read(house.place().path).unwrap(), file.end());
    file.append(&[sms(2), sms(3)]).unwrap();
    file.take_back();
    assert_eq!((fs::read(house.place().path).unwrap(), file.end()), before);
    let Mark { serial, .. } = file.append(&[sms(4)]).unwrap();
    assert_eq!(serial, 2);
    assert_eq!(house.lines(), [sms(1), sms(4)]);
}
