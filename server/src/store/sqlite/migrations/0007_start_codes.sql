-- What carers begin with on a tablet. The code itself is not here.
CREATE TABLE start_codes (
    name    BLOB PRIMARY KEY,
    mac_key BLOB NOT NULL,
    carer   BLOB NOT NULL,
    expires INTEGER NOT NULL,
    used_by INTEGER
) WITHOUT ROWID;
