-- Carers who have chosen a PIN on this tablet. It never syncs.
CREATE TABLE carers_here (
    carer     BLOB PRIMARY KEY,
    verifier  BLOB NOT NULL,  -- CBOR: salt and MAC of the PIN
    tries     BLOB NOT NULL   -- CBOR: how often it was wrong, and the wait that follows
) WITHOUT ROWID;
