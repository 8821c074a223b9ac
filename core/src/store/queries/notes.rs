//! SQL of the notes as screens read them.

use rusqlite::{Row as SqlRow, params};

use super::cells::{bytes, cbor, hash, maybe_bytes, number_of, of_number, unsigned};
use crate::care::note::{Author, Note};
use crate::ids::{CarerId, ChangeHash, CitizenId, DeviceNumber, NoteId};
use crate::store::logged::State;
use crate::store::rebuilding::Lines;
use crate::store::{StoreError, Tx};
use crate::time::{LocalDay, UnixSeconds};
use crate::wire::entry::ClockMark;
use crate::wire::to_bytes;

/// A note and what the log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// The note, with its author: whom the change's certificate names, or another system's word.
    pub note: Note,
    /// The change that it is.
    pub hash: ChangeHash,
    /// When the server first had it (L3).
    pub received: Option<UnixSeconds>,
    /// What its tablet knew of its clock when it was written (L3).
    pub clock: ClockMark,
    /// What the server made of it.
    pub state: State,
    /// Whether it says something that this version does not know.
    pub newer: bool,
}

/// What the projection keeps of a note.
pub(in crate::store) struct NoteCells {
    pub(in crate::store) change: i64,
    pub(in crate::store) note: Note,
    pub(in crate::store) newer: bool,
}

const SELECT: &str = "SELECT n.content, n.newer, c.hash, c.received, c.state, t.carer, c.device, \
    c.clock_mark \
    FROM notes n JOIN changes c ON c.id = n.change \
    LEFT JOIN certificates t ON t.id = c.certificate";

fn note_row(row: &SqlRow<'_>) -> rusqlite::Result<NoteRow> {
    let mut note: Note = cbor(row, 0)?;
    let carer = maybe_bytes(row, 5)?.map(CarerId);
    // Another system's word stands in the note itself.
    if let (Author::Municipality, Some(carer)) = (&note.author, carer) {
        note.author = Author::Carer(carer);
    }
    let state: u8 = unsigned(row, 4)?;
    let received: Option<i64> = row.get(3)?;
    Ok(NoteRow {
        note,
        hash: hash(row, 2)?,
        received: received.map(UnixSeconds),
        state: State::from_number(state)
            .ok_or(rusqlite::Error::IntegralValueOutOfRange(4, i64::from(state)))?,
        newer: row.get(1)?,
        clock: of_number(row, 7)?,
    })
}

impl Tx<'_> {
    pub(in crate::store) fn put_note(&mut self, cells: &NoteCells) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR REPLACE INTO notes (note, change, citizen, kind, written, \
            points_at, needs_action, day, content, newer) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let note = &cells.note;
        self.run(
            SQL,
            params![
                note.id.0,
                cells.change,
                note.citizen.0,
                number_of(note.kind),
                note.written.0,
                note.points_at.map(|target| target.0),
                note.needs_action(),
                note.visit.map(|visit| visit.day.0),
                to_bytes(note),
                cells.newer,
            ],
        )
        .map(drop)
    }

    pub(in crate::store) fn unproject_note(&mut self, note: NoteId) -> Result<(), StoreError> {
        self.run("DELETE FROM notes WHERE note = ?1", [note.0]).map(drop)
    }

    /// One note.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note(&self, note: NoteId) -> Result<Option<NoteRow>, StoreError> {
        self.one(&format!("{SELECT} WHERE n.note = ?1"), [note.0], note_row)
    }

    /// A citizen's notes that were written before a time, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn notes_of(
        &self,
        citizen: CitizenId,
        before: UnixSeconds,
        limit: u32,
    ) -> Result<Vec<NoteRow>, StoreError> {
        let sql = format!(
            "{SELECT} WHERE n.citizen = ?1 AND n.written < ?2 \
             ORDER BY n.written DESC, n.note DESC LIMIT ?3"
        );
        self.all(&sql, params![citizen.0, before.0, limit], note_row)
    }

    /// The notes that point at another one: corrections beside the original, takings and answers
    /// beside a handover. In the order of writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn notes_about(&self, target: NoteId) -> Result<Vec<NoteRow>, StoreError> {
        let sql = format!("{SELECT} WHERE n.points_at = ?1 ORDER BY n.written, n.note");
        self.all(&sql, [target.0], note_row)
    }

    /// Handovers and advis that nobody has answered yet, the oldest first. Takings are among
    /// [`Tx::notes_about`] each: two takers are both shown.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_questions(&self) -> Result<Vec<NoteRow>, StoreError> {
        // 2 handover, 5 advis; 4 and 6 their answers.
        let sql = format!(
            "{SELECT} WHERE (n.kind = 2 OR n.kind = 5) AND NOT EXISTS \
             (SELECT 1 FROM notes a WHERE a.points_at = n.note AND a.kind IN (4, 6)) \
             ORDER BY n.written, n.note"
        );
        self.all(&sql, [], note_row)
    }

    /// The notes of a day's visits, in the order of writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn notes_of_day(&self, day: LocalDay) -> Result<Vec<NoteRow>, StoreError> {
        let sql = format!("{SELECT} WHERE n.day = ?1 ORDER BY n.written, n.note");
        self.all(&sql, [day.0], note_row)
    }

    /// A carer's last note of a citizen: "nyt siden sidst" counts from its heads (M03).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_note_by(
        &self,
        citizen: CitizenId,
        carer: CarerId,
    ) -> Result<Option<NoteRow>, StoreError> {
        let sql = format!(
            "{SELECT} WHERE n.citizen = ?1 AND t.carer = ?2 \
             ORDER BY n.written DESC, n.note DESC LIMIT 1"
        );
        self.one(&sql, params![citizen.0, carer.0], note_row)
    }

    /// Every note, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn all_notes(&self) -> Result<Vec<NoteRow>, StoreError> {
        self.all(&format!("{SELECT} ORDER BY n.note"), [], note_row)
    }

    /// How many rows of the log cannot be shown here ("opdatér").
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unreadable_count(&self) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM changes WHERE standing = 2";
        Ok(self.one(SQL, [], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    /// The devices whose rows the log holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn signing_devices(&self) -> Result<Vec<DeviceNumber>, StoreError> {
        const SQL: &str = "SELECT DISTINCT device FROM changes WHERE number IS NOT NULL";
        self.all(SQL, [], |row| Ok(DeviceNumber(unsigned(row, 0)?)))
    }

    pub(in crate::store) fn note_lines(&self) -> Result<Lines, StoreError> {
        const SQL: &str = "SELECT note, change || ' ' || kind || ' ' || written || ' ' || \
            needs_action || ' ' || COALESCE(day, '-') || ' ' || newer || ' ' || hex(citizen) || \
            ' ' || COALESCE(hex(points_at), '-') || ' ' || hex(content) FROM notes ORDER BY note";
        self.all(SQL, [], |row| {
            let line: String = row.get(1)?;
            Ok((bytes::<16>(row, 0)?.to_vec(), line.into_bytes()))
        })
    }
}
