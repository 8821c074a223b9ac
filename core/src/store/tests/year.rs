//! A year of a team on one tablet: how fast a cold start reads it. By hand:
//! `cargo test --release -p doegnrytme-core --lib store::tests::year -- --ignored --nocapture`.

use std::time::Instant;

use super::*;

#[test]
#[ignore = "takes a minute; prints figures"]
fn a_year_of_notes_opens_quickly() {
    let (mut writer, mut reader) = (Tablet::new(1), Tablet::new(2));
    reader.meets(writer.number);
    let mut stream = Stream::default();
    let text = "Vi fik kaffe ved vinduet. ".repeat(11);
    let begin = Instant::now();
    let mut own = writer.note(KAREN, &text);
    for page in 0..330_u32 {
        let rows: Vec<Row> = (0..200_u32)
            .map(|at| {
                let number = page * 200 + at;
                let mut id = [7; 16];
                id[..4].copy_from_slice(&number.to_be_bytes());
                let mut citizen = KAREN;
                citizen.0[0] = (number % 60) as u8;
                own = writer.note_of(visit_note(NoteId(id), citizen, &text));
                stream.publish_at(&own, MORNING.plus(i64::from(page) * 86_400))
            })
            .collect();
        reader.write(|tx| rows.iter().try_for_each(|row| tx.take_row(row).map(drop)));
    }
    eprintln!("stored: {:?}", begin.elapsed());
    let size = std::fs::metadata(reader.dir.path().join(DATABASE)).unwrap().len();
    eprintln!("size: {} MB", size >> 20);
    let begin = Instant::now();
    reader.reopen();
    eprintln!("opened: {:?}", begin.elapsed());
    let day = MORNING.local_day().unwrap();
    for (what, work) in [
        (
            "day",
            &(|tx: &Tx<'_>| tx.visits_of_day(day).map(|rows| rows.len())) as &dyn Fn(&Tx<'_>) -> _,
        ),
        ("notes of one", &|tx: &Tx<'_>| {
            tx.notes_of(own.entry.citizen.unwrap(), UnixSeconds(i64::MAX), 20)
                .map(|rows| rows.len())
        }),
        ("questions", &|tx: &Tx<'_>| tx.open_questions().map(|rows| rows.len())),
        ("conflicts", &|tx: &Tx<'_>| tx.conflict_counts().map(|rows| rows.len())),
        ("digests", &|tx: &Tx<'_>| tx.digests().map(|rows| rows.len())),
        ("unsent, held", &|tx: &Tx<'_>| Ok((tx.open_count()? + tx.held_count()?) as usize)),
        ("unreadable", &|tx: &Tx<'_>| tx.unreadable_count().map(|count| count as usize)),
    ] {
        let begin = Instant::now();
        let rows = reader.read(work);
        eprintln!("{what}: {rows} rows in {:?}", begin.elapsed());
    }
}
