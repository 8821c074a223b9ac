-- What was pushed, whatever became of it.

-- Batches as they were signed. Kept for ever: a signature must verify after years.
CREATE TABLE batches (
    key      INTEGER PRIMARY KEY,
    device   INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    state    INTEGER NOT NULL, -- 0 chained, 1 carried by a colleague, 2 replaced
    received INTEGER NOT NULL,
    signed   BLOB NOT NULL,
    receipt  BLOB,
    UNIQUE (device, number, hash)
);

-- Pushes that do not fit the chain (early, forked): nothing that somebody signed is thrown away.
CREATE TABLE aside (
    device   INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    why      INTEGER NOT NULL, -- 0 early, 1 fork
    received INTEGER NOT NULL,
    push     BLOB NOT NULL,
    PRIMARY KEY (device, number, hash)
);

-- One row a change or record version: the change log. Its identity is (doc, hash).
CREATE TABLE entries (
    key         INTEGER PRIMARY KEY,
    doc         BLOB NOT NULL,
    hash        BLOB NOT NULL,
    kind        INTEGER NOT NULL, -- 0 change, 1 record
    citizen     BLOB,
    schema      INTEGER NOT NULL,
    certificate INTEGER NOT NULL,
    written     INTEGER NOT NULL,
    raw_clock   INTEGER NOT NULL,
    clock_mark  INTEGER NOT NULL,
    replaces    BLOB,
    content     BLOB,             -- null when withheld
    device      INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    batch       INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    state       INTEGER NOT NULL, -- 0 parked, 1 held, 2 refused, 3 set aside, 4 published
    reason      INTEGER,
    stream      INTEGER,
    seq         INTEGER,
    bucket      INTEGER,
    actor       BLOB,
    actor_seq   INTEGER,
    max_op      INTEGER,
    UNIQUE (doc, hash)
);
CREATE INDEX entries_by_origin ON entries (device, number, position);
-- The gate's questions about authors are asked of plans only (tag 0): a note has one change.
CREATE INDEX entries_by_author ON entries (doc, actor, actor_seq) WHERE substr(doc, 1, 1) = x'00';
-- What waits or needs a person; small, and read by boards.
CREATE INDEX entries_open ON entries (state, key) WHERE state < 2;

-- What a parked entry waits for; an empty `dep` stands for a newer schema.
CREATE TABLE missing (
    doc   BLOB NOT NULL,
    dep   BLOB NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (doc, dep, entry)
) WITHOUT ROWID;
CREATE INDEX missing_by_entry ON missing (entry);

-- The verdict log: one line a run of equal verdicts, with a running hash for its cursor.
CREATE TABLE verdicts (
    device  INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    run     BLOB NOT NULL, -- the run as it travels
    running BLOB NOT NULL,
    PRIMARY KEY (device, seq)
) WITHOUT ROWID;
