//! Taking in a carer's planned day: one record in the team's stream, the newest version counts.

use std::collections::BTreeMap;

use doegnrytme_core::care::visit::{PlannedVisit, VisitKey};
use doegnrytme_core::ids::{CarerId, CitizenId, RecordKind, StreamId};
use doegnrytme_core::wire::record::{Payload as _, Shift};

use super::RowError;
use super::fields::BadRow;
use super::shift::{ShiftRow, VisitRow};
use crate::intake::Taken;
use crate::node::context::Context;
use crate::operator::find;
use crate::record::write;
use crate::socket::TakenState;
use crate::store::{StoreError, Tx};

/// Takes in one row. The caller takes everything back when it fails.
///
/// # Errors
/// [`RowError`].
pub fn take(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    row: &ShiftRow,
) -> Result<(CarerId, TakenState, Taken), RowError> {
    let team = find::team(tx, &row.team)?.ok_or_else(|| BadRow::at("team", "no such team"))?;
    let carer = match find::carer(tx, team, &row.carer)?.as_slice() {
        [carer] => *carer,
        [] => return Err(BadRow::at("carer", "no such carer in the team").into()),
        _ => return Err(BadRow::at("carer", "several carers have the name: use the id").into()),
    };
    let mut numbers = Numbers::load(tx, team, carer, row)?;
    let mut visits = Vec::with_capacity(row.visits.len());
    for visit in &row.visits {
        let citizen = citizen(tx, team, visit)?;
        visits.push(numbers.planned(carer, citizen, row, visit)?);
    }
    let shift = Shift { carer, day: row.day, team, visits };
    let (state, taken) = write::put(tx, context, None, &shift)?;
    Ok((carer, state, taken))
}

fn citizen(tx: &mut dyn Tx, team: StreamId, visit: &VisitRow) -> Result<CitizenId, RowError> {
    let found = tx.citizen_by_outside(&visit.citizen)?.filter(|found| found.stream == team);
    let place = format!("{}.citizen", visit.place);
    Ok(found.ok_or_else(|| BadRow::at(&place, "no such citizen in the team"))?.id)
}

/// Running numbers of a day's visits. A visit that was planned before keeps its number: a note may
/// have been written under it.
struct Numbers {
    /// The carer's own visits as they were planned before.
    before: Vec<PlannedVisit>,
    /// Numbers that are taken.
    taken: BTreeMap<(CitizenId, &'static str), Vec<u8>>,
}

impl Numbers {
    fn load(
        tx: &mut dyn Tx,
        team: StreamId,
        carer: CarerId,
        row: &ShiftRow,
    ) -> Result<Self, StoreError> {
        let mut numbers = Self { before: Vec::new(), taken: BTreeMap::new() };
        for colleague in tx.carers()? {
            let shift = Shift { carer: colleague.id, day: row.day, team, visits: Vec::new() };
            let present = tx.record(RecordKind::Shift as u8, shift.id())?;
            let payload = present.and_then(|record| record.payload);
            let Some(shift) = payload.and_then(|payload| Shift::read(&payload).ok()) else {
                continue;
            };
            if colleague.id == carer {
                numbers.before = shift.visits;
            } else {
                shift.visits.iter().for_each(|visit| numbers.take(visit.key));
            }
        }
        Ok(numbers)
    }

    fn take(&mut self, key: VisitKey) {
        self.taken.entry((key.citizen, key.part.key())).or_default().push(key.number);
    }

    fn planned(
        &mut self,
        carer: CarerId,
        citizen: CitizenId,
        row: &ShiftRow,
        visit: &VisitRow,
    ) -> Result<PlannedVisit, RowError> {
        let is_same = |known: &PlannedVisit| {
            known.key.citizen == citizen
                && known.key.part == visit.part
                && known.span == Some(visit.span)
        };
        let at = self.before.iter().position(is_same);
        let number = match at.map(|at| self.before.swap_remove(at).key.number) {
            Some(number) => number,
            None => self.free(citizen, visit)?,
        };
        let key = VisitKey { citizen, day: row.day, part: visit.part, number };
        self.take(key);
        Ok(PlannedVisit {
            key,
            course: visit.course.clone(),
            minutes: visit.minutes,
            span: Some(visit.span),
            carer: Some(carer),
        })
    }

    fn free(&self, citizen: CitizenId, visit: &VisitRow) -> Result<u8, RowError> {
        let taken = self.taken.get(&(citizen, visit.part.key()));
        let waiting = self
            .before
            .iter()
            .filter(|known| known.key.citizen == citizen && known.key.part == visit.part);
        let waiting: Vec<u8> = waiting.map(|known| known.key.number).collect();
        let is_free = |number: &u8| {
            !waiting.contains(number) && taken.is_none_or(|taken| !taken.contains(number))
        };
        let place = format!("{}.slot", visit.place);
        let free = (1..=u8::MAX).find(is_free);
        Ok(free.ok_or_else(|| BadRow::at(&place, "too many visits in one part of the day"))?)
    }
}
