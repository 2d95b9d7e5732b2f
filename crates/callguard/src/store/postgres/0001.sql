-- Times are milliseconds since 1970, by the server's clock, and are looked at once every lock is held. Rows are locked in
-- one order: the session, then its counters by key.

CREATE TABLE {schema}.session (
    key text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    attempts bigint NOT NULL DEFAULT 0,
    calls bigint NOT NULL DEFAULT 0,
    consecutive_failures bigint NOT NULL DEFAULT 0,
    -- Runs by tool.
    calls_of jsonb NOT NULL DEFAULT '{}',
    -- Names with their marks, `doubtful` and `observed`: `10:name`.
    labels jsonb NOT NULL DEFAULT '{}',
    forgotten_at bigint NOT NULL
) WITH (fillfactor = 70);

-- `total` is what counts: of the entries, or without a window of everything there ever was.
CREATE TABLE {schema}.counter (
    key text PRIMARY KEY,
    total numeric NOT NULL DEFAULT 0,
    forgotten_at bigint NOT NULL
) WITH (fillfactor = 70);

-- What lies in a counter's window.
CREATE TABLE {schema}.entry (
    counter text NOT NULL,
    at bigint NOT NULL,
    amount numeric NOT NULL
);
CREATE INDEX entry_of_counter ON {schema}.entry (counter, at);

-- `expired`: its lease has run out, and the session knows of it.
CREATE TABLE {schema}.reservation (
    session text NOT NULL,
    call text NOT NULL,
    lease text NOT NULL,
    exceeded text NOT NULL,
    tool text NOT NULL,
    spent_if_lost boolean NOT NULL,
    expires_at bigint NOT NULL,
    expired boolean NOT NULL DEFAULT false,
    PRIMARY KEY (session, call)
);

-- What calls in flight hold of a counter. `lost` is what one has spent if its lease runs out.
CREATE TABLE {schema}.hold (
    counter text NOT NULL,
    nonce text NOT NULL,
    held numeric NOT NULL,
    lost numeric,
    expires_at bigint NOT NULL,
    PRIMARY KEY (counter, nonce)
);

