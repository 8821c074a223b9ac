//! A carer's planned day as the file says it, checked as far as it can be without the store.

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::minutes::Minutes;
use doegnrytme_core::care::visit::Span;
use doegnrytme_core::time::LocalDay;

use super::fields::{BadRow, Fields};
use super::json::Json;

/// One carer's day of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftRow {
    /// The carer: the id that `carer add` gave, or the name when one carer of the team has it.
    pub carer: String,
    /// The team, by name or number.
    pub team: String,
    /// The day.
    pub day: LocalDay,
    /// The visits.
    pub visits: Vec<VisitRow>,
}

/// One planned visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// Where in the row.
    pub place: String,
    /// Outside id of the citizen.
    pub citizen: String,
    /// The part of the day.
    pub part: DayPart,
    /// From when to when.
    pub span: Span,
    /// "plejepakke 2".
    pub course: Option<String>,
    /// How long.
    pub minutes: Minutes,
}

const KNOWN: &[&str] = &["carer", "team", "day", "visits"];
const KNOWN_OF_VISITS: &[&str] = &["citizen", "from", "to", "slot", "course", "minutes"];
/// The longest name of a course, in characters.
const MOST_COURSE: usize = 100;

impl ShiftRow {
    /// Reads a row.
    ///
    /// # Errors
    /// [`BadRow`] names the first place that is wrong.
    pub fn read(row: &str) -> Result<Self, BadRow> {
        let json: Json = serde_json::from_str(row)
            .map_err(|_| BadRow::at("", "this is not JSON, or a key stands there twice"))?;
        let mut fields = Fields::open("", json)?;
        let (carer, team) = (fields.required("carer")?, fields.required("team")?);
        let day = fields
            .required("day")?
            .parse()
            .map_err(|_| BadRow::at("day", "a day such as 2026-03-02 belongs here"))?;
        let mut visits = Vec::new();
        for (at, value) in fields.list("visits")?.into_iter().enumerate() {
            visits.push(visit(value, format!("visits[{}]", at + 1))?);
        }
        fields.done(KNOWN)?;
        visits.sort_by_key(|visit| (visit.span.from, visit.span.to));
        Ok(Self { carer, team, day, visits })
    }
}

fn visit(value: Json, place: String) -> Result<VisitRow, BadRow> {
    let mut fields = Fields::open(place.clone(), value)?;
    let citizen = fields.required("citizen")?;
    let span = Span { from: clock(&mut fields, "from")?, to: clock(&mut fields, "to")? };
    let part = match fields.text("slot")? {
        None => DayPart::of_minute(span.from),
        Some(slot) => DayPart::from_key(&slot)
            .ok_or_else(|| BadRow::at(&fields.place("slot"), "no part of the day"))?,
    };
    let course = fields.text("course")?.filter(|course| !course.trim().is_empty());
    if course.as_ref().is_some_and(|course| course.chars().count() > MOST_COURSE) {
        return Err(BadRow::at(&fields.place("course"), "it is too long"));
    }
    let length = (i64::from(span.to) - i64::from(span.from)).rem_euclid(24 * 60);
    let minutes = Minutes::new(fields.number("minutes")?.unwrap_or(length))
        .map_err(|problem| BadRow::at(&fields.place("minutes"), problem.to_string()))?;
    fields.done(KNOWN_OF_VISITS)?;
    Ok(VisitRow { place, citizen, part, span, course, minutes })
}

/// `07:45` as minutes after midnight in Copenhagen.
fn clock(fields: &mut Fields, field: &str) -> Result<u16, BadRow> {
    let text = fields.required(field)?;
    read_clock(&text)
        .ok_or_else(|| BadRow::at(&fields.place(field), "a time such as 07:45 belongs here"))
}

fn read_clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"carer": "Opdigtet Hjælper", "team": "Team Åen", "day": "2026-03-02",
        "visits": [
            {"citizen": "c2", "from": "23:30", "to": "00:10", "minutes": 30},
            {"citizen": "c1", "from": "07:45", "to": "08:10", "course": "plejepakke 2"}
        ]}"#;

    #[test]
    fn visits_stand_in_the_order_of_the_clock_with_part_and_minutes_derived() {
        let row = ShiftRow::read(WHOLE).unwrap();
        let visits: Vec<(&str, DayPart, u16)> = row
            .visits
            .iter()
            .map(|visit| (visit.citizen.as_str(), visit.part, visit.minutes.get()))
            .collect();
        assert_eq!(visits, [("c1", DayPart::Morning, 25), ("c2", DayPart::Night, 30)]);
    }

    #[test]
    fn each_mistake_is_named_by_its_place() {
        for (wrong, right, problem) in [
            ("\"7:45\"", "\"07:45\"", "visits[2].from: a time such as 07:45 belongs here"),
            ("\"24:00\"", "\"08:10\"", "visits[2].to: a time such as 07:45 belongs here"),
            ("2/3 2026", "2026-03-02", "day: a day such as 2026-03-02 belongs here"),
            (
                "\"minutes\": 0",
                "\"minutes\": 30",
                "visits[1].minutes: minutes must lie between 1 and 1440",
            ),
            ("\"who\": \"c1\"", "\"citizen\": \"c1\"", "visits[2].citizen: it is missing"),
        ] {
            let error = ShiftRow::read(&WHOLE.replace(right, wrong)).unwrap_err().to_string();
            assert_eq!(error, problem);
        }
    }
}
