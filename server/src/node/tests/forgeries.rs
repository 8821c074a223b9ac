//! Ten thousand forgeries, each kind by a device that is honest otherwise: none is published, and
//! each is answered for what it is.

use std::collections::BTreeMap;

use doegnrytme_core::ids::{BatchHash, CertificateId, CitizenId, IdentityHash};
use doegnrytme_core::trust::durable::seal;
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_core::wire::answer::PushAnswer;
use doegnrytme_core::wire::batch::Batch;
use doegnrytme_core::wire::request::{Offer, Push, RequestBody};
use doegnrytme_core::wire::row::{Group, Pack, Row};
use doegnrytme_core::wire::verdict::Verdict;

use super::world::{Tablet, World, each};
use crate::intake::reason::{Reason, Rejection};

const ROUNDS: usize = 1_000;

/// What became of a forgery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// The push as a whole was rejected.
    Rejected(u8),
    /// The server wants an earlier batch first.
    SendFrom,
    Fork,
    Held(u8),
    Refused(u8),
    /// The signature of the request itself does not hold.
    NotKnown,
    /// The batch was there before: nothing new.
    Again,
    /// It was not taken in at all.
    Nothing,
}

struct Forger {
    world: World,
    thief: Tablet,
    victim: Tablet,
    citizen: CitizenId,
}

type Forgery = fn(&mut Forger) -> End;

impl Forger {
    fn new() -> Self {
        let mut world = World::new();
        let citizen = world.citizen(1);
        let (thief, victim) = (world.tablet(1), world.tablet(2));
        Self { world, thief, victim, citizen }
    }

    fn row(&mut self) -> Row {
        self.world.now = self.world.now.plus(1);
        self.thief.minted = 0;
        self.thief.note(self.citizen, "Forfalsket", self.world.now)
    }

    /// Pushes what `bend` makes of an honest batch. A rejected one leaves the chain as it was.
    fn pushes(&mut self, rows: Vec<Row>, bend: impl FnOnce(&mut Self, Push, Batch) -> Push) -> End {
        let before = (self.thief.number, self.thief.last);
        let push = self.thief.cut(&self.world.keys, rows, self.world.now, None);
        let batch = self.thief.batch(&self.world.keys, &push);
        let number = batch.number;
        let push = bend(self, push, batch);
        let body = RequestBody { push: Some(push), ..RequestBody::default() };
        let (_, body) = self.world.send(&mut self.thief, body);
        let end = match body.push {
            Some(PushAnswer::Receipt(_)) => match each(&body.verdicts, number).first() {
                Some(Verdict::Held { reason }) => End::Held(*reason),
                Some(Verdict::Refused { reason }) => End::Refused(*reason),
                Some(other) => panic!("a forgery was {other:?}"),
                None => End::Again,
            },
            Some(PushAnswer::Rejected(reason)) => End::Rejected(reason),
            Some(PushAnswer::SendFrom(_)) => End::SendFrom,
            Some(PushAnswer::Fork) => End::Fork,
            None => End::Nothing,
        };
        if !matches!(end, End::Held(_) | End::Refused(_)) {
            (self.thief.number, self.thief.last) = before;
        }
        end
    }

    fn signs(
        &mut self,
        key: &SoftwareKey,
        municipality: IdentityHash,
        change: impl FnOnce(&mut Batch),
    ) -> End {
        let row = self.row();
        self.pushes(vec![row], |_, push, mut batch| {
            change(&mut batch);
            Push { batch: seal(key, &municipality, &batch).unwrap(), ..push }
        })
    }
}

/// The thief's own key, as [`World::tablet`] makes it.
fn own_key(_: &Forger) -> SoftwareKey {
    SoftwareKey::from_secret([1; 32])
}

