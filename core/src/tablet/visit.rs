//! The draft of a visit: ticks are kept at once, and become the note when the visit closes.

use minicbor::{Decode, Encode};

use super::author::{Saved, Writer};
use super::event::Closing;
use super::machine::Machine;
use super::notice::Problem;
use super::plan::read_plan;
use crate::care::authority::may_tick;
use crate::care::legal_basis::LegalBasis;
use crate::care::minutes::Minutes;
use crate::care::note::{Note, Tick, VisitReport};
use crate::care::visit::VisitKey;
use crate::ids::{CarerId, ItemId};
use crate::port::Level;
use crate::store::Tx;
use crate::time::UnixSeconds;
use crate::wire::{from_bytes, to_bytes};

/// What is kept of a visit until it closes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Body {
    #[n(0)]
    started: UnixSeconds,
    #[n(1)]
    ticks: Vec<Ticked>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Ticked {
    #[n(0)]
    item: ItemId,
    #[n(1)]
    at: UnixSeconds,
    #[n(2)]
    outside_id: Option<String>,
}

fn read(tx: &Tx<'_>, visit: &VisitKey, carer: CarerId) -> Result<Option<Body>, Problem> {
    let draft = tx.draft(visit, carer)?;
    Ok(draft.and_then(|draft| from_bytes(&draft.body).ok()))
}

impl Machine {
    pub(super) fn tick(
        &mut self,
        visit: VisitKey,
        item: ItemId,
        at: Option<UnixSeconds>,
        outside_id: Option<String>,
    ) -> Saved {
        let writer = self.writer()?;
        let at = at.unwrap_or(writer.time.at);
        let plan = self.store.read(|tx| read_plan(tx, visit.citizen))?;
        let planned = plan.item(item).ok_or(Problem::NoSuchItem)?;
        if may_tick(planned, writer.roles).is_err() {
            self.log(Level::Warning, "an item is for other roles", &[]);
            return Err(Problem::NotAllowed);
        }
        self.change_draft(visit, writer.carer, at, |body| {
            body.ticks.retain(|ticked| ticked.item != item);
            body.ticks.push(Ticked { item, at, outside_id });
        })
    }

    pub(super) fn untick(&mut self, visit: VisitKey, item: ItemId) -> Saved {
        let writer = self.writer()?;
        self.change_draft(visit, writer.carer, writer.time.at, |body| {
            body.ticks.retain(|ticked| ticked.item != item);
        })
    }

    fn change_draft(
        &mut self,
        visit: VisitKey,
        carer: CarerId,
        at: UnixSeconds,
        change: impl FnOnce(&mut Body),
    ) -> Saved {
        self.store.write(|tx| {
            let begun = Body { started: at, ticks: Vec::new() };
            let mut body = read(tx, &visit, carer)?.unwrap_or(begun);
            change(&mut body);
            tx.put_draft(&visit, carer, &to_bytes(&body), at)?;
            Ok(None)
        })
    }

    pub(super) fn close_visit(&mut self, closing: Closing) -> Saved {
        let writer = self.writer()?;
        self.close_visit_as(&writer, closing)
    }

    pub(super) fn close_visit_as(&mut self, writer: &Writer, closing: Closing) -> Saved {
        let visit = closing.visit;
        let at = closing.at.unwrap_or(writer.time.at);
        let (body, heads, law) = self.store.read(|tx| {
            let begun = Body { started: at, ticks: Vec::new() };
            let body = read(tx, &visit, writer.carer)?.unwrap_or(begun);
            let (_, plan) = tx.plan_doc(visit.citizen)?;
            let items = read_plan(tx, visit.citizen)?;
            let law = law(&body, &items);
            Ok::<_, Problem>((body, plan.head_prefixes(), law))
        })?;
        let head = self.note_head(writer, visit.citizen, law, at);
        let outside_id = closing.outside_id.clone();
        let report = report(closing, &body, at, heads);
        let mut note = Note::visit(head, report).map_err(|e| Problem::Invalid(e.to_string()))?;
        note.outside_id = outside_id;
        self.save_note(writer, note, Some(visit))
    }
}

/// The note is kept under health law as soon as one of its items is (L4).
fn law(body: &Body, plan: &crate::care::plan::Plan) -> LegalBasis {
    let laws = body.ticks.iter().filter_map(|ticked| plan.item(ticked.item));
    LegalBasis::of_note(laws.map(|item| item.law)).unwrap_or(LegalBasis::Sel83)
}

fn report(
    closing: Closing,
    body: &Body,
    at: UnixSeconds,
    plan_heads: Vec<crate::care::note::HeadPrefix>,
) -> VisitReport {
    // An item may have been ticked before the first one that was kept.
    let times = body.ticks.iter().map(|ticked| ticked.at);
    let started = times.min().map_or(body.started, |first| first.min(body.started)).min(at);
    let after = |at: UnixSeconds| u32::try_from(at.0.saturating_sub(started.0)).unwrap_or(0);
    let ticks = body.ticks.iter().map(|ticked| Tick {
        item: ticked.item,
        after: after(ticked.at),
        outside_id: ticked.outside_id.clone(),
    });
    let measured = Minutes::of_seconds(at.0.saturating_sub(started.0));
    VisitReport {
        visit: closing.visit,
        started,
        ticks: ticks.collect(),
        not_given: Vec::new(),
        outcome: closing.outcome,
        text: closing.text,
        phrases: closing.phrases,
        minutes: Some(closing.minutes.unwrap_or(measured)),
        plan_heads,
        dictated: closing.dictated,
    }
}
