//! Bent changes through gate and trial: none makes the trial panic, and every one that passes is a
//! change that its document can live with on any tablet: saved, loaded, edited, and merged with a
//! colleague's edit in either order to the same plan.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Bench, EVENING, actor, asked, note_change};
use crate::care::command::PlanCommand;
use crate::care::example::{KAREN, anna, item_fields, item_id, visit_note};
use crate::care::field::{Field, Scalar, Section};
use crate::care::legal_basis::LegalBasis;
use crate::document::{DocumentError, PlanDoc, survives};
use crate::gate::tests::mutants::{Dice, Honest, mutant};
use crate::gate::{GatedChange, examine};
use crate::ids::DocId;
use crate::trial::{Base, Reason, note, plan};

/// Changes that pass the gate's structure and are tried, on each of two threads.
const TRIED: u32 = 25_000;
/// The same at night.
const TRIED_AT_NIGHT: u32 = 500_000;

/// What became of the tried ones, by reason, and what went wrong.
#[derive(Default)]
struct Seen {
    ends: BTreeMap<&'static str, u32>,
    wrong: Vec<String>,
}

/// Honest changes of a plan, each written on it as it stands, and of notes.
struct Ward {
    bench: Bench,
    base: Base,
    colleague: GatedChange,
    edits: Vec<Honest>,
    notes: Vec<(DocId, Honest)>,
}

impl Ward {
    fn new() -> Self {
        let bench = Bench::new();
        let entry = item_id(7);
        let fields = item_fields(LegalBasis::Sel83);
        let add = PlanCommand::AddEntry { section: Section::Items, entry, fields };
        let (section, story) = (Section::LifeStory, vec![(Field::Text, "Født på Fyn".into())]);
        let tell = PlanCommand::AddEntry { section, entry, fields: story };
        let changes = [
            bench.put(Field::Minutes, Scalar::Int(25)),
            bench.put(Field::Text, "Med håndklæde fra skabet".into()),
            bench.put(Field::Slot, "aften".into()),
            bench.edit(add),
            bench.edit(tell),
        ];
        let edits = changes.iter().map(|change| Honest::of(change.bytes()).unwrap()).collect();
        let notes = (1..=3).map(|number| {
            let change = note_change(&visit_note(number, anna()));
            (change.doc(), Honest::of(change.bytes()).unwrap())
        });
        let base = bench.base();
        let put = PlanCommand::Put {
            section: Section::Items,
            entry: item_id(1),
            field: Field::Text,
            value: "En kollegas ord".into(),
        };
        let colleague = bench.edit_by(9, put);
        Self { notes: notes.collect(), base, colleague, edits, bench }
    }

    /// One mutant through gate and trial; none when the gate's structure refuses it.
    fn tries(&self, dice: &mut Dice, seen: &mut Seen) -> bool {
        let of_plan = dice.one_in(2);
        let (doc, honest) = if of_plan {
            (DocId::Plan(KAREN, 0), &self.edits[dice.below(self.edits.len())])
        } else {
            let (doc, honest) = &self.notes[dice.below(self.notes.len())];
            (*doc, honest)
        };
        let other = &self.edits[dice.below(self.edits.len())];
        let (bytes, _) = mutant(dice, honest, other);
        let Ok(shape) = examine(&bytes) else { return false };
        // The gate's facts: nobody signs for another device's actor.
        let honest = examine(&honest.bytes).map(|honest| honest.actor.device());
        if honest != Ok(shape.actor.device()) {
            return false;
        }
        let Ok(change) = GatedChange::from_log(doc, KAREN, shape.hash, bytes) else { return false };
        let tried = catch_unwind(AssertUnwindSafe(|| match doc {
            DocId::Plan(..) => {
                plan(&self.base, &change, &asked(None)).map(|passed| Some(passed.base))
            }
            _ => note(&change, &asked(None)).map(|()| None),
        }));
        let word = match tried {
            Err(_) => {
                seen.wrong.push(format!("the trial panicked at {doc:?}"));
                "panicked"
            }
            Ok(Err(reason)) => reason.as_str(),
            Ok(Ok(Some(base))) => {
                seen.wrong.extend(self.lives(&base, &change).err());
                "edit passed"
            }
            Ok(Ok(None)) => {
                seen.wrong.extend(survives(&change).err().map(|error| error.to_string()));
                "note passed"
            }
        };
        *seen.ends.entry(word).or_default() += 1;
        true
    }

    /// Whether a plan lives on with a change that passed.
    fn lives(&self, base: &Base, change: &GatedChange) -> Result<(), String> {
        let loaded = PlanDoc::load(&base.plan().save().map_err(said("save"))?);
        let mut loaded = loaded.map_err(said("load"))?;
        let edit = PlanCommand::Put {
            section: Section::Items,
            entry: item_id(1),
            field: Field::Text,
            value: "Skrevet bagefter".into(),
        };
        loaded.edit(&[edit], actor(8), EVENING).map_err(said("edit"))?;
        let merged = |order: [&GatedChange; 2]| {
            let mut plan = self.bench.plan.clone();
            for change in order {
                plan.apply(change).map_err(said("merge"))?;
            }
            plan.contents().map_err(said("read"))
        };
        let (one, other) = (merged([change, &self.colleague])?, merged([&self.colleague, change])?);
        if one == other { Ok(()) } else { Err("two tablets read two plans".to_owned()) }
    }
}

fn said(what: &'static str) -> impl Fn(DocumentError) -> String {
    move |error| format!("{what}: {error}")
}

fn round(seed: u64, tried: u32) -> Seen {
    let (ward, mut dice, mut seen) = (Ward::new(), Dice(seed), Seen::default());
    let mut count = 0;
    while count < tried {
        count += u32::from(ward.tries(&mut dice, &mut seen));
    }
    seen
}

#[test]
fn fifty_thousand_bent_changes_are_tried_and_those_that_pass_live_on_every_tablet() {
    let night = std::env::var_os("DOEGNRYTME_TEST_NIGHTLY").is_some();
    let tried = if night { TRIED_AT_NIGHT } else { TRIED };
    let threads =
        [20_261_125_u64, 20_261_126].map(|seed| std::thread::spawn(move || round(seed, tried)));
    let mut all = Seen::default();
    for thread in threads {
        let seen = thread.join().unwrap();
        for (word, count) in seen.ends {
            *all.ends.entry(word).or_default() += count;
        }
        all.wrong.extend(seen.wrong);
    }
    println!("{:#?}", all.ends);
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    all.wrong.iter().for_each(|said| *kinds.entry(said).or_default() += 1);
    assert!(kinds.is_empty(), "{kinds:#?}");
    assert!(all.ends.values().sum::<u32>() >= 2 * tried);
    for word in ["edit passed", "note passed"] {
        assert!(all.ends.get(word).is_some_and(|count| *count > tried / 100), "{word}");
    }
    for reason in [Reason::UnknownMap, Reason::UnknownKey, Reason::Kind, Reason::NotValid] {
        assert!(all.ends.contains_key(reason.as_str()), "none was {}", reason.as_str());
    }
}
