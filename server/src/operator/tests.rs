use std::sync::{Arc, Mutex};

use doegnrytme_core::care::consent::{Channel, Topic};
use doegnrytme_core::ids::{RecordKind, RelativeId, StreamId};
use doegnrytme_core::wire::record::{Directory, Payload as _};

use super::bench::Bench;
use super::*;
use crate::record::consents;
use crate::socket::{Operator as _, OperatorReply, OperatorRequest, Reason};
use crate::store::StoreError;

/// A desk over the bench's store.
pub(crate) struct BenchDesk(pub(crate) Arc<Mutex<Bench>>);

impl Desk for BenchDesk {
    fn work(&self, job: Job) -> Result<(), OperatorFailure> {
        let mut bench = self.0.lock().unwrap();
        let Bench { store, keys, rules, rng, now, .. } = &mut *bench;
        crate::store::write(store.as_mut(), |tx| {
            let mut context = crate::node::Context::new(tx, *now, rng, keys, rules)?;
            job(tx, &mut context).map(drop)
        })
    }
}

/// The office of an empty municipality, and its bench.
pub(crate) fn office() -> (Office, Arc<Mutex<Bench>>) {
    let bench = Arc::new(Mutex::new(Bench::new()));
    let desk = Arc::new(BenchDesk(Arc::clone(&bench)));
    (Office::new(desk, "omsorg.invalid:8443"), bench)
}

