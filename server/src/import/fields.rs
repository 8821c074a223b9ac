//! The fields of one object in a row: taken one by one, each once, and none left over.

use super::json::Json;

/// Why a row cannot be taken: where, and what is wrong there. Names places by number and fields by
/// the names of the format, so that nothing of the file's content is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{problem}")]
pub struct BadRow {
    /// `items[3].minutes: `, or nothing for the row itself.
    place: String,
    /// In words.
    problem: String,
}

impl BadRow {
    /// A problem at a place of the row; an empty place is the row itself.
    pub fn at(place: &str, problem: impl Into<String>) -> Self {
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        Self { place, problem: problem.into() }
    }
}

/// The fields that have not been taken yet.
pub struct Fields {
    place: String,
    rest: Vec<(String, Json)>,
}

impl Fields {
    /// Opens the object at `place`.
    ///
    /// # Errors
    /// [`BadRow`] when it is none.
    pub fn open(place: impl Into<String>, value: Json) -> Result<Self, BadRow> {
        let place = place.into();
        match value {
            Json::Object(rest) => Ok(Self { place, rest }),
            _ => Err(BadRow::at(&place, "an object belongs here")),
        }
    }

    /// Where a field stands.
    pub fn place(&self, field: &str) -> String {
        if self.place.is_empty() { field.to_owned() } else { format!("{}.{field}", self.place) }
    }

    fn bad(&self, field: &str, problem: &str) -> BadRow {
        BadRow::at(&self.place(field), problem)
    }

    fn take(&mut self, field: &str) -> Option<Json> {
        let at = self.rest.iter().position(|(name, _)| name == field)?;
        match self.rest.remove(at).1 {
            Json::Null => None,
            value => Some(value),
        }
    }

    /// A text, when there is one.
    ///
    /// # Errors
    /// [`BadRow`] for another type; so for all the other takers.
    pub fn text(&mut self, field: &str) -> Result<Option<String>, BadRow> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.bad(field, "a text belongs here")),
        }
    }

    /// A text that must be there and not be blank.
    ///
    /// # Errors
    /// [`BadRow`].
    pub fn required(&mut self, field: &str) -> Result<String, BadRow> {
        match self.text(field)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(self.bad(field, "it is empty")),
            None => Err(self.bad(field, "it is missing")),
        }
    }

    /// A whole number, when there is one.
    ///
    /// # Errors
    /// [`BadRow`].
    pub fn number(&mut self, field: &str) -> Result<Option<i64>, BadRow> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Number(number)) => Ok(Some(number)),
            Some(_) => Err(self.bad(field, "a whole number belongs here")),
        }
    }

    /// Yes or no, when it is said.
    ///
    /// # Errors
    /// [`BadRow`].
    pub fn flag(&mut self, field: &str) -> Result<Option<bool>, BadRow> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Flag(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.bad(field, "true or false belongs here")),
        }
    }

    /// A list, empty when it is not there.
    ///
    /// # Errors
    /// [`BadRow`].
    pub fn list(&mut self, field: &str) -> Result<Vec<Json>, BadRow> {
        match self.take(field) {
            None => Ok(Vec::new()),
            Some(Json::List(list)) => Ok(list),
            Some(_) => Err(self.bad(field, "a list belongs here")),
        }
    }

    /// The entries of an object whose keys are outside ids: each with its id and its place, which
    /// counts from 1.
    ///
    /// # Errors
    /// [`BadRow`].
    pub fn entries(&mut self, field: &str) -> Result<Vec<(String, String, Json)>, BadRow> {
        let entries = match self.take(field) {
            None => Vec::new(),
            Some(Json::Object(entries)) => entries,
            Some(_) => {
                return Err(self.bad(field, "an object with outside ids as keys belongs here"));
            }
        };
        let place = self.place(field);
        Ok(entries
            .into_iter()
            .enumerate()
            .map(|(at, (id, value))| (id, format!("{place}[{}]", at + 1), value))
            .collect())
    }

    /// Nothing may be left: a field with a wrong name would be lost without a word.
    ///
    /// # Errors
    /// [`BadRow`] that lists the known names.
    pub fn done(self, known: &[&str]) -> Result<(), BadRow> {
        if self.rest.iter().all(|(_, value)| *value == Json::Null) {
            return Ok(());
        }
        let problem = format!("a field with an unknown name; known are {}", known.join(", "));
        Err(BadRow::at(&self.place, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::open("items[2]", serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn a_problem_names_the_place_and_never_the_value() {
        let mut row = fields("{\"title\": 12345678, \"minutes\": \"Karen Opdigtet\"}");
        let title = row.required("title").unwrap_err().to_string();
        assert_eq!(title, "items[2].title: a text belongs here");
        let minutes = row.number("minutes").unwrap_err().to_string();
        assert_eq!(minutes, "items[2].minutes: a whole number belongs here");
        let left = fields("{\"Karen Opdigtet\": 1}").done(&["title"]).unwrap_err().to_string();
        assert_eq!(left, "items[2]: a field with an unknown name; known are title");
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let mut row = fields("{\"title\": null, \"text\": \"  \", \"own\": true}");
        assert_eq!(row.text("title"), Ok(None));
        assert!(row.required("title").is_err() && row.required("text").is_err());
        assert_eq!(row.flag("own"), Ok(Some(true)));
        assert_eq!(row.done(&[]), Ok(()));
    }
}
