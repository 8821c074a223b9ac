//! One change on trial, over the plans that were tried last.

use std::collections::VecDeque;

use doegnrytme_core::care::authority::Authority;
use doegnrytme_core::document::{PlanDoc, survives};
use doegnrytme_core::gate::GatedChange;
use doegnrytme_core::ids::DocId;
use doegnrytme_core::trial::{self, Asked, Base, Passed, Reason};
use minicbor::bytes::ByteVec;

use super::protocol::{ItemRoles, Question, Reply};

/// Plans that are kept: some 200 KB each, well below what a child may take.
const KEPT: usize = 128;

/// What a child does with a question. Tests hand in one that is built to fail.
pub trait Handler {
    /// Answers a question.
    fn answer(&mut self, question: Question) -> Reply;
}

/// The plans last tried, each in one version.
#[derive(Default)]
pub struct Questions {
    plans: VecDeque<(DocId, [u8; 16], Base)>,
}

impl std::fmt::Debug for Questions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Questions").field("plans", &self.plans.len()).finish_non_exhaustive()
    }
}

impl Handler for Questions {
    fn answer(&mut self, mut question: Question) -> Reply {
        let chunk = std::mem::replace(&mut question.chunk, Vec::new().into()).into();
        let Ok(change) =
            GatedChange::from_log(question.doc, question.citizen, question.hash, chunk)
        else {
            return Reply::Failed(Reason::DoesNotApply.number());
        };
        let items: Vec<_> = question.items.iter().map(|one| (one.item, one.roles)).collect();
        let asked = Asked {
            citizen: question.citizen,
            schema: question.schema,
            roles: question.roles,
            authority: &Authority::default(),
            items: &items,
        };
        match question.doc {
            DocId::Note(_) if question.bare => match survives(&change) {
                Ok(()) => Reply::Passed(Vec::new()),
                Err(error) => Reply::Failed(Reason::from(error).number()),
            },
            DocId::Note(_) => match trial::note(&change, &asked) {
                Ok(()) => Reply::Passed(Vec::new()),
                Err(reason) => Reply::Failed(reason.number()),
            },
            DocId::Plan(..) => {
                let base = question.base.take();
                let base = match self.base(question.doc, question.version, base) {
                    Some(Ok(base)) => base,
                    Some(Err(reason)) => return Reply::Failed(reason.number()),
                    None => return Reply::NeedsBase,
                };
                let tried = trial::plan(&base, &change, &asked);
                self.settle(&question, base, tried)
            }
            DocId::Record(..) => Reply::Failed(Reason::DoesNotApply.number()),
        }
    }
}

impl Questions {
    /// The plan in this version: kept, or made of its changes.
    fn base(
        &mut self,
        doc: DocId,
        version: [u8; 16],
        base: Option<Vec<ByteVec>>,
    ) -> Option<Result<Base, Reason>> {
        let at = self.plans.iter().position(|(kept, _, _)| *kept == doc);
        let kept = at.and_then(|at| self.plans.remove(at));
        let plan = match (kept, base) {
            (Some((_, known, base)), _) if known == version => return Some(Ok(base)),
            (_, Some(changes)) => made_of(doc, changes)?,
            // A plan that nobody has written in is genesis alone.
            (_, None) if version == [0; 16] => PlanDoc::new().ok()?,
            (_, None) => return None,
        };
        Some(Base::of(plan))
    }

    fn settle(
        &mut self,
        question: &Question,
        before: Base,
        tried: Result<Passed, Reason>,
    ) -> Reply {
        let (version, base, reply) = match tried {
            Ok(Passed { base, items }) => {
                let items = items.into_iter().map(|(item, roles)| ItemRoles { item, roles });
                (question.next, base, Reply::Passed(items.collect()))
            }
            Err(reason) => (question.version, before, Reply::Failed(reason.number())),
        };
        if self.plans.len() >= KEPT {
            self.plans.pop_front();
        }
        self.plans.push_back((question.doc, version, base));
        reply
    }
}

/// A plan from its published changes. One may rest on a later one; what does not apply any more
/// was published by an earlier version of this program and is left out.
fn made_of(doc: DocId, changes: Vec<ByteVec>) -> Option<PlanDoc> {
    let DocId::Plan(citizen, _) = doc else { return None };
    let gated = changes.into_iter().filter_map(|chunk| {
        let chunk: Vec<u8> = chunk.into();
        let hash = doegnrytme_core::gate::examine(&chunk).ok()?.hash;
        GatedChange::from_log(doc, citizen, hash, chunk).ok()
    });
    let mut left: Vec<GatedChange> = gated.collect();
    let mut plan = PlanDoc::new().ok()?;
    if plan.apply_all(&left).is_ok() {
        return Some(plan);
    }
    loop {
        let before = left.len();
        left.retain(|change| plan.apply(change).is_err());
        if left.is_empty() || left.len() == before {
            return Some(plan);
        }
    }
}
