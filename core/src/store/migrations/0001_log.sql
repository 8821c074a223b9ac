-- The change log: the truth that everything else on the tablet can be rebuilt from.
--
-- One row for each change of a plan or note and each version of a record, own and foreign alike,
-- named by (doc, hash). A row is never deleted because of an error: what cannot be applied stays,
-- counts in the digest, and waits.

CREATE TABLE changes (
    id           INTEGER PRIMARY KEY,
    doc          BLOB NOT NULL,     -- DocId's bytes; the first one tells plan, note or record
    form         INTEGER NOT NULL,  -- that first byte: 0 plan, 1 note, 2 record
    hash         BLOB NOT NULL,
    citizen      BLOB,              -- as the manifest names it; none for directory, settings, shifts
    content      BLOB,              -- a change's chunk, a record's salt ‖ payload; none when withheld
    schema       INTEGER NOT NULL,
    certificate  BLOB NOT NULL,     -- says the author, also when it arrives after the row
    written      INTEGER NOT NULL,  -- lease time, Unix seconds
    raw_clock    INTEGER NOT NULL,
    clock_mark   INTEGER NOT NULL,
    replaces     BLOB,
    -- What G1 asks for (a change's only; 0 and none for records and withheld content).
    actor        BLOB,
    seq          INTEGER NOT NULL,
    max_op       INTEGER NOT NULL,
    -- Where it was signed; none until an own row is cut into a batch.
    device       INTEGER,
    number       INTEGER,
    position     INTEGER,
    -- What the server made of it: 0 nothing yet, 1 published, 2 held, 3 refused, 4 restricted or
    -- erased, 5 set aside for one that replaces it.
    state        INTEGER NOT NULL,
    -- What this tablet made of it: 0 applied, 1 waits for a dependency, 2 cannot be read here,
    -- 3 set aside, 4 withheld.
    standing     INTEGER NOT NULL,
    -- Where it was published; all four or none.
    stream       INTEGER,
    stream_seq   INTEGER,
    received     INTEGER,
    bucket       INTEGER            -- Bucket's number: follows from form and received
);
CREATE UNIQUE INDEX changes_name ON changes (doc, hash);
-- Verdicts and batch headers name rows by where they were signed.
CREATE INDEX changes_origin ON changes (device, number, position) WHERE number IS NOT NULL;
-- G1 asks for an actor's last change of a plan; a note has one change only.
CREATE INDEX changes_actor ON changes (doc, actor, seq) WHERE form = 0;
-- What waits, plan by plan.
CREATE INDEX changes_waiting ON changes (doc) WHERE standing = 1;
-- What cannot be shown here, of which there is little.
CREATE INDEX changes_unreadable ON changes (doc) WHERE standing = 2;
-- What lies with the team or was refused, of which there is little.
CREATE INDEX changes_held ON changes (id) WHERE state IN (2, 3);
-- Hash lists, blobs and purges go bucket by bucket.
CREATE INDEX changes_bucket ON changes (citizen, bucket) WHERE stream IS NOT NULL;

-- Digests of published rows, kept row by row; recounting them from the log gives the same.
CREATE TABLE digests (
    owner   BLOB NOT NULL,     -- citizen (16 bytes), or stream (4 bytes) for rows without citizen
    bucket  INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    sum     BLOB NOT NULL,
    PRIMARY KEY (owner, bucket)
) WITHOUT ROWID;

-- A plan as it was after change `through`: a cache, thrown away whenever the log says otherwise.
CREATE TABLE snapshots (
    doc      BLOB PRIMARY KEY,
    through  INTEGER NOT NULL,  -- changes.id
    bytes    BLOB NOT NULL
);
