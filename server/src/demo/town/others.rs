//! The citizens whose plans are put together from [`super::words`], as the seed says.

use std::collections::BTreeMap;

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::time::LocalDay;

use super::carers::{CARERS, Watch};
use super::dice::Dice;
use super::rows::{AnswerRow, CitizenRow, ContactRow, ItemRow, NoteRow, PointRow};
use super::words::{self, Piece};

/// What is drawn from for a part of the day: how often in ten a citizen has it, and how many
/// items at most.
const PARTS: [(DayPart, usize, usize, &[Piece]); 6] = [
    (DayPart::Morning, 10, 3, words::MORNING),
    (DayPart::Forenoon, 5, 1, words::FORENOON),
    (DayPart::Noon, 6, 2, words::NOON),
    (DayPart::Afternoon, 3, 1, words::AFTERNOON),
    (DayPart::Evening, 6, 2, words::EVENING),
    (DayPart::Night, 1, 1, words::NIGHT),
];

const WEEKDAYS: [&str; 7] = ["ma", "ti", "on", "to", "fr", "lø", "sø"];

/// The citizens with the numbers after `first`, one for each first name.
pub fn citizens(team: &str, first: usize, day: LocalDay, dice: &mut Dice) -> Vec<CitizenRow> {
    let mut names = words::FIRST_NAMES;
    dice.shuffle(&mut names);
    (first..).zip(names).map(|(number, name)| citizen(team, number, name, day, dice)).collect()
}

fn citizen(team: &str, number: usize, name: &str, day: LocalDay, dice: &mut Dice) -> CitizenRow {
    let surname = words::SURNAMES.get(number % words::SURNAMES.len()).copied().unwrap_or_default();
    let street = dice.one_of(&words::STREETS).copied().unwrap_or_default();
    let fill = |text: &str| text.replace("{fornavn}", name);
    let goal = dice.one_of(words::GOALS).map(|(title, text)| PointRow::titled(*title, fill(text)));
    let items = items(dice, &fill);
    let point = |list: &[(&str, &str)], dice: &mut Dice| {
        dice.one_of(list).map(|(title, text)| PointRow::titled(*title, fill(text)))
    };
    let agreement = point(words::AGREEMENTS, dice);
    let safety = if dice.chance(5) { point(words::SAFETY, dice) } else { None };
    let story = dice.one_of(words::STORIES).map(|text| PointRow::words(fill(text)));
    // One in ten has nobody asked yet; the tablet lists those for the contact person (M05).
    let answer = if dice.chance(9) { dice.one_of(words::MATTERS) } else { None };
    let matters = answer.map(|(prompt, text)| AnswerRow { prompt: *prompt, text: fill(text) });
    CitizenRow {
        id: format!("LK-{number:02}"),
        team: team.to_owned(),
        name: format!("{name} {surname}"),
        address: format!("{street} {}, Lillekær", 1 + dice.below(60)),
        items,
        goals: keyed('g', goal),
        agreements: keyed('a', agreement),
        life_story: keyed('l', story),
        what_matters: keyed('w', matters),
        contacts: contacts(dice),
        safety: keyed('s', safety),
        notes: notes(dice, day),
    }
}

fn keyed<T>(letter: char, entries: impl IntoIterator<Item = T>) -> BTreeMap<String, T> {
    (1..).zip(entries).map(|(number, entry)| (format!("{letter}{number}"), entry)).collect()
}

fn items(dice: &mut Dice, fill: &dyn Fn(&str) -> String) -> BTreeMap<String, ItemRow> {
    let mut rows = Vec::new();
    for (part, of_ten, most, pieces) in PARTS {
        if !dice.chance(of_ten) {
            continue;
        }
        let mut order: Vec<&Piece> = pieces.iter().collect();
        dice.shuffle(&mut order);
        let count = 1 + dice.below(most);
        for piece in order.into_iter().take(count) {
            rows.push(item(part, piece, dice, fill));
        }
    }
    // The first item serves the goal; the others are marked as without one (M06).
    if let Some(first) = rows.first_mut() {
        first.goal = Some("g1".to_owned());
    }
    keyed('p', rows)
}

fn item(part: DayPart, piece: &Piece, dice: &mut Dice, fill: &dyn Fn(&str) -> String) -> ItemRow {
    let extra = u16::try_from(5 * dice.below(3)).unwrap_or(0);
    ItemRow {
        title: piece.title.to_owned(),
        text: dice.one_of(piece.texts).map(|text| fill(text)).unwrap_or_default(),
        minutes: piece.minutes + extra,
        slot: part.key().to_owned(),
        days: days(piece.days, dice),
        law: piece.law.to_owned(),
        roles: piece.roles.iter().map(|role| (*role).to_owned()).collect(),
        goal: None,
        own: piece.law.starts_with("sul").then_some(true),
        status: None,
    }
}

/// So many weekdays, in the order of the week; five are the working days.
fn days(count: usize, dice: &mut Dice) -> String {
    let mut order = [0, 1, 2, 3, 4, 5, 6];
    if count < 5 {
        dice.shuffle(&mut order);
    }
    let mut chosen: Vec<usize> = order.into_iter().take(count).collect();
    chosen.sort_unstable();
    let words: Vec<&str> = chosen.into_iter().filter_map(|at| WEEKDAYS.get(at).copied()).collect();
    words.join(" ")
}

/// Two different carers of the day or the evening.
fn contacts(dice: &mut Dice) -> BTreeMap<String, ContactRow> {
    let mut order: Vec<usize> = (1..=CARERS.len()).collect();
    dice.shuffle(&mut order);
    let lasting = |number: &usize| {
        CARERS
            .get(number - 1)
            .filter(|carer| carer.watch != Watch::Night)
            .map(|carer| (*number, carer))
    };
    let rows = order.iter().filter_map(lasting).zip(["primary", "secondary"]);
    keyed(
        'k',
        rows.map(|((number, carer), place)| ContactRow {
            place: place.to_owned(),
            name: carer.name.to_owned(),
            phone: format!("+45 00 00 01 {number:02}"),
        }),
    )
}

fn notes(dice: &mut Dice, day: LocalDay) -> Vec<NoteRow> {
    let count = dice.below(4);
    (1..=count)
        .map(|number| {
            let ago = i32::try_from(1 + 2 * (count - number) + dice.below(2)).unwrap_or(1);
            NoteRow {
                id: format!("n{number}"),
                at: format!(
                    "{}T{:02}:{:02}:00Z",
                    day.plus(-ago),
                    7 + dice.below(12),
                    dice.below(60)
                ),
                by: dice.one_of(&CARERS).map(|carer| carer.name.to_owned()).unwrap_or_default(),
                text: dice.one_of(words::NOTES).map(|text| (*text).to_owned()).unwrap_or_default(),
                law: "ael10".to_owned(),
            }
        })
        .collect()
}
