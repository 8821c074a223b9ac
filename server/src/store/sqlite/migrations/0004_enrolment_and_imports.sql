-- How tablets join, and what came from other systems.

-- The code itself is not here: `name` finds it, `mac_key` proves it. Rows outlive their quarter of
-- an hour by a day, so that an answer that was lost can be given again and a count can be made.
CREATE TABLE enrolment_codes (
    kind    INTEGER NOT NULL, -- 0 scanned, 1 typed
    name    BLOB NOT NULL,
    mac_key BLOB NOT NULL,
    team    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used_by INTEGER,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

-- Which outside id became which id of ours. `said` is what the file said last: an import changes
-- only what the file changed since, and never takes back what a carer wrote.
CREATE TABLE imported (
    citizen BLOB NOT NULL,
    kind    TEXT NOT NULL, -- a section of the plan, or 'note'
    outside TEXT NOT NULL,
    id      BLOB NOT NULL,
    said    BLOB NOT NULL,
    PRIMARY KEY (citizen, kind, outside)
) WITHOUT ROWID;
