//! What a server does that is opened beside its journal.

use super::*;

#[test]
fn a_database_that_was_rolled_back_is_taught_again_and_lives_in_a_new_epoch() {
    let house = House::new();
    protects(&house, &[]);
    let copy = house.copy();
    let composed = Sms {
        relative: RelativeId([3; 16]),
        day: LocalDay(5),
        reference: [5; 16],
        text: "Opdigtet".into(),
        state: SmsState::Composed,
        at: NOW,
    };
    protects(&house, &[enrolled(77), sms(5), enrolled(78)]);
    let revoked = Record::DeviceRevoked { device: DeviceNumber(78), stolen: true, at: NOW };
    protects(&house, &[revoked, Record::EpochOpened { epoch: ServerEpoch([8; 8]), at: NOW }]);
    house.goes_back_to(&copy);
    {
        // The copy had composed the message.
        let mut store = SqliteStore::open(&house.database(), &KEY).unwrap();
        store::write(&mut store, |tx| tx.add_sms(&composed)).unwrap();
    }
    for again in [false, true] {
        let (mut store, _) = house.opens();
        let lines = house.lines().len();
        store::read(&mut store, |tx| {
            let device = tx.device(DeviceNumber(77))?.unwrap();
            assert_eq!((device.key, device.status), ([4; 65], DeviceStatus::Active));
            assert_eq!(tx.device_streams(DeviceNumber(77))?.len(), 1);
            assert_eq!(tx.device(DeviceNumber(78))?.unwrap().status, DeviceStatus::Stolen);
            let sms = tx.sms(RelativeId([3; 16]), LocalDay(5))?.unwrap();
            assert_eq!((sms.state, sms.reference), (SmsState::Claimed, [5; 16]));
            assert!(tx.epochs()?.iter().any(|epoch| epoch.lost));
            assert!(Doubt::read(tx)?.is_none());
            Ok::<_, StoreError>(())
        })
        .unwrap();
        // The first, the lost one, and one new one; a second start finds nothing to do.
        assert_eq!((house.epochs(), lines), (3, 6), "again: {again}");
    }
}

#[test]
fn a_journal_that_is_missing_foreign_or_behind_gives_doubt_until_the_operator_confirms() {
    for (spoil, doubt) in [
        ("missing", Doubt::MISSING),
        ("foreign", Doubt::FOREIGN),
        ("behind", Doubt::BEHIND),
        ("another", Doubt::FOREIGN),
    ] {
        let house = House::new();
        let path = house.place().path;
        protects(&house, &[sms(1)]);
        let early = fs::read(&path).unwrap();
        protects(&house, &[sms(2)]);
        match spoil {
            "missing" => fs::remove_file(&path).unwrap(),
            "foreign" => fs::write(&path, vec![1; 300]).unwrap(),
            "behind" => fs::write(&path, &early).unwrap(),
            _ => {
                let other = House::new();
                protects(&other, &[sms(9)]);
                fs::copy(other.place().path, &path).unwrap();
            }
        }
        protects(&house, &[sms(3)]);
        assert_eq!(house.doubt(), doubt, "{spoil}");
        assert_eq!(house.epochs(), 2, "{spoil}");
        if doubt == Doubt::FOREIGN {
            let there = fs::read(&path).unwrap();
            assert_eq!(house.confirms(Bearing::Server), Confirmed::InTheWay);
            assert_eq!(fs::read(&path).unwrap(), there);
            fs::remove_file(&path).unwrap();
        }
        assert!(matches!(house.confirms(Bearing::Server), Confirmed::Done(_)), "{spoil}");
        assert!(house.doubt().is_none());
        // What became due in between is in the new journal, and the next start finds it sound.
        let (_store, _) = house.opens();
        assert!(house.lines().contains(&sms(3)), "{spoil}");
        assert!(house.doubt().is_none() && house.epochs() == 2, "{spoil}");
    }
}

#[test]
fn a_journal_that_is_found_again_ends_the_doubt_by_itself() {
    let house = House::new();
    protects(&house, &[sms(1)]);
    let copy = house.copy();
    protects(&house, &[sms(2)]);
    let kept = fs::read(house.place().path).unwrap();
    house.goes_back_to(&copy);
    fs::remove_file(house.place().path).unwrap();
    protects(&house, &[sms(3)]);
    assert_eq!(house.doubt(), Doubt::MISSING);
    fs::write(house.place().path, kept).unwrap();
    let (mut store, _) = house.opens();
    assert!(house.doubt().is_none());
    let sms_2 = store::read(&mut store, |tx| tx.sms(RelativeId([3; 16]), LocalDay(2))).unwrap();
    assert!(sms_2.is_some());
    let lines = house.lines();
    assert!(lines.contains(&sms(2)) && lines.contains(&sms(3)));
}

#[test]
fn what_this_version_cannot_carry_out_stops_it() {
    let house = House::new();
    protects(&house, &[]);
    let copy = house.copy();
    let erased = every_kind().remove(4);
    protects(&house, &[erased]);
    house.goes_back_to(&copy);
    let opened = house.opens_with(Bearing::Server).map(|_| ());
    assert!(matches!(opened, Err(OpeningError::Journal(JournalError::Newer(_)))), "{opened:?}");
}

#[test]
fn a_stop_of_a_number_withdraws_for_whoever_has_it_and_only_once() {
    let town = crate::jobs::stand::Town::new();
    town.give(1, Topic::Wellbeing, Channel::Sms);
    let stop = |phone: &'static str| {
        town.write(move |tx, context| {
            let record = Record::NumberStopped { phone: phone.into(), at: NOW };
            crate::journal::replay::replay(tx, context, 1, &record).unwrap();
            let (citizen, relative) = (crate::jobs::stand::INGER, crate::jobs::stand::SOLVEJ);
            let entries = crate::record::consents::entries(tx, citizen).unwrap();
            let consents = crate::record::consents::of(tx, citizen, relative).unwrap();
            (entries, consents.allow(Topic::Wellbeing, Channel::Sms))
        })
    };
    let (before, allowed) = stop("+4599999999");
    assert!(allowed && before.len() == 1);
    for _ in 0..2 {
        let (entries, allowed) = stop(crate::jobs::stand::PHONE);
        assert!(!allowed);
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].said_to, SaidTo::Stop);
    }
}

#[test]
fn a_verb_does_not_decide_that_a_journal_is_lost() {
    let house = House::new();
    protects(&house, &[sms(1)]);
    fs::remove_file(house.place().path).unwrap();
    let opened = house.opens_with(Bearing::Verb).map(|_| ());
    let doubtful = matches!(&opened, Err(OpeningError::Journal(JournalError::Doubtful { .. })));
    assert!(doubtful, "{opened:?}");
    assert!(house.doubt().is_none());
    assert_eq!(house.epochs(), 1);
}

#[test]
fn a_roll_back_is_noticed_although_nothing_else_was_to_be_remembered() {
    let house = House::new();
    protects(&house, &[]);
    let copy = house.copy();
    protects(&house, &[]);
    house.goes_back_to(&copy);
    let (_store, _) = house.opens();
    assert_eq!((house.epochs(), house.doubt()), (2, Doubt::default()));
}
