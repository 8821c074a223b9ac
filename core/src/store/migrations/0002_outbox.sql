-- What this tablet wrote and the server has not closed yet, and what became of it.

CREATE TABLE outbox (
    id        INTEGER PRIMARY KEY,  -- the order of writing is the order of sending
    change    INTEGER NOT NULL UNIQUE REFERENCES changes (id),
    command   BLOB NOT NULL,        -- the typed command, to be carried out anew if need be
    heads     BLOB NOT NULL,        -- the heads it was written on, 32 bytes each
    author    BLOB NOT NULL,
    cut       INTEGER NOT NULL,     -- whether it lies in a batch
    verdict   BLOB,                 -- the latest one
    open      INTEGER NOT NULL      -- "på vej" until a verdict closes it
);
CREATE INDEX outbox_open ON outbox (id) WHERE open = 1;
CREATE INDEX outbox_uncut ON outbox (id) WHERE cut = 0;

-- Batches as they were signed, stored before they are first sent and resent byte for byte. One
-- that was cut anew keeps its number and stays beside its successor.
CREATE TABLE batches (
    number    INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    cose      BLOB NOT NULL,
    made      INTEGER NOT NULL,
    replaced  INTEGER NOT NULL,  -- 1: another of this number counts
    receipt   BLOB,              -- as the server signed it
    PRIMARY KEY (number, hash)
) WITHOUT ROWID;

-- Unfinished notes, saved at each tick; opaque to the store.
CREATE TABLE drafts (
    visit  BLOB NOT NULL,
    carer  BLOB NOT NULL,
    body   BLOB NOT NULL,
    saved  INTEGER NOT NULL,
    PRIMARY KEY (visit, carer)
) WITHOUT ROWID;
