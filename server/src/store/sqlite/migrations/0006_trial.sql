-- What the trial must know of a plan without loading it.

-- Which changes of a plan are published: a running hash over them.
CREATE TABLE plan_versions (
    doc     BLOB PRIMARY KEY,
    version BLOB NOT NULL
) WITHOUT ROWID;

-- Who may do an item (M14), a bit a role.
CREATE TABLE item_roles (
    citizen BLOB NOT NULL,
    item    BLOB NOT NULL,
    roles   INTEGER NOT NULL,
    PRIMARY KEY (citizen, item)
) WITHOUT ROWID;

-- What has been received and waits for its trial: few, and none when all goes well.
CREATE INDEX entries_received ON entries (key) WHERE state = 5;
