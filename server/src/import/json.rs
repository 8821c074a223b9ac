//! JSON that keeps the order of its keys and quotes nothing when it is wrong.
//!
//! An import file is about people. serde's own messages quote the value that they did not expect;
//! here every problem names a place and a kind of thing, never a value.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`, read as if the field were not there.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Any other number.
    Fraction,
    /// A text.
    Text(String),
    /// `[…]`
    List(Vec<Json>),
    /// `{…}` in the order of the file; the same key twice is an error.
    Object(Vec<(String, Json)>),
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(i64::try_from(number).map_or(Json::Fraction, Json::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Fraction)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        let mut keys = std::collections::HashSet::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom("a key stands there twice"));
            }
            fields.push((key, value));
        }
        Ok(Json::Object(fields))
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// One row of a file: where it begins, and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowText<'file> {
    /// Line of its first character, from 1.
    pub line: usize,
    /// The JSON of the row.
    pub text: &'file str,
}

/// A file has no list of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// Neither `[…]` nor an object with the list.
    #[error("the file is neither a list nor an object with the list {0:?}")]
    NoList(&'static str),
    /// The text ends, or goes on, where it must not.
    #[error("line {0}: this is not JSON")]
    NotJson(usize),
}

/// Cuts a file into the rows of its list: the file is the list, or an object that holds it under
/// `key` beside whatever else.
///
/// # Errors
/// [`BadFile`]; a broken row is found later, when it is read.
pub fn rows<'file>(file: &'file str, key: &'static str) -> Result<Vec<RowText<'file>>, BadFile> {
    let mut scan = Scan { text: file, at: 0 };
    scan.space();
    match scan.peek() {
        Some(b'[') => scan.list(),
        Some(b'{') => scan.list_under(key),
        _ => Err(BadFile::NoList(key)),
    }
}

/// Walks over JSON without reading it: enough to know where a value ends.
struct Scan<'file> {
    text: &'file str,
    at: usize,
}

impl<'file> Scan<'file> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        // A byte order mark, which some editors write, counts as space.
        let mark = self.at == 0 && self.text.starts_with('\u{feff}');
        self.at += if mark { 3 } else { 0 };
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn line(&self) -> usize {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn wrong<T>(&self) -> Result<T, BadFile> {
        Err(BadFile::NotJson(self.line()))
    }

    /// Steps over the byte, which must stand here.
    fn expect(&mut self, byte: u8) -> Result<(), BadFile> {
        if self.peek() != Some(byte) {
            return self.wrong();
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<&'file str, BadFile> {
        self.expect(b'"')?;
        let from = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let inside = self.text.get(from..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(inside);
                }
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return self.wrong(),
            }
        }
    }

    /// Steps over a value.
    fn value(&mut self) -> Result<&'file str, BadFile> {
        self.space();
        let from = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'[' | b'{') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b']' | b'}') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b']' | b'}') if depth == 0 => break,
                Some(_) => self.at += 1,
                None => break,
            }
        }
        let text = self.text.get(from..self.at).unwrap_or_default().trim_end();
        if depth > 0 || text.is_empty() { self.wrong() } else { Ok(text) }
    }

    fn list(&mut self) -> Result<Vec<RowText<'file>>, BadFile> {
        self.expect(b'[')?;
        let mut rows = Vec::new();
        let (mut line, mut counted) = (self.line(), self.at);
        self.space();
        if self.peek() == Some(b']') {
            return Ok(rows);
        }
        loop {
            self.space();
            // Counted on from row to row: a file of a municipality has hundreds of thousands of
            // lines.
            let between = self.text.as_bytes().get(counted..self.at).unwrap_or_default();
            line += between.iter().filter(|byte| **byte == b'\n').count();
            counted = self.at;
            rows.push(RowText { line, text: self.value()? });
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => return Ok(rows),
                _ => return self.wrong(),
            }
        }
    }

    fn list_under(&mut self, key: &'static str) -> Result<Vec<RowText<'file>>, BadFile> {
        self.expect(b'{')?;
        loop {
            self.space();
            if self.peek() == Some(b'}') {
                return Err(BadFile::NoList(key));
            }
            let name = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            if name == key {
                return match self.peek() {
                    Some(b'[') => self.list(),
                    _ => Err(BadFile::NoList(key)),
                };
            }
            self.value()?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => return Err(BadFile::NoList(key)),
                _ => return self.wrong(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_with_the_lines_where_they_begin() {
        let file = "{\n \"other\": [{}, \"]\"],\n \"citizens\": [\n  {\"id\": \"a]}\\\"\"},\n\n  {\n\"id\": 2}, 3\n]}";
        let rows = rows(file, "citizens").unwrap();
        let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [4, 6, 7]);
        let read: Vec<Json> =
            rows.iter().map(|row| serde_json::from_str(row.text).unwrap()).collect();
        assert_eq!(read[2], Json::Number(3));
        assert_eq!(read[0], Json::Object(vec![("id".into(), Json::Text("a]}\"".into()))]));
    }

    #[test]
    fn a_list_alone_is_a_file_too() {
        assert_eq!(rows("[]", "citizens"), Ok(vec![]));
        assert_eq!(rows("\u{feff} [ {} ]", "citizens").unwrap().len(), 1);
    }

    #[test]
    fn a_file_without_the_list_is_told_apart_from_one_that_is_no_json() {
        for file in ["", "7", "{}", "{\"shifts\": []}", "{\"citizens\": {}}"] {
            assert_eq!(rows(file, "citizens"), Err(BadFile::NoList("citizens")), "{file}");
        }
        for (file, line) in
            [("[\n1,\n", 3), ("[1 \n", 2), ("{\"a\"}", 1), ("[\n\"open", 2), ("[1,,2]", 1)]
        {
            assert_eq!(rows(file, "citizens"), Err(BadFile::NotJson(line)), "{file}");
        }
    }

    #[test]
    fn keys_keep_their_order_and_stand_there_once() {
        let read: Json = serde_json::from_str("{\"b\": 1, \"a\": 2.5}").unwrap();
        let Json::Object(fields) = read else { panic!("an object") };
        assert_eq!(fields, [("b".into(), Json::Number(1)), ("a".into(), Json::Fraction)]);
        assert!(serde_json::from_str::<Json>("{\"a\": 1, \"a\": 2}").is_err());
    }
}
