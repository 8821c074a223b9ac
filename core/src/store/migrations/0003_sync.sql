-- What the tablet knows of the server, of its own rights and of its colleagues' signatures.

-- Single values by name, CBOR.
CREATE TABLE singles (
    name   TEXT PRIMARY KEY,
    value  BLOB NOT NULL
) WITHOUT ROWID;

-- How far each stream was read; moves in the transaction that stores the rows.
CREATE TABLE cursors (
    stream  INTEGER PRIMARY KEY,
    cursor  BLOB NOT NULL
);

-- Nonces of the server's, oldest first; each is spent once.
CREATE TABLE nonces (
    id     INTEGER PRIMARY KEY,
    nonce  BLOB NOT NULL UNIQUE,
    spent  INTEGER NOT NULL  -- the last one stays when it is spent
);

-- Whom the tablet may read, as the scope with the stored serial says.
CREATE TABLE grants (
    citizen  BLOB PRIMARY KEY,
    stream   INTEGER NOT NULL,
    covered  INTEGER NOT NULL
) WITHOUT ROWID;

-- Buckets that are still to be fetched, and the part to ask for next.
CREATE TABLE wanted (
    owner   BLOB NOT NULL,  -- citizen (16 bytes) or stream (4 bytes)
    bucket  INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    PRIMARY KEY (owner, bucket)
) WITHOUT ROWID;

-- Certificates as they were signed; immutable, so never asked for twice.
CREATE TABLE certificates (
    id       BLOB PRIMARY KEY,
    signed   BLOB NOT NULL,
    payload  BLOB NOT NULL,     -- CBOR of what was signed
    kind     INTEGER NOT NULL,  -- 0 device, 1 carer
    device   INTEGER NOT NULL,
    carer    BLOB,
    rank     INTEGER NOT NULL   -- the later counts: issued (device), the lease's end (carer)
) WITHOUT ROWID;
CREATE INDEX certificates_device ON certificates (device, kind, rank);

-- Colleagues' batches of which we hold rows, and their headers once they came; the digests of
-- entries that we hold are computed from the log.
CREATE TABLE headers (
    device    INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    header    BLOB,              -- none: to be asked for
    verified  INTEGER NOT NULL,
    received  INTEGER NOT NULL,  -- of one of its rows
    PRIMARY KEY (device, number)
) WITHOUT ROWID;
CREATE INDEX headers_missing ON headers (received) WHERE header IS NULL;
