//! What must hold: nothing confirmed is lost, all are equal, each change has a verdict, and what
//! was kept step by step is what counting anew gives.

use std::collections::BTreeMap;

use doegnrytme_core::ids::{ChangeHash, CitizenId};
use doegnrytme_core::store::{NoteRow, PlanValue, State, StoreError};
use doegnrytme_core::wire::digest::Digest;
use doegnrytme_core::wire::scope::{Bucket, Owner};
use doegnrytme_server::store::entry::EntryState;
use doegnrytme_server::stream::reach::Reach;

use super::broken::{Broken, Held, promise};
use super::counts::Seen;
use super::world::World;

/// Everything that tablets must have in common.
#[derive(Debug, PartialEq)]
struct Common {
    digests: BTreeMap<(Owner, Bucket), Digest>,
    heads: Vec<(CitizenId, Vec<ChangeHash>)>,
    values: Vec<PlanValue>,
    notes: Vec<NoteRow>,
}

/// The first of the pairs that are not alike.
fn difference<T: PartialEq + std::fmt::Debug>(one: &[T], other: &[T]) -> Option<String> {
    let unlike = one.iter().zip(other).find(|(one, other)| one != other);
    match unlike {
        Some(pair) => Some(format!("{pair:?}")),
        None => (one.len() != other.len()).then(|| format!("{} and {}", one.len(), other.len())),
    }
}

impl World {
    /// Looks whether every promise was kept, after [`World::settle`].
    ///
    /// # Errors
    /// The first one that was not.
    pub fn keep_promises(&mut self) -> Held<()> {
        for at in 0..self.tablets.len() {
            self.standing_is_whole(at)?;
            self.nothing_is_open(at)?;
            self.kept_is_counted(at)?;
            let distrusted = self.tablet(at)?.logged("not trusted");
            promise(distrusted.is_empty(), || format!("tablet {at} distrusts: {distrusted:?}"))?;
        }
        self.server_counts_right()?;
        self.all_are_equal()?;
        self.nothing_is_lost()
    }

    /// A cursor never stands past a row that is not here. Holds at every moment, unless the server
    /// was rolled back: then the digests find what was published before anybody noticed.
    pub(super) fn standing_is_whole(&mut self, at: usize) -> Held<()> {
        if self.rolled_back {
            return Ok(());
        }
        let store = self.tablet(at)?.machine()?.store();
        let (device, cursors) =
            store.read(|tx| Ok::<_, StoreError>((tx.device()?, tx.cursors()?)))?;
        let Some((device, _)) = device else { return Ok(()) };
        let names = self.server.look(|tx| {
            let reach = Reach::load(tx, device)?;
            let mut names = Vec::new();
            for place in &cursors {
                let (stream, cursor) = (place.stream, &place.cursor);
                if tx.running_at(stream, cursor.seq)? != Some(cursor.running) {
                    continue;
                }
                for row in tx.rows_after(stream, 0, usize::MAX >> 1, usize::MAX >> 1)? {
                    let row = row.entry.row;
                    let seq = row.placed.map_or(0, |placed| placed.seq);
                    if seq <= cursor.seq && reach.comes_by_cursor(stream, seq, row.entry.citizen) {
                        names.push((row.entry.doc, row.entry.hash));
                    }
                }
            }
            Ok(names)
        })?;
        let missing = self.tablet(at)?.machine()?.store().read(|tx| {
            let mut missing = 0_usize;
            for (doc, hash) in &names {
                missing += usize::from(tx.logged(doc, hash)?.is_none());
            }
            Ok::<_, StoreError>(missing)
        })?;
        promise(missing == 0, || {
            format!("tablet {at} stands past {missing} rows that it does not have")
        })
    }

    fn nothing_is_open(&mut self, at: usize) -> Held<()> {
        let (open, wanted, flies) = self.tablet(at)?.machine()?.store().read(|tx| {
            Ok::<_, StoreError>((tx.outbox_open()?, tx.wanted_count()?, tx.batch_in_flight()?))
        })?;
        promise(open.is_empty(), || {
            let verdicts: Vec<_> =
                open.iter().map(|row| (row.row.entry.doc, row.verdict.clone())).collect();
            format!("the outbox of tablet {at} is not empty: {verdicts:?}")
        })?;
        promise(wanted == 0 && flies.is_none(), || {
            format!("tablet {at} still wants {wanted} buckets, in flight: {}", flies.is_some())
        })
    }

    /// Digests and projections as they were kept are what the log gives.
    fn kept_is_counted(&mut self, at: usize) -> Held<()> {
        let store = self.tablet(at)?.machine()?.store();
        let (kept, counted) = store.read(|tx| {
            let kept: BTreeMap<_, _> =
                tx.digests()?.into_iter().filter(|(_, digest)| digest.count > 0).collect();
            Ok::<_, StoreError>((kept, tx.recount_digests()?))
        })?;
        promise(kept == counted, || format!("tablet {at} miscounts its digests"))?;
        let mut differences = Vec::new();
        // Taken back: comparing rebuilds.
        let _ = store.write(|tx| {
            differences = tx.compare_projections()?;
            Err::<(), _>(StoreError::Crashed)
        });
        promise(differences.is_empty(), || {
            let tables: Vec<_> = differences.iter().map(|difference| difference.table).collect();
            format!("tablet {at}: kept projections differ from rebuilt ones: {tables:?}")
        })
    }

