-- Times are milliseconds since 1970. Amounts are decimals as text: they are added up outside, exactly.
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    consecutive_failures INTEGER NOT NULL,
    forgotten_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session_tool (
    session INTEGER NOT NULL,
    tool TEXT NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (session, tool)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_label (
    session INTEGER NOT NULL,
    name TEXT NOT NULL,
    doubtful INTEGER NOT NULL,
    observed INTEGER NOT NULL,
    PRIMARY KEY (session, name, doubtful, observed)
) STRICT, WITHOUT ROWID;

-- `total` is what counts: of the entries, or without a window of everything there ever was. NULL: more than can be said.
CREATE TABLE counter (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    total TEXT,
    forgotten_at INTEGER NOT NULL
) STRICT;

-- What lies in a counter's window.
CREATE TABLE entry (
    counter INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (counter, at, seq)
) STRICT, WITHOUT ROWID;

-- `expired`: its lease has run out, and the session knows of it.
CREATE TABLE reservation (
    session INTEGER NOT NULL,
    call TEXT NOT NULL,
    lease TEXT NOT NULL,
    exceeded TEXT NOT NULL,
    tool TEXT NOT NULL,
    spent_if_lost INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    expired INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (session, call)
) STRICT, WITHOUT ROWID;

-- What calls in flight hold of a counter. `lost` is what one has spent if its lease runs out.
CREATE TABLE hold (
    counter INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    held TEXT NOT NULL,
    lost TEXT,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (counter, nonce)
) STRICT, WITHOUT ROWID;
