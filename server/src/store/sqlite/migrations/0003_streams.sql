-- What readers get: published rows in order, counted in buckets. All led by the stream.

CREATE TABLE stream_rows (
    stream  INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    entry   INTEGER NOT NULL,
    running BLOB NOT NULL, -- first half of the running hash up to and with this row
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID;

-- Count and sum of each bucket's rows, kept step by step. An empty citizen stands for the
-- stream's own records.
CREATE TABLE buckets (
    stream  INTEGER NOT NULL,
    citizen BLOB NOT NULL,
    bucket  INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    sum     BLOB NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    PRIMARY KEY (stream, citizen, bucket)
) WITHOUT ROWID;
CREATE INDEX entries_by_bucket ON entries (stream, citizen, bucket, seq) WHERE state = 4;

-- Parts of buckets as they travel: a cache, may be emptied at any time.
CREATE TABLE blobs (
    stream       INTEGER NOT NULL,
    citizen      BLOB NOT NULL,
    bucket       INTEGER NOT NULL,
    part         INTEGER NOT NULL,
    parts        INTEGER NOT NULL,
    upto         INTEGER NOT NULL,
    frame        BLOB NOT NULL,
    certificates BLOB NOT NULL,
    PRIMARY KEY (stream, citizen, bucket, part)
);

-- The present version of each record.
CREATE TABLE records (
    kind    INTEGER NOT NULL,
    id      BLOB NOT NULL,
    version INTEGER NOT NULL,
    stream  INTEGER NOT NULL,
    entry   INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX records_by_stream ON records (kind, stream, id);