    fn server_counts_right(&mut self) -> Held<()> {
        self.server.look(|tx| {
            for stream in [doegnrytme_core::ids::StreamId::COMMON, super::template::TEAM] {
                for count in tx.buckets(stream)? {
                    let rows = tx.bucket_rows(count.key)?;
                    let sum = rows.iter().fold(Digest::default(), |sum, entry| {
                        sum.plus(&Digest::of(&entry.row.entry.doc, &entry.row.entry.hash))
                    });
                    promise(sum == count.digest, || {
                        format!("the server miscounts a bucket: {:?}", count.key)
                    })?;
                }
            }
            Ok(())
        })
    }

    fn all_are_equal(&mut self) -> Held<()> {
        let first = self.common(0)?;
        for at in 1..self.tablets.len() {
            let other = self.common(at)?;
            let digests = first.digests == other.digests;
            promise(digests, || format!("tablets 0 and {at} differ: digests"))?;
            for (what, difference) in [
                ("heads", difference(&first.heads, &other.heads)),
                ("plans", difference(&first.values, &other.values)),
                ("notes", difference(&first.notes, &other.notes)),
            ] {
                promise(difference.is_none(), || {
                    format!("tablets 0 and {at} differ: {what}: {difference:?}")
                })?;
            }
        }
        Ok(())
    }

    fn common(&mut self, at: usize) -> Held<Common> {
        let (citizens, rolled_back) = (self.people.citizens.clone(), self.rolled_back);
        let common = self.tablet(at)?.machine()?.store().read(|tx| {
            let (mut heads, mut values) = (Vec::new(), Vec::new());
            for citizen in citizens {
                heads.push((citizen, tx.plan_doc(citizen)?.1.heads()));
                values.extend(tx.plan_values(citizen)?);
            }
            let notes = tx.all_notes()?.into_iter();
            // What is held or refused stays with its author.
            let notes = notes.filter(|row| row.state == State::Published).map(|mut row| {
                // A server that was rolled back receives a second time; who was told of the first
                // time is told of another only if that is in another month.
                row.received = row.received.filter(|_| !rolled_back);
                row
            });
            let notes = notes.collect();
            Ok::<_, StoreError>(Common { digests: tx.recount_digests()?, heads, values, notes })
        })?;
        Ok(common)
    }

    /// Where a tablet and the server differ, for whoever must find out why.
    pub(super) fn differs_from_server(&mut self, at: usize) -> Held<String> {
        let (ours, open, wanted) =
            self.tablet(at)?.machine()?.store().read(|tx| {
                Ok::<_, StoreError>((tx.digests()?, tx.outbox_open()?, tx.wanted(9)?))
            })?;
        let theirs: BTreeMap<(Owner, Bucket), Digest> = self.server.look(|tx| {
            let buckets = tx.buckets(super::template::TEAM)?.into_iter();
            Ok(buckets
                .map(|count| {
                    let key = count.key;
                    let owner = key.citizen.map_or(Owner::Stream(key.stream), Owner::Citizen);
                    ((owner, key.bucket), count.digest)
                })
                .collect())
        })?;
        let keys = ours.keys().chain(theirs.keys());
        let count = |side: &BTreeMap<_, Digest>, key| side.get(key).map(|digest| digest.count);
        let differing: std::collections::BTreeSet<String> = keys
            .filter(|key| ours.get(*key) != theirs.get(*key))
            .map(|key| {
                format!("{key:?}: {:?} here, {:?} there", count(&ours, key), count(&theirs, key))
            })
            .collect();
        let open: Vec<_> =
            open.iter().map(|row| (row.row.entry.doc, row.verdict.clone())).collect();
        Ok(format!("{differing:?}, open {open:?}, wanted {wanted:?}"))
    }

    /// What was confirmed is published and everywhere, or lies with the team and with its author.
    fn nothing_is_lost(&mut self) -> Held<()> {
        for confirmed in self.confirmed.clone() {
            let (doc, hash, author) = (confirmed.doc, confirmed.hash, confirmed.tablet);
            let standing = self.server.look(|tx| Ok(tx.standing(doc, hash)?))?;
            let state = standing.map(|standing| standing.state);
            let everywhere = match state {
                Some(EntryState::Published { .. }) => true,
                Some(EntryState::Held { .. } | EntryState::SetAside) => false,
                other => {
                    return Err(Broken(format!(
                        "tablet {author} said saved; at the server it is {other:?}: {doc}"
                    )));
                }
            };
            for at in 0..self.tablets.len() {
                let here = self.tablet(at)?.machine()?.store().read(|tx| tx.logged(&doc, &hash))?;
                let here = here.map(|row| row.state);
                let there = matches!(here, Some(State::Published));
                promise(there || !everywhere, || format!("tablet {at} lacks {doc}: {here:?}"))?;
                // Held, it lies with the team: a damaged tablet does not get it back from there.
                let kept = at != author || here.is_some() || self.tablet(at)?.was_hurt();
                promise(kept, || {
                    format!("tablet {at} lost {doc}, which at the server is {state:?}")
                })?;
            }
            self.counts.add(if everywhere { Seen::Published } else { Seen::Held });
        }
        for at in 0..self.tablets.len() {
            let held = self.tablet(at)?.machine()?.store().read(|tx| tx.outbox_held())?;
            let refused = held.iter().filter(|row| row.row.state == State::Refused).count();
            (0..refused).for_each(|_| self.counts.add(Seen::Refused));
            let anew = self.tablet(at)?.machine()?.store().read(|tx| {
                let mut anew = 0;
                for plan in tx.held_plans()? {
                    let rows = tx.outgoing_in(&plan)?;
                    anew += rows.iter().filter(|row| row.row.entry.replaces.is_some()).count();
                }
                Ok::<_, StoreError>(anew)
            })?;
            (0..anew).for_each(|_| self.counts.add(Seen::Anew));
        }
        Ok(())
    }
}
