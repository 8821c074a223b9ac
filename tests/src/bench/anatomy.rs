//! Where the bytes of a sync go, by kind, so that the next saving is known.
//!
//! What is compressed has no bytes of its own. A kind's share is what the frame shrinks by when the
//! kind is left out, in the order of [`KINDS`]; texts are what they weigh compressed alone. The
//! rest, what no kind claims, is the structure of changes and their ticks.

use std::collections::HashMap;

use doegnrytme_core::care::note::Author;
use doegnrytme_core::document::read_note;
use doegnrytme_core::ids::{ChangeHash, DocId};
use doegnrytme_core::wire::answer::AnswerBody;
use doegnrytme_core::wire::frame::{self, Envelope};
use doegnrytme_core::wire::request::RequestBody;
use doegnrytme_core::wire::row::{Content, Group, Pack};
use doegnrytme_core::wire::{from_bytes, to_bytes};

use super::station::Exchange;

/// The kinds, in the order in which they are left out.
pub const KINDS: [&str; 11] = [
    "HTTP heads",
    "signed heads (COSE)",
    "certificates",
    "batch headers and manifests",
    "receipts, verdicts, digests, scope",
    "texts",
    "outside ids (workload only)",
    "plan edits",
    "entries: ids, times, places",
    "ticks and structure of notes",
    "rest",
];

/// Bytes by kind, up and down together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Anatomy {
    shares: [i64; KINDS.len()],
    /// Distinct notes and edits seen.
    pub rows: u64,
}

#[derive(Debug, Clone, Default)]
struct Words {
    text: String,
    outside: String,
}

impl Anatomy {
    /// Bytes of each kind.
    pub fn shares(&self) -> impl Iterator<Item = (&'static str, i64)> {
        KINDS.into_iter().zip(self.shares)
    }

    /// All of them.
    #[must_use]
    pub fn sum(&self) -> i64 {
        self.shares.iter().sum()
    }

    /// Takes an exchange apart.
    pub fn add(&mut self, exchange: &Exchange) {
        self.shares[0] += (exchange.head_up + exchange.head_down) as i64;
        if let Ok(parts) = Envelope::split(&exchange.up) {
            self.shares[1] += parts.head.len() as i64;
            self.request(parts.frame);
        }
        if let Ok(parts) = Envelope::split(&exchange.down) {
            self.shares[1] += parts.head.len() as i64;
            self.answer(parts.frame);
        }
    }

    fn request(&mut self, sent: &[u8]) {
        let Ok(mut body) = from_bytes::<RequestBody>(&frame::inflate(sent).unwrap()) else {
            return;
        };
        let mut left = sent.len() as i64;
        let Some(push) = body.push.as_mut() else {
            self.shares[10] += left;
            return;
        };
        push.batch.clear();
        left = self.step(3, left, weigh(&body));
        let rows = std::mem::take(&mut body.push.as_mut().unwrap().rows).into_groups().unwrap();
        let rest = weigh(&body);
        self.rows(&rows, left - rest, |groups| {
            body.push.as_mut().unwrap().rows = Pack::from_groups(groups);
            weigh(&body) - rest
        });
        self.shares[10] += rest;
    }

    fn answer(&mut self, sent: &[u8]) {
        let Ok(mut body) = from_bytes::<AnswerBody>(&frame::inflate(sent).unwrap()) else { return };
        let mut left = sent.len() as i64;
        body.certificates.clear();
        body.carers.clear();
        left = self.step(2, left, weigh(&body));
        let packs: Vec<Vec<Group>> = body
            .pages
            .iter_mut()
            .map(|page| std::mem::take(&mut page.rows).into_groups().unwrap())
            .collect();
        let bare: Vec<Vec<Group>> = packs
            .iter()
            .map(|groups| {
                let groups = groups.iter().cloned();
                groups.map(|group| Group { header: None, ..group }).collect()
            })
            .collect();
        fill(&mut body, &bare);
        left = self.step(3, left, weigh(&body));
        body.push = None;
        body.verdicts.clear();
        body.verdict_cursor = None;
        body.digest = None;
        body.scope = None;
        body.pins = None;
        left = self.step(4, left, weigh(&body));
        fill(&mut body, &vec![Vec::new(); bare.len()]);
        let rest = weigh(&body);
        let all: Vec<Group> = bare.into_iter().flatten().collect();
        self.rows(&all, left - rest, |groups| {
            if let Some(page) = body.pages.first_mut() {
                page.rows = Pack::from_groups(groups);
            }
            weigh(&body) - rest
        });
        self.shares[10] += rest;
    }

    /// What of `weight` bytes of rows is text, what names, and what structure.
    fn rows(&mut self, groups: &[Group], weight: i64, mut weigh: impl FnMut(&[Group]) -> i64) {
        if groups.iter().all(|group| group.rows.is_empty()) {
            self.shares[10] += weight;
            return;
        }
        let (mut texts, mut outside, mut plans) = (String::new(), String::new(), Vec::new());
        let mut read: HashMap<ChangeHash, Words> = HashMap::new();
        for row in groups.iter().flat_map(|group| &group.rows) {
            self.rows += 1;
            let Content::Change(chunk) = &row.content else { continue };
            if let DocId::Note(id) = row.entry.doc {
                let words = read.entry(row.entry.hash).or_insert_with(|| {
                    let found = read_note(id, Author::Municipality, chunk);
                    found.map_or_else(|_| Words::default(), |found| words(&found.note))
                });
                texts.push_str(&words.text);
                outside.push_str(&words.outside);
            } else {
                plans.extend_from_slice(chunk);
            }
        }
        let emptied: Vec<Group> = groups
            .iter()
            .cloned()
            .map(|mut group| {
                group.rows.iter_mut().for_each(|row| row.content = Content::Change(Vec::new()));
                group
            })
            .collect();
        let entries = weigh(&emptied);
        let claims = [
            (5, squeezed(texts.as_bytes())),
            (6, squeezed(outside.as_bytes())),
            (7, squeezed(&plans)),
            (8, entries),
        ];
        let claimed: i64 = claims.iter().map(|(_, claim)| claim).sum();
        for (kind, claim) in claims {
            self.shares[kind] += claim;
        }
        self.shares[9] += weight - claimed;
    }

    fn step(&mut self, kind: usize, before: i64, after: i64) -> i64 {
        self.shares[kind] += before - after;
        after
    }
}

fn words(note: &doegnrytme_core::care::note::Note) -> Words {
    let mut outside = note.outside_id.clone().unwrap_or_default();
    for tick in &note.ticks {
        outside.push_str(tick.outside_id.as_deref().unwrap_or_default());
    }
    Words { text: note.text.clone(), outside }
}

fn fill(body: &mut AnswerBody, packs: &[Vec<Group>]) {
    for (page, groups) in body.pages.iter_mut().zip(packs) {
        page.rows = Pack::from_groups(groups);
    }
}

fn weigh<T: minicbor::Encode<()>>(body: &T) -> i64 {
    squeezed(&to_bytes(body))
}

fn squeezed(bytes: &[u8]) -> i64 {
    if bytes.is_empty() { 0 } else { frame::deflate(bytes).map_or(0, |frame| frame.len() as i64) }
}
