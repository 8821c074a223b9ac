//! Questions whose answer is no row: what would point at nothing, or say what no version writes.
//! Each names its rows by an id or a number, never by a name, a number of a telephone or a text.

/// Table, what is wrong, and the rows.
pub(super) const LOOSE: [(&str, &str, &str); 27] = [
    (
        "entries",
        "its certificate has no row",
        "SELECT CAST(e.key AS TEXT) AS key FROM entries e
      LEFT JOIN certificates c ON c.number = e.certificate WHERE c.number IS NULL",
    ),
    (
        "entries",
        "its place in the stream holds another entry",
        "SELECT CAST(e.key AS TEXT) AS key
      FROM entries e LEFT JOIN stream_rows r ON r.stream = e.stream AND r.seq = e.seq
      WHERE e.state = 4 AND r.entry IS NOT e.key",
    ),
    (
        "entries",
        "it is not published and has a place",
        "SELECT CAST(key AS TEXT) AS key FROM entries
      WHERE state <> 4 AND (stream IS NOT NULL OR seq IS NOT NULL OR bucket IS NOT NULL)",
    ),
    (
        "entries",
        "it is parked and waits for nothing",
        "SELECT CAST(e.key AS TEXT) AS key
      FROM entries e WHERE e.state = 0 AND NOT EXISTS
      (SELECT 1 FROM missing m WHERE m.entry = e.key)",
    ),
    (
        "missing",
        "it belongs to no parked entry",
        "SELECT CAST(m.entry AS TEXT) AS key FROM missing m
      LEFT JOIN entries e ON e.key = m.entry AND e.doc = m.doc AND e.state = 0
      WHERE e.key IS NULL",
    ),
    (
        "devices",
        "its certificate is not there",
        "SELECT CAST(d.number AS TEXT) AS key FROM devices d
      LEFT JOIN certificates c ON c.id = d.certificate AND c.device = d.number
      AND c.carer IS NULL AND c.bytes IS NOT NULL WHERE c.number IS NULL",
    ),
    (
        "devices",
        "its status is none",
        "SELECT CAST(number AS TEXT) AS key FROM devices
      WHERE status NOT IN (0, 1, 2, 3) OR scope_serial < 1",
    ),
    (
        "devices",
        "a tablet that reads no team",
        "SELECT CAST(d.number AS TEXT) AS key FROM devices d
      WHERE d.number > 1 AND NOT EXISTS
      (SELECT 1 FROM device_streams s WHERE s.device = d.number)",
    ),
    (
        "device_streams",
        "its device or stream is not there",
        "SELECT CAST(s.device AS TEXT) AS key
      FROM device_streams s LEFT JOIN devices d ON d.number = s.device
      LEFT JOIN streams t ON t.stream = s.stream
      WHERE d.number IS NULL OR t.stream IS NULL OR s.since > t.head",
    ),
    (
        "nonces",
        "it is no device's, or no list of at most four",
        "SELECT CAST(n.device AS TEXT) AS key
      FROM nonces n LEFT JOIN devices d ON d.number = n.device
      WHERE d.number IS NULL OR length(n.unused) % 16 <> 0 OR length(n.unused) > 64",
    ),
    (
        "certificates_held",
        "its device or certificate is not there",
        "SELECT CAST(h.device AS TEXT) AS key FROM certificates_held h
      LEFT JOIN devices d ON d.number = h.device
      LEFT JOIN certificates c ON c.number = h.certificate
      WHERE d.number IS NULL OR c.number IS NULL",
    ),
    (
        "carers",
        "a carer without a team",
        "SELECT hex(c.carer) AS key FROM carers c
      WHERE NOT EXISTS (SELECT 1 FROM carer_streams s WHERE s.carer = c.carer)",
    ),
    (
        "carer_streams",
        "its carer or stream is not there",
        "SELECT hex(s.carer) AS key
      FROM carer_streams s LEFT JOIN carers c ON c.carer = s.carer
      LEFT JOIN streams t ON t.stream = s.stream WHERE c.carer IS NULL OR t.stream IS NULL",
    ),
    (
        "citizens",
        "its stream is not there",
        "SELECT hex(c.citizen) AS key FROM citizens c
      LEFT JOIN streams t ON t.stream = c.stream WHERE t.stream IS NULL OR c.since > t.head",
    ),
    (
        "citizens",
        "published rows are about a citizen who is not there",
        "SELECT hex(b.citizen) AS key FROM buckets b
      LEFT JOIN citizens c ON c.citizen = b.citizen
      WHERE length(b.citizen) > 0 AND c.citizen IS NULL",
    ),
    (
        "epoch_streams",
        "its epoch or stream is not there",
        "SELECT CAST(s.number AS TEXT) AS key
      FROM epoch_streams s LEFT JOIN epochs e ON e.number = s.number AND e.lost = 0
      LEFT JOIN streams t ON t.stream = s.stream
      WHERE e.number IS NULL OR t.stream IS NULL OR s.seq > t.head",
    ),
    (
        "epochs",
        "no epoch is the present one",
        "SELECT '1' AS key WHERE NOT EXISTS
      (SELECT 1 FROM epochs WHERE lost = 0)",
    ),
    (
        "epochs",
        "numbers are left out",
        "SELECT CAST(max(number) AS TEXT) AS key FROM epochs
      HAVING max(number) <> count(*) OR min(number) <> 1",
    ),
    (
        "epochs",
        "the common stream does not know where it began",
        "SELECT CAST(e.number AS TEXT)
      AS key FROM epochs e WHERE e.lost = 0 AND NOT EXISTS
      (SELECT 1 FROM epoch_streams s WHERE s.number = e.number AND s.stream = 0)",
    ),
    (
        "verdicts",
        "its epoch is not there",
        "SELECT v.device || ', ' || v.seq AS key FROM verdicts v
      LEFT JOIN epochs e ON e.number = v.epoch WHERE e.number IS NULL",
    ),
    (
        "aside",
        "its device is not there",
        "SELECT a.device || ', ' || a.number AS key FROM aside a
      LEFT JOIN devices d ON d.number = a.device
      WHERE d.number IS NULL OR a.why NOT IN (0, 1)",
    ),
    (
        "enrolment_codes",
        "its team, or the device that used it, is not there",
        "SELECT hex(c.name) AS key FROM enrolment_codes c LEFT JOIN streams t ON t.stream = c.team
      LEFT JOIN devices d ON d.number = c.used_by
      WHERE t.stream IS NULL OR (c.used_by IS NOT NULL AND d.number IS NULL)
      OR length(c.mac_key) <> 32",
    ),
    (
        "imported",
        "its citizen is not there",
        "SELECT hex(i.citizen) AS key FROM imported i
      LEFT JOIN citizens c ON c.citizen = i.citizen WHERE c.citizen IS NULL",
    ),
    (
        "imported",
        "no published note is what came from outside",
        "SELECT hex(i.citizen) || ' ' || hex(i.id) AS key FROM imported i
      WHERE i.kind = 'note' AND NOT EXISTS (SELECT 1 FROM entries e
      WHERE e.doc = CAST(x'01' || i.id AS BLOB) AND e.citizen = i.citizen)",
    ),
    (
        "relatives",
        "the citizen, or what the team knows of the relative, is not there",
        "SELECT hex(r.relative) AS key FROM relatives r
      LEFT JOIN citizens c ON c.citizen = r.citizen
      LEFT JOIN records k ON k.kind = 4 AND k.id = r.relative
      LEFT JOIN entries e ON e.key = k.entry AND e.citizen = r.citizen
      WHERE c.citizen IS NULL OR e.key IS NULL",
    ),
    (
        "outbox_sms",
        "its state is none, or its reference no reference",
        "SELECT hex(relative) || ', ' || day AS key FROM outbox_sms
      WHERE state NOT BETWEEN 0 AND 5 OR length(reference) <> 16",
    ),
    (
        "projected",
        "its stream is not there, or ends before",
        "SELECT CAST(p.stream AS TEXT) AS key
      FROM projected p LEFT JOIN streams t ON t.stream = p.stream
      WHERE t.stream IS NULL OR p.seq > t.head",
    ),
];
