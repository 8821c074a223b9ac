//! The questions over plans that are kept, and what intake makes of the answers.

use std::sync::{Arc, Mutex};

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::document::PlanDoc;
use doegnrytme_core::gate::examine;
use doegnrytme_core::ids::{ActorId, CitizenId, DeviceNumber, DocId, ItemId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trial::Reason;

use super::protocol::{Question, Reply, receive, send};
use super::questions::{Handler as _, Questions};
use crate::intake::tester::{Base, Candidate, Tester, Tried};
use crate::store::StoreError;
use crate::store::plan::PlanVersion;

const CITIZEN: CitizenId = CitizenId([3; 16]);
const MORNING: UnixSeconds = UnixSeconds(1_772_434_800);

fn add(item: u8) -> PlanCommand {
    let fields = vec![
        (Field::Title, Scalar::from("Kaffe og avis")),
        (Field::Minutes, Scalar::Int(20)),
        (Field::Slot, Scalar::from("morgen")),
        (Field::Days, Scalar::from("ma ti on to fr lø sø")),
        (Field::Law, Scalar::from("sel83")),
        (Field::Roles, Scalar::Int(1)),
    ];
    PlanCommand::AddEntry { section: Section::Items, entry: ItemId([item; 5]), fields }
}

/// A plan's changes, one after the other.
fn changes(count: u8) -> Vec<Vec<u8>> {
    let mut plan = PlanDoc::new().unwrap();
    let actor = ActorId::new(DeviceNumber(0x0100_0001), [1; 12]);
    (1..=count).map(|item| plan.edit(&[add(item)], actor, MORNING).unwrap().bytes).collect()
}

fn question(changes: &[Vec<u8>], at: usize, with_base: bool) -> Question {
    let version = |upto: usize| {
        let hashes = changes.iter().take(upto).map(|chunk| examine(chunk).unwrap().hash);
        hashes.fold(PlanVersion::default(), PlanVersion::with).0
    };
    let chunk = changes[at].clone();
    Question {
        doc: DocId::Plan(CITIZEN, 0),
        citizen: CITIZEN,
        hash: examine(&chunk).unwrap().hash,
        schema: 1,
        roles: None,
        items: Vec::new(),
        chunk: chunk.into(),
        version: version(at),
        next: version(at + 1),
        bare: false,
        base: with_base.then(|| changes[..at].iter().cloned().map(Into::into).collect()),
    }
}

#[test]
fn a_plan_that_was_tried_last_is_not_asked_for_and_another_version_of_it_is() {
    let changes = changes(4);
    let mut questions = Questions::default();
    let passed = |reply: Reply| matches!(reply, Reply::Passed(_));
    assert!(passed(questions.answer(question(&changes, 0, false))), "nobody has written in it");
    assert!(passed(questions.answer(question(&changes, 1, false))), "it was tried just now");
    assert_eq!(questions.answer(question(&changes, 3, false)), Reply::NeedsBase);
    assert!(passed(questions.answer(question(&changes, 3, true))));
    // The server took the last one back: its transaction failed.
    assert_eq!(questions.answer(question(&changes, 2, false)), Reply::NeedsBase);
}

#[test]
fn a_change_that_failed_leaves_the_plan_as_it_was() {
    let changes = changes(3);
    let mut questions = Questions::default();
    questions.answer(question(&changes, 0, false));
    let strange = Question { schema: 9, ..question(&changes, 1, false) };
    assert_eq!(questions.answer(strange), Reply::Failed(Reason::Schema.number()));
    assert!(matches!(questions.answer(question(&changes, 1, false)), Reply::Passed(_)));
}

#[test]
fn messages_read_back_and_a_pipe_that_ends_or_lies_is_no_panic() {
    let asked = question(&changes(2), 1, true);
    let mut pipe = Vec::new();
    send(&mut pipe, &asked).unwrap();
    let read = |bytes: &[u8]| receive::<Question>(&mut &bytes[..]);
    assert_eq!(read(&pipe).unwrap(), Some(asked));
    assert_eq!(read(&[]).unwrap(), None);
    for cut in 1..pipe.len() {
        assert!(read(&pipe[..cut]).map_or(true, |read| read.is_none()), "cut at {cut}");
    }
    assert!(read(&[0xff; 64]).is_err());
}

/// A tester that says what it is told to.
#[derive(Debug, Default)]
pub(crate) struct Told(pub(crate) Mutex<Vec<Tried>>);

impl Tester for Told {
    fn try_change(&self, _: &Candidate, _: bool, _: &mut Base<'_>) -> Result<Tried, StoreError> {
        Ok(self.0.lock().unwrap().pop().unwrap_or(Tried::Passed(Vec::new())))
    }
}

impl Told {
    /// The first answer first.
    pub(crate) fn of(mut answers: Vec<Tried>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self(Mutex::new(answers)))
    }
}
