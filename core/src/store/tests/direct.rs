//! Edits of colleagues that need no document, and those that do.

use super::*;

/// A reader that has just been opened, and the writer of a plan with two items that it holds.
fn reader_and_writer() -> (Tablet, Tablet, Stream) {
    let (mut writer, mut reader) = (Tablet::new(1), Tablet::new(2));
    let mut stream = Stream::default();
    reader.meets(writer.number);
    for item in [1, 2] {
        let row = writer.edit(KAREN, add(item, "Bad"));
        writer.save(&row);
        reader.write(|tx| tx.take_row(&stream.publish(&row)));
    }
    reader.reopen();
    (reader, writer, stream)
}

fn hears(reader: &mut Tablet, writer: &mut Tablet, stream: &mut Stream, edit: PlanCommand) {
    let row = writer.edit(KAREN, edit);
    writer.save(&row);
    assert_eq!(reader.write(|tx| tx.take_row(&stream.publish(&row))), Taken::New);
}

fn texts_of(reader: &mut Tablet, field: Field) -> Vec<Scalar> {
    let values = reader.read(|tx| tx.plan_values(KAREN));
    values.into_iter().filter(|one| one.field == field.key()).filter_map(|one| one.value).collect()
}

#[test]
fn an_edit_that_replaces_what_is_shown_is_shown_without_loading_the_plan() {
    let (mut reader, mut writer, mut stream) = reader_and_writer();
    for text in ["på kl 8", "på kl 9", "på kl 10"] {
        hears(&mut reader, &mut writer, &mut stream, put(1, Field::Text, text));
    }
    assert_eq!(reader.store().documents_loaded(), 0);
    assert_eq!(texts_of(&mut reader, Field::Text), ["på kl 10".into()]);
    assert_eq!(reader.differences(), []);
}

#[test]
fn a_new_item_a_conflict_and_its_settling_go_through_the_document() {
    let (mut reader, mut writer, mut stream) = reader_and_writer();
    hears(&mut reader, &mut writer, &mut stream, add(3, "Gåtur"));
    assert_eq!(reader.store().documents_loaded(), 1);
    // Its map is known from then on.
    reader.reopen();
    hears(&mut reader, &mut writer, &mut stream, put(3, Field::Title, "Gåtur i haven"));
    assert_eq!(reader.store().documents_loaded(), 0);

    let own = reader.edit(KAREN, put(1, Field::Text, "på kl 8"));
    reader.save(&own);
    reader.reopen();
    hears(&mut reader, &mut writer, &mut stream, put(1, Field::Text, "på kl 9"));
    assert_eq!(reader.store().documents_loaded(), 1);
    assert_eq!(texts_of(&mut reader, Field::Text).len(), 2);
    reader.reopen();
    // The writer has not seen the other value: the conflict stays.
    hears(&mut reader, &mut writer, &mut stream, put(1, Field::Text, "på kl 11"));
    assert_eq!(texts_of(&mut reader, Field::Text), ["på kl 11".into(), "på kl 8".into()]);
    assert_eq!(reader.differences(), []);
}

#[test]
fn a_value_that_two_people_put_is_replaced_as_a_whole_or_not_at_all() {
    let (mut reader, mut writer, mut stream) = reader_and_writer();
    let own = reader.edit(KAREN, put(1, Field::Text, "på kl 8"));
    reader.save(&own);
    hears(&mut reader, &mut writer, &mut stream, put(1, Field::Text, "på kl 8"));
    assert_eq!(texts_of(&mut reader, Field::Text), ["på kl 8".into()]);
    reader.reopen();
    // It replaces the writer's value only; the reader's own stands beside it.
    hears(&mut reader, &mut writer, &mut stream, put(1, Field::Text, "på kl 9"));
    assert_eq!(texts_of(&mut reader, Field::Text), ["på kl 8".into(), "på kl 9".into()]);
    assert_eq!(reader.differences(), []);
}

#[test]
fn a_plan_in_memory_takes_what_was_shown_without_it_before_it_is_edited() {
    let (mut reader, mut writer, mut stream) = reader_and_writer();
    let heads = |reader: &mut Tablet| reader.read(|tx| tx.plan_doc(KAREN)).1.heads();
    let before = heads(&mut reader);
    // More than memory keeps behind, so that both ways are taken.
    for minute in 0..40 {
        let text = format!("på kl 8.{minute:02}");
        hears(&mut reader, &mut writer, &mut stream, put(1, Field::Text, &text));
        if minute == 20 {
            assert_ne!(heads(&mut reader), before);
        }
    }
    let written = writer.read(|tx| tx.plan_doc(KAREN)).1.heads();
    assert_eq!(heads(&mut reader), written);
    let own = reader.edit(KAREN, put(1, Field::Text, "på kl 9"));
    reader.save(&own);
    assert_eq!(texts_of(&mut reader, Field::Text), ["på kl 9".into()]);
    assert_eq!(reader.differences(), []);
}