CREATE FUNCTION {schema}.now_millis() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- Locks a session. A row that is deleted meanwhile is made again.
CREATE FUNCTION {schema}.lock_session(session_key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM 1 FROM {schema}.session WHERE key = session_key FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO {schema}.session (key, forgotten_at) VALUES (session_key, 0) ON CONFLICT DO NOTHING;
    END LOOP;
END
$$;

CREATE FUNCTION {schema}.lock_counters(counters jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    counter_key text;
BEGIN
    FOR counter_key IN SELECT DISTINCT c ->> 'key' COLLATE "C" FROM jsonb_array_elements(counters) c ORDER BY 1 LOOP
        LOOP
            PERFORM 1 FROM {schema}.counter WHERE key = counter_key FOR UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO {schema}.counter (key, forgotten_at) VALUES (counter_key, 0) ON CONFLICT DO NOTHING;
        END LOOP;
    END LOOP;
END
$$;

CREATE FUNCTION {schema}.counted(of jsonb, tool text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT of || jsonb_build_object(tool, coalesce((of ->> tool)::bigint, 0) + 1)
$$;

-- A locked session as it stands now: leases that have run out are counted.
CREATE FUNCTION {schema}.session_now(session_key text, now bigint, idle bigint)
RETURNS {schema}.session LANGUAGE plpgsql AS $$
DECLARE
    s {schema}.session;
    lost record;
BEGIN
    SELECT * INTO s FROM {schema}.session WHERE key = session_key;
    IF s.forgotten_at <= now THEN
        DELETE FROM {schema}.reservation WHERE session = session_key AND s.forgotten_at > 0;
        UPDATE {schema}.session SET version = 0, attempts = 0, calls = 0, consecutive_failures = 0, calls_of = '{}',
            labels = '{}', forgotten_at = now + idle WHERE key = session_key RETURNING * INTO s;
    END IF;
    FOR lost IN UPDATE {schema}.reservation SET expired = true
        WHERE session = session_key AND expires_at <= now AND NOT expired RETURNING tool, spent_if_lost LOOP
        IF lost.spent_if_lost THEN
            UPDATE {schema}.session SET version = version + 1, calls = calls + 1,
                consecutive_failures = consecutive_failures + 1, calls_of = {schema}.counted(calls_of, lost.tool)
                WHERE key = session_key RETURNING * INTO s;
        END IF;
    END LOOP;
    RETURN s;
END
$$;

CREATE FUNCTION {schema}.spend(counter_key text, window_millis bigint, amount numeric, at bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF window_millis IS NOT NULL THEN
        INSERT INTO {schema}.entry VALUES (counter_key, at, amount);
    END IF;
    UPDATE {schema}.counter SET total = total + amount WHERE key = counter_key;
END
$$;

-- A locked counter as it stands now: expired leases are out of it, and what has left the window too.
CREATE FUNCTION {schema}.counter_now(
    counter_key text, window_millis bigint, ttl bigint, now bigint, OUT ran numeric, OUT held numeric
) LANGUAGE plpgsql AS $$
DECLARE
    until bigint;
    lost_hold record;
    gone numeric;
BEGIN
    SELECT forgotten_at INTO until FROM {schema}.counter WHERE key = counter_key;
    IF until <= now AND until > 0 THEN
        DELETE FROM {schema}.entry WHERE counter = counter_key;
        DELETE FROM {schema}.hold WHERE counter = counter_key;
        UPDATE {schema}.counter SET total = 0 WHERE key = counter_key;
    END IF;
    -- Not at each look: that would write where nothing else does.
    IF until < now + ttl / 2 THEN
        UPDATE {schema}.counter SET forgotten_at = now + ttl WHERE key = counter_key;
    END IF;
    FOR lost_hold IN DELETE FROM {schema}.hold h WHERE h.counter = counter_key AND h.expires_at <= now
        RETURNING h.lost, h.expires_at LOOP
        IF lost_hold.lost IS NOT NULL THEN
            PERFORM {schema}.spend(counter_key, window_millis, lost_hold.lost, lost_hold.expires_at);
        END IF;
    END LOOP;
    IF window_millis IS NOT NULL THEN
        WITH past AS (
            DELETE FROM {schema}.entry e WHERE e.counter = counter_key AND e.at <= now - window_millis RETURNING e.amount
        )
        SELECT sum(past.amount) INTO gone FROM past;
        IF gone IS NOT NULL THEN
            UPDATE {schema}.counter SET total = total - gone WHERE key = counter_key;
        END IF;
    END IF;
    SELECT total INTO ran FROM {schema}.counter WHERE key = counter_key;
    SELECT coalesce(sum(h.held), 0) INTO held FROM {schema}.hold h WHERE h.counter = counter_key;
END
$$;

-- Adds labels; those that are new move the session on.
CREATE FUNCTION {schema}.gain(session_key text, gained jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    label text;
BEGIN
    FOR label IN SELECT * FROM jsonb_array_elements_text(gained) LOOP
        UPDATE {schema}.session SET version = version + 1, labels = labels || jsonb_build_object(label, true)
            WHERE key = session_key AND NOT labels ? label;
    END LOOP;
END
$$;

CREATE FUNCTION {schema}.view(s {schema}.session) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('version', s.version, 'attempts', s.attempts, 'calls', s.calls,
        'consecutive_failures', s.consecutive_failures, 'calls_of', s.calls_of, 'labels', s.labels)
$$;

-- q: session, count, idle, counters: [{key, window, ttl}].
CREATE FUNCTION {schema}.attempt(q jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    now bigint;
    s {schema}.session;
    counts boolean := (q ->> 'count')::boolean;
    asked jsonb;
    ran numeric;
    seen jsonb := '{}';
    attempts jsonb := '[]';
BEGIN
    PERFORM set_config('lock_timeout', q ->> 'timeout', true);
    PERFORM {schema}.lock_session(q ->> 'session');
    PERFORM {schema}.lock_counters(q -> 'counters');
    now := {schema}.now_millis();
    s := {schema}.session_now(q ->> 'session', now, (q ->> 'idle')::bigint);
    FOR asked IN SELECT * FROM jsonb_array_elements(q -> 'counters') LOOP
        IF NOT seen ? (asked ->> 'key') THEN
            SELECT c.ran + 1 INTO ran FROM {schema}.counter_now(
                asked ->> 'key', (asked ->> 'window')::bigint, (asked ->> 'ttl')::bigint, now) c;
            IF counts THEN
                PERFORM {schema}.spend(asked ->> 'key', (asked ->> 'window')::bigint, 1, now);
            END IF;
            seen := seen || jsonb_build_object(asked ->> 'key', ran);
        END IF;
        attempts := attempts || (seen -> (asked ->> 'key'));
    END LOOP;
    IF counts THEN
        UPDATE {schema}.session SET attempts = session.attempts + 1, forgotten_at = now + (q ->> 'idle')::bigint
            WHERE key = s.key RETURNING * INTO s;
    ELSE
        -- A dry run shows where the session would stand.
        s.attempts := s.attempts + 1;
    END IF;
    RETURN jsonb_build_object('attempts', attempts, 'view', {schema}.view(s));
END
$$;

-- q: session, call, lease, nonce, tool, expected, peek, spent_if_lost, lasts, idle, labels,
-- wants: [{key, holds, window, ttl, adds, held, lost, at_most, binding}].
CREATE FUNCTION {schema}.reserve(q jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    now bigint;
    s {schema}.session;
    known {schema}.reservation;
    peeks boolean := (q ->> 'peek')::boolean;
    spent boolean := (q ->> 'spent_if_lost')::boolean;
    want jsonb;
    total numeric;
    beyond boolean;
    exceeded text := '';
    refused boolean := false;
BEGIN
    PERFORM set_config('lock_timeout', q ->> 'timeout', true);
    PERFORM {schema}.lock_session(q ->> 'session');
    PERFORM {schema}.lock_counters(q -> 'wants');
    now := {schema}.now_millis();
    s := {schema}.session_now(q ->> 'session', now, (q ->> 'idle')::bigint);
    IF NOT peeks THEN
        SELECT * INTO known FROM {schema}.reservation WHERE session = s.key AND call = q ->> 'call';
        IF known.expires_at > now THEN
            RETURN jsonb_build_object('kind', 'granted', 'lease', known.lease, 'exceeded', known.exceeded);
        END IF;
    END IF;
    IF (q ->> 'expected')::bigint <> s.version THEN
        RETURN jsonb_build_object('kind', 'stale', 'view', {schema}.view(s));
    END IF;
    FOR want IN SELECT * FROM jsonb_array_elements(q -> 'wants') LOOP
        SELECT c.ran + c.held INTO total FROM {schema}.counter_now(
            want ->> 'key', (want ->> 'window')::bigint, (want ->> 'ttl')::bigint, now) c;
        beyond := coalesce(total + (want ->> 'adds')::numeric > (want ->> 'at_most')::numeric, true);
        exceeded := exceeded || CASE WHEN beyond THEN '1' ELSE '0' END;
        refused := refused OR (beyond AND (want ->> 'binding')::boolean);
    END LOOP;
    IF refused THEN
        RETURN jsonb_build_object('kind', 'refused', 'exceeded', exceeded);
    ELSIF peeks THEN
        RETURN jsonb_build_object('kind', 'peeked', 'exceeded', exceeded);
    END IF;
    FOR want IN SELECT * FROM jsonb_array_elements(q -> 'wants') LOOP
        CONTINUE WHEN NOT (want ->> 'holds')::boolean;
        INSERT INTO {schema}.hold VALUES (want ->> 'key', q ->> 'nonce', (want ->> 'held')::numeric,
            CASE WHEN spent THEN (want ->> 'lost')::numeric END, now + (q ->> 'lasts')::bigint);
    END LOOP;
    INSERT INTO {schema}.reservation AS r
        VALUES (s.key, q ->> 'call', q ->> 'lease', exceeded, q ->> 'tool', spent, now + (q ->> 'lasts')::bigint)
        ON CONFLICT (session, call) DO UPDATE SET lease = excluded.lease, exceeded = excluded.exceeded,
            tool = excluded.tool, spent_if_lost = excluded.spent_if_lost, expires_at = excluded.expires_at, expired = false;
    IF jsonb_array_length(q -> 'labels') > 0 THEN
        PERFORM {schema}.gain(s.key, q -> 'labels');
        UPDATE {schema}.session SET forgotten_at = now + (q ->> 'idle')::bigint WHERE key = s.key;
    END IF;
    RETURN jsonb_build_object('kind', 'granted', 'lease', q ->> 'lease', 'exceeded', exceeded);
END
$$;

-- q: session, call, lease, nonce, succeeded, idle, labels, held: [{key, window, ttl, spends, spends_if_counted}], where an
-- amount is what is spent, `"clear"` forgets everything and null does nothing. Whether it was there to be ended.
CREATE FUNCTION {schema}.commit(q jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    now bigint;
    s {schema}.session;
    known {schema}.reservation;
    -- As lost it was counted when its lease ran out.
    was_counted boolean;
    part jsonb;
    what text;
BEGIN
    PERFORM set_config('lock_timeout', q ->> 'timeout', true);
    PERFORM {schema}.lock_session(q ->> 'session');
    PERFORM {schema}.lock_counters(q -> 'held');
    now := {schema}.now_millis();
    s := {schema}.session_now(q ->> 'session', now, (q ->> 'idle')::bigint);
    DELETE FROM {schema}.reservation WHERE session = s.key AND call = q ->> 'call' AND lease = q ->> 'lease'
        RETURNING * INTO known;
    IF known.lease IS NULL THEN
        RETURN false;
    END IF;
    was_counted := known.expires_at <= now AND known.spent_if_lost;
    FOR part IN SELECT * FROM jsonb_array_elements(q -> 'held') LOOP
        PERFORM {schema}.counter_now(part ->> 'key', (part ->> 'window')::bigint, (part ->> 'ttl')::bigint, now);
        DELETE FROM {schema}.hold WHERE counter = part ->> 'key' AND nonce = q ->> 'nonce';
        what := CASE WHEN was_counted THEN part ->> 'spends_if_counted' ELSE part ->> 'spends' END;
        IF what = 'clear' THEN
            DELETE FROM {schema}.entry WHERE counter = part ->> 'key';
            UPDATE {schema}.counter SET total = 0 WHERE key = part ->> 'key';
        ELSIF what IS NOT NULL THEN
            PERFORM {schema}.spend(part ->> 'key', (part ->> 'window')::bigint, what::numeric, now);
        END IF;
    END LOOP;
    UPDATE {schema}.session SET
        version = version + 1,
        calls = calls + CASE WHEN was_counted THEN 0 ELSE 1 END,
        calls_of = CASE WHEN was_counted THEN calls_of ELSE {schema}.counted(calls_of, known.tool) END,
        consecutive_failures = CASE
            WHEN (q ->> 'succeeded')::boolean THEN 0
            WHEN was_counted THEN consecutive_failures
            ELSE consecutive_failures + 1
        END,
        forgotten_at = now + (q ->> 'idle')::bigint
        WHERE key = s.key;
    PERFORM {schema}.gain(s.key, q -> 'labels');
    RETURN true;
END
$$;

-- q: session, call, lease, nonce, idle, held: [{key, window, ttl}]. Whether it was there to be given back.
CREATE FUNCTION {schema}.release(q jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    now bigint;
    s {schema}.session;
    known {schema}.reservation;
BEGIN
    PERFORM set_config('lock_timeout', q ->> 'timeout', true);
    PERFORM {schema}.lock_session(q ->> 'session');
    PERFORM {schema}.lock_counters(q -> 'held');
    now := {schema}.now_millis();
    s := {schema}.session_now(q ->> 'session', now, (q ->> 'idle')::bigint);
    DELETE FROM {schema}.reservation WHERE session = s.key AND call = q ->> 'call' AND lease = q ->> 'lease'
        RETURNING * INTO known;
    IF known.lease IS NULL OR known.expires_at <= now THEN
        RETURN false;
    END IF;
    DELETE FROM {schema}.hold
        WHERE nonce = q ->> 'nonce' AND counter IN (SELECT h ->> 'key' FROM jsonb_array_elements(q -> 'held') h);
    RETURN true;
END
$$;

-- Forgets some of what nobody needs any more. What others have locked is left for later.
CREATE FUNCTION {schema}.sweep(late bigint, most integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now bigint := {schema}.now_millis();
    keys text[];
BEGIN
    SELECT array_agg(key) INTO keys FROM (
        SELECT key FROM {schema}.session WHERE forgotten_at BETWEEN 1 AND now ORDER BY key LIMIT most FOR UPDATE SKIP LOCKED
    ) s;
    DELETE FROM {schema}.reservation WHERE session = ANY (keys);
    DELETE FROM {schema}.session WHERE key = ANY (keys);
    DELETE FROM {schema}.reservation WHERE (session, call) IN (
        SELECT session, call FROM {schema}.reservation WHERE expired AND expires_at + late <= now
        LIMIT most FOR UPDATE SKIP LOCKED);
    SELECT array_agg(key) INTO keys FROM (
        SELECT key FROM {schema}.counter WHERE forgotten_at BETWEEN 1 AND now ORDER BY key LIMIT most FOR UPDATE SKIP LOCKED
    ) c;
    DELETE FROM {schema}.entry WHERE counter = ANY (keys);
    DELETE FROM {schema}.hold WHERE counter = ANY (keys);
    DELETE FROM {schema}.counter WHERE key = ANY (keys);
END
$$;
