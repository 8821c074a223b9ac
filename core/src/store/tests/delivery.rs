//! What comes from the server: doubled, early, under another place, unreadable.

use super::*;
use crate::time::Month;
use crate::wire::digest::{BucketOf, Digest};
use crate::wire::scope::{Bucket, Owner};

fn two() -> (Tablet, Tablet, Stream) {
    let (mut writer, mut reader) = (Tablet::new(1), Tablet::new(2));
    writer.meets(reader.number);
    reader.meets(writer.number);
    (writer, reader, Stream::default())
}

#[test]
fn a_colleagues_note_is_shown_with_author_and_receipt() {
    let (mut writer, mut reader, mut stream) = two();
    let own = writer.note(KAREN, "Sov godt");
    let row = stream.publish(&own);
    assert_eq!(reader.write(|tx| tx.take_row(&row)), Taken::New);
    assert_eq!(reader.write(|tx| tx.take_row(&row)), Taken::Known);
    let shown = reader.read(|tx| tx.notes_of(KAREN, UnixSeconds(i64::MAX), 10)).remove(0);
    assert_eq!(shown.note.author, Author::Carer(carer(writer.number.0)));
    assert_eq!(shown.received, Some(MORNING.plus(3600)));
    assert_eq!(reader.read(|tx| tx.row_by_name(&name(&own))), Some(row));
}

fn name(own: &OwnRow) -> crate::wire::digest::RowName {
    crate::wire::digest::RowName { doc: own.entry.doc, hash: own.entry.hash }
}

#[test]
fn a_certificate_that_comes_late_still_names_the_author() {
    let (mut writer, mut reader) = (Tablet::new(1), Tablet::new(2));
    let own = writer.edit(KAREN, add(1, "Bad"));
    let row = Stream::default().publish(&own);
    reader.write(|tx| tx.take_row(&row));
    let author = |reader: &mut Tablet| reader.read(|tx| tx.plan_values(KAREN)).remove(0).carer;
    assert_eq!(author(&mut reader), None);
    reader.meets(writer.number);
    assert_eq!(author(&mut reader), Some(carer(writer.number.0)));
}

#[test]
fn an_edit_that_comes_before_what_it_rests_on_waits_and_counts() {
    let (mut writer, mut reader, mut stream) = two();
    let mut rows = Vec::new();
    for edit in [add(1, "Bad"), put(1, Field::Text, "lunkent"), put(1, Field::Text, "varmt")] {
        let own = writer.edit(KAREN, edit);
        writer.save(&own);
        rows.push(stream.publish(&own));
    }
    assert_eq!(reader.write(|tx| tx.take_row(&rows[2])), Taken::Parked);
    assert_eq!(reader.write(|tx| tx.take_row(&rows[1])), Taken::Parked);
    assert_eq!(digest(&mut reader, KAREN, Bucket::Plan).count, 2);
    assert_eq!(reader.write(|tx| tx.take_row(&rows[0])), Taken::New);
    assert_eq!(reader.read(|tx| tx.plan(KAREN)).items[0].text, "varmt");
    assert_eq!(reader.differences(), []);
    // A snapshot made now must not forget that rows waited.
    reader.reopen();
    assert_eq!(reader.read(|tx| tx.plan_doc(KAREN)).1.change_count(), 4);
}

fn digest(tablet: &mut Tablet, citizen: CitizenId, bucket: Bucket) -> Digest {
    tablet.read(|tx| tx.digest(Owner::Citizen(citizen), bucket))
}

#[test]
fn a_known_row_takes_the_servers_place_and_moves_its_summand() {
    let (mut writer, mut reader, mut stream) = two();
    let own = writer.note(KAREN, "x");
    let march = stream.publish(&own);
    let april = Row {
        placed: Some(Placed { stream: StreamId(9), seq: 4, received: MORNING.plus(40 * 86_400) }),
        ..march.clone()
    };
    let month = MORNING.local_day().unwrap().month();
    let next = Bucket::Month(Month(month.0 + 1));
    reader.write(|tx| tx.take_row(&march));
    assert_eq!(digest(&mut reader, KAREN, Bucket::Month(month)).count, 1);
    reader.write(|tx| tx.take_row(&april));
    assert_eq!(digest(&mut reader, KAREN, Bucket::Month(month)), Digest::default());
    let one = Digest::of(&own.entry.doc, &own.entry.hash);
    assert_eq!(digest(&mut reader, KAREN, next), one);
    let names = reader.read(|tx| tx.bucket_rows(Owner::Citizen(KAREN), next));
    assert_eq!(names, [name(&own)]);
    assert_recounts(&mut reader);
}

#[test]
fn digests_can_be_compared_in_the_transaction_that_stores_the_rows() {
    let (mut writer, mut reader, mut stream) = two();
    let own = writer.note(KAREN, "x");
    let row = stream.publish(&own);
    let month = MORNING.local_day().unwrap().month();
    let inside = reader.write(|tx| {
        tx.take_row(&row)?;
        tx.counted_digests(month, &[])
    });
    assert_eq!(inside, reader.read(|tx| tx.counted_digests(month, &[])));
    assert_eq!(root(&inside), Digest::of(&own.entry.doc, &own.entry.hash));
}

