-- Relatives and what they are told.

-- The number is here and nowhere else: not in documents, not in records, not in logs (L14).
CREATE TABLE relatives (
    relative BLOB PRIMARY KEY,
    citizen  BLOB NOT NULL,
    phone    TEXT NOT NULL
) WITHOUT ROWID;

-- What digests need of notes; there is no column for words. A cache of the change log.
CREATE TABLE facts (
    note      BLOB PRIMARY KEY,
    citizen   BLOB NOT NULL,
    kind      TEXT NOT NULL,
    day       INTEGER NOT NULL,
    points_at BLOB,
    phrases   BLOB NOT NULL, -- two bytes each, big endian
    as_agreed INTEGER
) WITHOUT ROWID;
CREATE INDEX facts_by_day ON facts (citizen, day);
CREATE INDEX facts_by_target ON facts (points_at) WHERE points_at IS NOT NULL;

-- How far each stream was read for facts.
CREATE TABLE projected (
    stream INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL
);

-- One row a relative and day, whatever happens: the key is what keeps a second SMS from leaving.
CREATE TABLE outbox_sms (
    relative  BLOB NOT NULL,
    day       INTEGER NOT NULL,
    reference BLOB NOT NULL UNIQUE,
    text      TEXT NOT NULL,
    state     INTEGER NOT NULL, -- 0 composed, 1 claimed, 2 sent, 3 unknown, 4 refused, 5 withdrawn
    at        INTEGER NOT NULL,
    PRIMARY KEY (relative, day)
) WITHOUT ROWID;
CREATE INDEX outbox_sms_by_state ON outbox_sms (state, day) WHERE state < 2;
CREATE INDEX outbox_sms_by_day ON outbox_sms (day);
