//! What notes weigh on the way to a tablet, and that documents cost little. Not benchmarks: the
//! bounds are wide, the printed figures are what to look at.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::notes::as_agreed;
use super::{EVENING, Tablet, Tested, actor, add, gated, put};
use crate::care::field::Field;
use crate::care::minutes::Minutes;
use crate::care::note::{HeadPrefix, Note, Outcome, Tick};
use crate::document::{PlanDoc, encode, read_note};
use crate::ids::{CitizenId, ItemId};

fn random<const N: usize>(rng: &mut ChaCha8Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

fn below(rng: &mut ChaCha8Rng, end: u32) -> u32 {
    rng.next_u32() % end
}

/// Words that nobody's note could be packed by: syllables in any order, as hard as Danish or
/// harder.
fn words(rng: &mut ChaCha8Rng, length: usize) -> String {
    const SYLLABLES: [&str; 40] = [
        "be", "sø", "ger", "med", "ha", "ve", "kaf", "fe", "går", "tur", "hun", "han", "sov",
        "god", "nat", "pil", "le", "væg", "ring", "dat", "ter", "gam", "mel", "ost", "brød", "er",
        "og", "på", "til", "ikke", "træt", "glad", "smer", "ter", "ben", "arm", "vask", "tøj",
        "sang", "kort",
    ];
    let mut text = String::new();
    while text.chars().count() < length {
        text.push_str(SYLLABLES[usize::try_from(below(rng, 40)).unwrap()]);
        if below(rng, 5) < 2 {
            text.push(' ');
        }
    }
    text.chars().take(length).collect()
}

/// 155 notes by 14 tablets about 60 citizens with five items each, as at the end of a shift.
fn a_shift() -> Vec<(Note, u32)> {
    let mut rng = ChaCha8Rng::seed_from_u64(155);
    let citizens: Vec<(CitizenId, HeadPrefix, [ItemId; 9])> = (0..60)
        .map(|_| {
            let items = [(); 9].map(|()| ItemId(random(&mut rng)));
            (CitizenId(random(&mut rng)), HeadPrefix(random(&mut rng)), items)
        })
        .collect();
    (0..155_u32)
        .map(|number| {
            let (citizen, head, items) = citizens[usize::try_from(number % 60).unwrap()];
            let seconds = i64::from(below(&mut rng, 28_800));
            let visit = below(&mut rng, 1_700) + 100;
            let written = EVENING.plus(seconds);
            let ticked = usize::try_from(below(&mut rng, 5)).unwrap();
            let tick = |(at, item): (u32, &ItemId)| Tick {
                item: *item,
                after: (at + 1) * visit / 6,
                outside_id: None,
            };
            let note = Note {
                written,
                started: written.plus(-i64::from(visit)),
                ticks: (0..).zip(&items[ticked..ticked + 5]).map(tick).collect(),
                text: words(&mut rng, 290),
                minutes: Minutes::new(i64::from(visit / 60)).ok(),
                plan_heads: vec![head],
                outcome: Some(Outcome::Deviation { needs_action: number % 4 == 0 }),
                ..as_agreed(citizen, 1)
            };
            (note, number / 11)
        })
        .collect()
}

#[test]
fn a_shifts_notes_weigh_little_more_than_their_words() -> Tested {
    let (mut chunks, mut texts, mut whole) = (Vec::new(), Vec::new(), 0);
    for (note, tablet) in a_shift() {
        let change = encode(&note, actor(tablet))?;
        whole += change.bytes.len();
        chunks.extend_from_slice(crate::gate::strip(&change.bytes).unwrap());
        texts.extend_from_slice(note.text.as_bytes());
    }
    let packed = zstd::bulk::compress(&chunks, 3).unwrap().len();
    let packed_texts = zstd::bulk::compress(&texts, 3).unwrap().len();
    let each = (packed - packed_texts) / 155;
    println!(
        "155 notes: {whole} bytes; zstd −3 of them {packed}, of their texts alone {packed_texts}: \
         {each} bytes a note beside its words"
    );
    assert!(whole < 155 * 550, "{whole}");
    assert!(each < 80, "{each}");
    Ok(())
}

#[test]
fn a_visit_as_agreed_is_a_small_change() -> Tested {
    let change = encode(&as_agreed(CitizenId([3; 16]), 1), actor(1))?;
    println!("a visit as agreed with five ticks: {} bytes", change.bytes.len());
    assert!(change.bytes.len() <= 240, "{}", change.bytes.len());
    Ok(())
}

#[test]
fn writing_and_reading_a_note_takes_microseconds() -> Tested {
    let (note, _) = a_shift().remove(0);
    let began = std::time::Instant::now();
    for _ in 0..1_000 {
        std::hint::black_box(encode(&note, actor(1))?);
    }
    let written = began.elapsed() / 1_000;
    let change = encode(&note, actor(1))?;
    let began = std::time::Instant::now();
    for _ in 0..1_000 {
        let read = read_note(note.id, note.author.clone(), &change.bytes);
        assert!(std::hint::black_box(read).is_ok());
    }
    let read = began.elapsed() / 1_000;
    println!("a note: {written:?} to encode, {read:?} to read");
    assert!(written.as_micros() < 1_000 && read.as_micros() < 1_000);
    Ok(())
}

#[test]
fn a_plan_with_a_years_edits_is_quick() -> Tested {
    let mut rng = ChaCha8Rng::seed_from_u64(400);
    let mut tablet = Tablet::new(1);
    for number in 0..40 {
        tablet.write(&[add(number, "Kaffe")])?;
    }
    for _ in 0..360 {
        let number = u8::try_from(below(&mut rng, 40)).unwrap();
        tablet.number = below(&mut rng, 14);
        tablet.write(&[put(number, Field::Text, &words(&mut rng, 60))])?;
    }
    let gated: Vec<_> = tablet.written.iter().map(gated).collect();
    let saved = tablet.plan.save()?;
    let time = |what: &str, times: u32, work: &mut dyn FnMut() -> Tested| -> Tested {
        let began = std::time::Instant::now();
        for _ in 0..times {
            work()?;
        }
        let each = began.elapsed() / times;
        println!("a plan with 400 edits, {what}: {each:?}");
        assert!(each.as_millis() < 500, "{what}: {each:?}");
        Ok(())
    };
    let plan = tablet.plan.clone();
    let edit = [put(1, Field::Text, "Te")];
    time("load", 5, &mut || PlanDoc::load(&saved).map(drop))?;
    time("save", 5, &mut || plan.save().map(drop))?;
    time("rebuild from the log", 5, &mut || PlanDoc::new()?.apply_all(&gated))?;
    time("edit", 50, &mut || plan.clone().edit(&edit, actor(99), EVENING).map(drop))?;
    let change = super::gated(&plan.clone().edit(&edit, actor(99), EVENING)?);
    time("apply", 50, &mut || plan.clone().apply(&change).map(drop))?;
    time("fields", 20, &mut || plan.fields().map(drop))?;
    let heads = plan.head_prefixes();
    time("nothing new since", 50, &mut || plan.changed_fields_since(&heads).map(drop))?;
    time("all new since", 20, &mut || plan.changed_fields_since(&[]).map(drop))
}