pub(super) fn assert_recounts(tablet: &mut Tablet) {
    let mut kept = tablet.read(|tx| tx.digests());
    kept.retain(|_, digest| *digest != Digest::default());
    assert_eq!(kept, tablet.read(|tx| tx.recount_digests()));
}

#[test]
fn what_no_version_would_take_stays_in_the_log_and_counts() {
    let (mut writer, mut reader, mut stream) = two();
    let mut own = writer.note(KAREN, "x");
    let Content::Change(chunk) = &mut own.content else { panic!() };
    chunk.truncate(60);
    own.entry.hash = own.content.hash().unwrap();
    let row = stream.publish(&own);
    assert_eq!(reader.write(|tx| tx.take_row(&row)), Taken::Unreadable);
    assert_eq!(reader.read(|tx| tx.unreadable_count()), 1);
    assert_eq!(reader.read(|tx| tx.row_by_name(&name(&own))), Some(row));
    assert_recounts(&mut reader);
}

#[test]
fn a_withheld_row_is_a_tombstone_with_its_name() {
    let (mut writer, mut reader, mut stream) = two();
    let own = writer.note(KAREN, "x");
    let row = Row { content: Content::Withheld, ..stream.publish(&own) };
    assert_eq!(reader.write(|tx| tx.take_row(&row)), Taken::New);
    assert_eq!(reader.texts(KAREN), [""; 0]);
    let month = MORNING.local_day().unwrap().month();
    assert_eq!(digest(&mut reader, KAREN, Bucket::Month(month)).count, 1);
}

#[test]
fn a_restricted_note_leaves_the_screens_and_keeps_its_digest() {
    let (mut writer, mut reader, mut stream) = two();
    let own = writer.note(KAREN, "fejlført");
    reader.write(|tx| tx.take_row(&stream.publish(&own)));
    let before = reader.read(|tx| tx.digests());
    reader.write(|tx| tx.restrict(&own.entry.doc));
    assert_eq!(reader.texts(KAREN), [""; 0]);
    assert_eq!(reader.read(|tx| tx.digests()), before);
    assert_eq!(reader.differences(), []);
}

#[test]
fn the_root_counts_grants_streams_and_the_window_only() {
    let (mut writer, mut reader, mut stream) = two();
    let strangers = [writer.note(CitizenId([9; 16]), "x"), writer.note(KAREN, "y")];
    let month = MORNING.local_day().unwrap().month();
    for own in &strangers {
        let row = stream.publish(own);
        reader.write(|tx| tx.take_row(&row));
    }
    let counted = |reader: &mut Tablet, window, less: &[BucketOf]| {
        let less = less.to_vec();
        reader.read(move |tx| tx.counted_digests(window, &less)).len()
    };
    assert_eq!(counted(&mut reader, month, &[]), 1);
    assert_eq!(counted(&mut reader, Month(month.0 + 1), &[]), 0);
    let wanted = BucketOf { owner: Owner::Citizen(KAREN), bucket: Bucket::Month(month) };
    assert_eq!(counted(&mut reader, month, &[wanted]), 0);
}

#[test]
fn headers_are_asked_for_until_they_come_and_batches_are_put_together() {
    let (mut writer, mut reader, mut stream) = two();
    let rows: Vec<Row> = (0..3)
        .map(|at| {
            let own = writer.note(KAREN, &format!("{at}"));
            let mut row = stream.publish(&own);
            row.origin = Origin { device: own.device, number: 7, position: at };
            row
        })
        .collect();
    reader.write(|tx| tx.take_row(&rows[0]));
    let asked = reader.read(|tx| tx.missing_headers(MORNING, 10));
    assert_eq!((asked.len(), asked[0].number), (1, 7));
    let batch = crate::wire::batch::Batch {
        device: writer.number,
        number: 7,
        previous: None,
        install: InstallEpoch([1; 8]),
        made: MORNING,
        replaces: None,
        digests: rows.iter().flat_map(|row| row.entry.digest()).collect(),
    };
    let absent = |position: u16| crate::wire::batch::Absent {
        position,
        digest: rows[usize::from(position)].entry.digest(),
    };
    let header = crate::wire::batch::Header {
        previous: None,
        install: batch.install,
        made: batch.made,
        replaces: None,
        signature: [1; 64],
        count: 3,
        absent: vec![absent(1), absent(2)],
    };
    let device = writer.number;
    reader.write(|tx| tx.put_header(device, 7, &header, true));
    assert_eq!(reader.read(|tx| tx.missing_headers(MORNING, 10)), []);
    // A second row comes; the header still names it as absent.
    reader.write(|tx| tx.take_row(&rows[2]));
    let (found, _) = reader.read(|tx| tx.reassemble(device, 7)).unwrap();
    assert_eq!(found, batch);
}