/// Each kind, and how it must end.
fn kinds() -> [(&'static str, Forgery, End); 12] {
    [
        (
            "another device's actor",
            |forger| {
                forger.world.now = forger.world.now.plus(1);
                forger.victim.minted = 0;
                let mut row = forger.victim.note(forger.citizen, "Ikke min", forger.world.now);
                row.entry.certificate = forger.thief.certificate;
                forger.pushes(vec![row], |_, push, _| push)
            },
            End::Refused(doegnrytme_core::gate::Reason::ForeignActor.number()),
        ),
        (
            "another's certificate",
            |forger| {
                let mut row = forger.row();
                row.entry.certificate = forger.victim.certificate;
                forger.pushes(vec![row], |_, push, _| push)
            },
            End::Held(Reason::CertificateOfAnother as u8),
        ),
        (
            "a certificate that nobody signed",
            |forger| {
                let mut row = forger.row();
                row.entry.certificate = CertificateId([0xee; 32]);
                forger.pushes(vec![row], |_, push, _| push)
            },
            End::Held(Reason::CertificateUnknown as u8),
        ),
        (
            "an expired lease",
            |forger| {
                let mut row = forger.row();
                row.entry.written = forger.world.now.plus(9 * 86_400);
                forger.pushes(vec![row], |_, push, _| push)
            },
            End::Held(Reason::OutsideLease as u8),
        ),
        (
            "a strange key",
            |forger| {
                let municipality = forger.world.keys.municipality;
                forger.signs(&SoftwareKey::from_secret([0x55; 32]), municipality, |_| {})
            },
            End::Rejected(Rejection::Signature as u8),
        ),
        (
            "another municipality's batch",
            |forger| {
                let key = own_key(forger);
                forger.signs(&key, IdentityHash([7; 32]), |_| {})
            },
            End::Rejected(Rejection::Signature as u8),
        ),
        (
            "another device's name",
            |forger| {
                let (key, municipality) = (own_key(forger), forger.world.keys.municipality);
                let victim = forger.victim.device;
                forger.signs(&key, municipality, |batch| batch.device = victim)
            },
            End::Rejected(Rejection::OtherDevice as u8),
        ),
        (
            "a chain with a gap",
            |forger| {
                let (key, municipality) = (own_key(forger), forger.world.keys.municipality);
                forger.signs(&key, municipality, |batch| {
                    batch.number += 2;
                    batch.previous = Some(BatchHash([1; 32]));
                })
            },
            End::SendFrom,
        ),
        (
            "a chain that begins anew",
            |forger| {
                let (key, municipality) = (own_key(forger), forger.world.keys.municipality);
                forger.signs(&key, municipality, |batch| batch.previous = None)
            },
            End::Rejected(Rejection::Chain as u8),
        ),
        (
            "rows in another order",
            |forger| {
                let rows = vec![forger.row(), forger.row()];
                forger.pushes(rows, |forger, push, batch| {
                    let groups = push.rows.into_groups().unwrap();
                    let mut rows: Vec<Row> =
                        groups.into_iter().flat_map(|group| group.rows).collect();
                    let origins: Vec<_> = rows.iter().map(|row| row.origin).collect();
                    rows.reverse();
                    rows.iter_mut().zip(origins).for_each(|(row, origin)| row.origin = origin);
                    let (device, number) = (forger.thief.device, batch.number);
                    let group = Group { device, number, header: None, rows };
                    Push { batch: push.batch, rows: Pack::from_groups(&[group]) }
                })
            },
            End::Rejected(Rejection::Rows as u8),
        ),
        (
            "a request that another signed",
            |forger| {
                let nonce = forger.thief.nonces[0];
                let own =
                    std::mem::replace(&mut forger.thief.key, SoftwareKey::from_secret([0x55; 32]));
                let bytes =
                    forger.thief.request(&forger.world.keys, nonce, &RequestBody::default(), false);
                forger.thief.key = own;
                assert_eq!(forger.world.raw(&bytes).status, 401);
                End::NotKnown
            },
            End::NotKnown,
        ),
        (
            "a colleague's batch that the colleague never signed",
            |forger| {
                let row = forger.row();
                let push = forger.thief.cut(&forger.world.keys, vec![row], forger.world.now, None);
                let batch = forger.thief.batch(&forger.world.keys, &push);
                (forger.thief.number, forger.thief.last) = (batch.number - 1, batch.previous);
                let groups = push.rows.into_groups().unwrap().into_iter();
                let groups: Vec<Group> =
                    groups.map(|group| Group { device: forger.victim.device, ..group }).collect();
                let offer = Offer { certificates: Vec::new(), rows: Pack::from_groups(&groups) };
                let body = RequestBody { offers: vec![offer], ..RequestBody::default() };
                forger.world.send(&mut forger.thief, body);
                End::Nothing
            },
            End::Nothing,
        ),
    ]
}

#[test]
fn of_ten_thousand_forgeries_none_is_published_and_each_ends_as_it_must() {
    let mut forger = Forger::new();
    let (team, mut ends) = (forger.world.team, BTreeMap::new());
    let published = |forger: &mut Forger| {
        forger.world.write(|tx| tx.head(team).unwrap().map_or(0, |head| head.seq))
    };
    // An honest note first: the chain has begun.
    let row = forger.row();
    forger.world.push(&mut forger.thief, vec![row]);
    let before = published(&mut forger);
    for _ in 0..ROUNDS {
        for (kind, forge, must) in kinds() {
            let end = forge(&mut forger);
            assert_eq!(end, must, "{kind}");
            *ends.entry(kind).or_insert(0) += 1;
        }
    }
    assert!(ends.values().sum::<usize>() >= 10_000, "{ends:?}");
    assert_eq!(published(&mut forger), before);
    // The control: what is not forged is published.
    let row = forger.row();
    let honest = forger.world.push(&mut forger.thief, vec![row]);
    assert!(matches!(honest[0], Verdict::Published { .. }));
}