pub(crate) fn team_add(office: &Office, name: &str) -> u32 {
    match office.handle(OperatorRequest::TeamAdd { name: name.into() }).unwrap() {
        OperatorReply::Team { team, .. } => team,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn carer_add(office: &Office, team: &str, name: &str) -> String {
    let (team, name, roles) = (team.into(), name.into(), vec!["helper".into()]);
    match office.handle(OperatorRequest::CarerAdd { team, name, roles }).unwrap() {
        OperatorReply::Carer { carer } => carer,
        other => panic!("{other:?}"),
    }
}

fn citizen_add(office: &Office) {
    let json = r#"[{"id": "c1", "team": "Team Åen", "name": "Opdigtet Borger"}]"#.to_owned();
    office.handle(OperatorRequest::CitizenImport { json }).unwrap();
}

fn relative_add(office: &Office) -> String {
    let request = OperatorRequest::RelativeAdd {
        citizen: "c1".into(),
        name: "Opdigtet Datter".into(),
        phone: "+45 00 00 00 11".into(),
        relation: "datter".into(),
    };
    match office.handle(request).unwrap() {
        OperatorReply::Relative { relative } => relative,
        other => panic!("{other:?}"),
    }
}

fn said(relative: &str, give: bool) -> OperatorRequest {
    let (relative, topic) = (relative.to_owned(), "wellbeing".to_owned());
    let (channel, by) = ("sms".to_owned(), "Kontoret".to_owned());
    match give {
        true => OperatorRequest::ConsentGive { relative, topic, channel, by },
        false => OperatorRequest::ConsentWithdraw { relative, topic, channel, by },
    }
}

#[test]
fn a_team_is_added_once_and_stands_in_the_directory() {
    let (office, bench) = office();
    let first = team_add(&office, "Team Åen");
    assert_eq!(team_add(&office, " Team Åen "), first);
    assert_ne!(team_add(&office, "Team Broen"), first);
    let carer = carer_add(&office, &first.to_string(), "Opdigtet Hjælper");
    bench.lock().unwrap().write(|tx, _| {
        let kind = RecordKind::Directory as u8;
        let directory: Vec<Directory> = tx
            .records(kind, StreamId::COMMON)
            .unwrap()
            .iter()
            .map(|record| Directory::read(record.payload.as_ref().unwrap()).unwrap())
            .collect();
        assert_eq!(directory.len(), 3);
        assert!(directory.iter().any(|entry| matches!(
            entry,
            Directory::Carer { carer: id, teams, .. }
                if id.to_string() == carer && teams == &[StreamId(first)]
        )));
    });
}

#[test]
fn a_mistake_is_said_in_a_sentence_and_changes_nothing() {
    let (office, bench) = office();
    team_add(&office, "Team Åen");
    let rows = |bench: &Mutex<Bench>| {
        bench.lock().unwrap().write(|tx, _| tx.head(StreamId::COMMON).unwrap().unwrap().seq)
    };
    let before = rows(&bench);
    let text = String::from;
    for (request, reason) in [
        (OperatorRequest::TeamAdd { name: text(" ") }, Reason::Invalid),
        (OperatorRequest::TeamAdd { name: text("12") }, Reason::Invalid),
        (OperatorRequest::DeviceCode { team: text("Team Ingen"), typed: true }, Reason::Unknown),
        (
            OperatorRequest::CarerAdd {
                team: text("Team Åen"),
                name: text("Opdigtet"),
                roles: vec![text("chef")],
            },
            Reason::Invalid,
        ),
        (
            OperatorRequest::CarerAdd { team: text("Team Åen"), name: text("O"), roles: vec![] },
            Reason::Invalid,
        ),
        (said("0011", true), Reason::Unknown),
        (OperatorRequest::CitizenImport { json: text("{}") }, Reason::Invalid),
        (OperatorRequest::SettingPut { name: text("farve"), value: text("blå") }, Reason::Invalid),
        (
            OperatorRequest::SettingPut {
                name: text("message"),
                value: text("{kommune}: {nyt} Husk din medicin"),
            },
            Reason::Invalid,
        ),
    ] {
        let error = office.handle(request.clone()).unwrap_err();
        assert_eq!(error.reason, reason, "{request:?}: {error}");
        assert!(error.text.ends_with('.') || reason == Reason::Invalid, "{error}");
    }
    assert_eq!(rows(&bench), before);
}

#[test]
fn a_code_names_address_and_identity() {
    let (office, bench) = office();
    team_add(&office, "Team Åen");
    let identity = bench.lock().unwrap().keys.identity_hash.to_string();
    for typed in [false, true] {
        let request = OperatorRequest::DeviceCode { team: "Team Åen".into(), typed };
        let OperatorReply::DeviceCode { code, address, identity: said, seconds } =
            office.handle(request).unwrap()
        else {
            panic!("no code")
        };
        assert_eq!((address.as_str(), seconds), ("omsorg.invalid:8443", 900));
        assert_eq!(said, identity);
        assert_eq!(code.starts_with("doegnrytme://omsorg.invalid:8443/1/"), !typed, "{code}");
    }
}

#[test]
fn consent_is_given_withdrawn_and_given_anew() {
    let (office, bench) = office();
    team_add(&office, "Team Åen");
    citizen_add(&office);
    let relative = relative_add(&office);
    let allowed = || {
        let id: RelativeId = relative.parse().unwrap();
        bench.lock().unwrap().write(|tx, _| {
            let citizen = tx.citizen_by_outside("c1").unwrap().unwrap().id;
            consents::of(tx, citizen, id).unwrap().allow(Topic::Wellbeing, Channel::Sms)
        })
    };
    assert!(!allowed());
    for give in [true, false, true, false] {
        office.handle(said(&relative, give)).unwrap();
        assert_eq!(allowed(), give);
    }
}

#[test]
fn a_telephone_number_is_on_the_server_only() {
    let (office, bench) = office();
    let team = team_add(&office, "Team Åen");
    citizen_add(&office);
    let relative = relative_add(&office);
    bench.lock().unwrap().write(|tx, _| {
        let known = tx.relative(relative.parse().unwrap()).unwrap().unwrap();
        assert_eq!(known.phone, "+4500000011");
        assert!(!format!("{known:?}").contains("0000"));
        for row in tx.rows_after(StreamId(team), 0, 1_000, usize::MAX).unwrap() {
            let content = format!("{:?}", row.entry.row.content);
            let digits: Vec<String> = b"00000011".iter().map(u8::to_string).collect();
            assert!(!content.contains(&digits.join(", ")), "the number travels");
        }
    });
    for phone in ["12345678", "+45 12", "+45 1234 567a", "0045 12345678"] {
        let request = OperatorRequest::RelativeAdd {
            citizen: "c1".into(),
            name: "Opdigtet Datter".into(),
            phone: phone.into(),
            relation: "datter".into(),
        };
        let error = office.handle(request).unwrap_err();
        assert_eq!(error.reason, Reason::Invalid);
        assert!(!error.text.contains("Opdigtet") && !error.text.contains("12345678,"), "{error}");
    }
}

#[test]
fn the_servers_own_failure_is_no_mistake_of_the_operators() {
    struct Broken;
    impl Desk for Broken {
        fn work(&self, _: Job) -> Result<(), OperatorFailure> {
            Err(StoreError::Backend("Opdigtet Borger".into()).into())
        }
    }
    let office = Office::new(Arc::new(Broken), "omsorg.invalid:8443");
    let error = office.handle(OperatorRequest::Status).unwrap_err();
    assert_eq!(error.reason, Reason::Failed);
    assert!(!error.text.contains("Opdigtet"));
}

#[test]
fn figures_count_what_is_there() {
    let (office, _bench) = office();
    team_add(&office, "Team Åen");
    citizen_add(&office);
    relative_add(&office);
    let OperatorReply::Status { figures } = office.handle(OperatorRequest::Status).unwrap() else {
        panic!("no figures")
    };
    for (name, figure) in [("teams", 1), ("citizens", 1), ("relatives", 1), ("tablets", 0)] {
        assert_eq!(figures.get(name), Some(&figure), "{name}");
    }
}
