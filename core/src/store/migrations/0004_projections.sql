-- Projections: what the screens ask for. Caches of the log, kept in the transaction that stores a
-- change, rebuilt by one verb and compared. Authors are never copied here: a change's certificate
-- names him, whenever it arrives.

-- Every value that a plan holds, the shown one of a field first.
CREATE TABLE plan_values (
    citizen     BLOB NOT NULL,
    generation  INTEGER NOT NULL,
    section     TEXT NOT NULL,
    entry       TEXT NOT NULL,
    field       TEXT NOT NULL,
    place       INTEGER NOT NULL,  -- 0 is shown; 1 and more are in conflict with it
    value       BLOB,              -- CBOR of a Scalar; none for what a newer version put there
    hash        BLOB NOT NULL,     -- the change that put it there
    counter     INTEGER,           -- and the operation; both none when several put this value
    actor       BLOB,
    PRIMARY KEY (citizen, generation, section, entry, field, place)
) WITHOUT ROWID;
-- A field is in conflict exactly when it has a value at place 1.
CREATE INDEX plan_conflicts ON plan_values (citizen) WHERE place = 1;

-- The map that each entry of a plan is: changes name it and not the entry. An entry that is several
-- maps is not here.
CREATE TABLE plan_entries (
    citizen     BLOB NOT NULL,
    generation  INTEGER NOT NULL,
    counter     INTEGER NOT NULL,
    actor       BLOB NOT NULL,
    section     TEXT NOT NULL,
    entry       TEXT NOT NULL,
    PRIMARY KEY (citizen, generation, counter, actor)
) WITHOUT ROWID;

CREATE TABLE notes (
    note          BLOB PRIMARY KEY,
    change        INTEGER NOT NULL,  -- changes.id
    citizen       BLOB NOT NULL,
    kind          INTEGER NOT NULL,  -- NoteKind's number
    written       INTEGER NOT NULL,
    points_at     BLOB,
    needs_action  INTEGER NOT NULL,
    day           INTEGER,           -- of the visit
    content       BLOB NOT NULL,     -- CBOR of the note, its author left blank
    newer         INTEGER NOT NULL   -- what of it this version does not know
) WITHOUT ROWID;
CREATE INDEX notes_citizen ON notes (citizen, written);
CREATE INDEX notes_day ON notes (day) WHERE day IS NOT NULL;
-- Corrections beside originals, takings and answers beside handovers.
CREATE INDEX notes_target ON notes (points_at) WHERE points_at IS NOT NULL;
-- Handovers (2) and advis (5), of which few are open.
CREATE INDEX notes_asked ON notes (written) WHERE kind = 2 OR kind = 5;

-- The version of each record that counts: the latest one here, an own one before it is published.
CREATE TABLE records (
    kind     INTEGER NOT NULL,
    id       BLOB NOT NULL,
    change   INTEGER NOT NULL,  -- changes.id
    citizen  BLOB,
    payload  BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX records_citizen ON records (citizen, kind) WHERE citizen IS NOT NULL;

-- Visits on the driving list, out of the records of kind shift.
CREATE TABLE visits (
    citizen  BLOB NOT NULL,
    day      INTEGER NOT NULL,
    part     INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    record   BLOB NOT NULL,     -- the record's id
    carer    BLOB,
    planned  BLOB NOT NULL,     -- CBOR of the PlannedVisit
    PRIMARY KEY (citizen, day, part, number, record)
) WITHOUT ROWID;
CREATE INDEX visits_day ON visits (day, carer);
CREATE INDEX visits_record ON visits (record);
