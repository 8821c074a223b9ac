-- Who the server is, who it knows, and who belongs where.

-- Singletons: secrets, the signed pins. One table, because each is read once at start.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- Stretches of the server's life. A roll-back opens a new one; one that only a cursor told of is
-- kept as lost, so that the second tablet that comes with it opens nothing more.
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    epoch  BLOB NOT NULL UNIQUE,
    opened INTEGER NOT NULL,
    lost   INTEGER NOT NULL
);

-- The last seq of each stream before an epoch began: a cursor beyond it belongs to lost rows.
CREATE TABLE epoch_streams (
    number INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (number, stream)
) WITHOUT ROWID;

-- A team is its stream; 0 is the common one. The head lies here, so that publishing locks one row.
CREATE TABLE streams (
    stream  INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    head    INTEGER NOT NULL DEFAULT 0,
    running BLOB NOT NULL DEFAULT (zeroblob(16))
);
INSERT INTO streams (stream, name) VALUES (0, '');

CREATE TABLE devices (
    number       INTEGER PRIMARY KEY,
    key          BLOB NOT NULL,
    install      BLOB NOT NULL,
    status       INTEGER NOT NULL,
    certificate  BLOB NOT NULL,
    enrolled     INTEGER NOT NULL,
    -- Rises with every change of what the device may read; the list travels only when it differs.
    scope_serial INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE device_streams (
    device INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    -- The stream's head when the device came: earlier rows reach it by bucket, later by cursor.
    since  INTEGER NOT NULL,
    PRIMARY KEY (device, stream)
) WITHOUT ROWID;
CREATE INDEX device_streams_by_stream ON device_streams (stream);

-- At most four unused nonces a device, oldest first, in one value: every request reads and writes
-- exactly one row of this table and nothing else when there is no news.
CREATE TABLE nonces (
    device INTEGER PRIMARY KEY,
    unused BLOB NOT NULL
);

-- A number for every certificate id that an entry names; bytes come when the certificate does.
CREATE TABLE certificates (
    number INTEGER PRIMARY KEY,
    id     BLOB NOT NULL UNIQUE,
    device INTEGER,
    carer  BLOB,
    from_  INTEGER,
    until  INTEGER,
    bytes  BLOB
);
CREATE INDEX certificates_by_carer ON certificates (carer, device, until) WHERE carer IS NOT NULL;
CREATE INDEX certificates_by_device ON certificates (device) WHERE carer IS NULL;

-- Which device has which certificate, so that each travels once.
CREATE TABLE certificates_held (
    device      INTEGER NOT NULL,
    certificate INTEGER NOT NULL,
    PRIMARY KEY (device, certificate)
) WITHOUT ROWID;

CREATE TABLE carers (
    carer BLOB PRIMARY KEY,
    name  TEXT NOT NULL,
    roles INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE carer_streams (
    carer  BLOB NOT NULL,
    stream INTEGER NOT NULL,
    PRIMARY KEY (carer, stream)
) WITHOUT ROWID;

CREATE TABLE citizens (
    citizen BLOB PRIMARY KEY,
    stream  INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    outside TEXT UNIQUE
) WITHOUT ROWID;
CREATE INDEX citizens_by_stream ON citizens (stream);
