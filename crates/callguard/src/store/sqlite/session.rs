//! One session of the file.

use super::counter::Trouble;
use super::ledger::Ledger;
use callguard_engine::session::{Ending, Label, SessionView};
use rusqlite::{OptionalExtension, params};

/// A session as it stands now: leases that have run out are counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Session {
    pub(super) id: i64,
    pub(super) version: u64,
    pub(super) attempts: u64,
    calls: u64,
    consecutive_failures: u64,
    forgotten_at: i64,
}

impl Session {
    fn moved_on(&mut self) {
        self.version = self.version.saturating_add(1);
    }

    /// A run has ended.
    pub(super) fn ended(&mut self, ending: Ending) {
        self.moved_on();
        self.calls = self.calls.saturating_add(1);
        match ending {
            Ending::Succeeded => self.consecutive_failures = 0,
            Ending::Failed | Ending::Unknown => self.consecutive_failures = self.consecutive_failures.saturating_add(1),
        }
    }

    /// A run has ended that was counted as lost.
    pub(super) fn ended_after_all(&mut self, ending: Ending) {
        self.moved_on();
        if ending == Ending::Succeeded {
            self.consecutive_failures = 0;
        }
    }
}

impl Ledger<'_> {
    /// The session with that key.
    pub(super) fn session(&self, key: &str) -> Result<Session, Trouble> {
        let mut session = match self.read_session(key)? {
            Some(known) if known.forgotten_at <= self.now => {
                self.forget_session(known.id)?;
                let anew = Session { id: known.id, ..Session::default() };
                self.write_session(&anew)?;
                anew
            }
            Some(known) => known,
            None => {
                let mut insert = self.sql.prepare_cached(
                    "INSERT INTO session (key, version, attempts, calls, consecutive_failures, forgotten_at)
                     VALUES (?1, 0, 0, 0, 0, ?2)",
                )?;
                let forgotten_at = self.forgotten_at();
                Session { id: insert.insert(params![key, forgotten_at])?, forgotten_at, ..Session::default() }
            }
        };
        self.expire_leases(&mut session)?;
        Ok(session)
    }

    fn read_session(&self, key: &str) -> Result<Option<Session>, Trouble> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, version, attempts, calls, consecutive_failures, forgotten_at FROM session WHERE key = ?1",
        )?;
        let found = find.query_row([key], |row| {
            Ok(Session {
                id: row.get(0)?,
                version: row.get(1)?,
                attempts: row.get(2)?,
                calls: row.get(3)?,
                consecutive_failures: row.get(4)?,
                forgotten_at: row.get(5)?,
            })
        });
        Ok(found.optional()?)
    }

    pub(super) fn write_session(&self, session: &Session) -> Result<(), Trouble> {
        let mut update = self.sql.prepare_cached(
            "UPDATE session SET version = ?2, attempts = ?3, calls = ?4, consecutive_failures = ?5, forgotten_at = ?6
             WHERE id = ?1",
        )?;
        let Session { id, version, attempts, calls, consecutive_failures, .. } = *session;
        update.execute(params![id, version, attempts, calls, consecutive_failures, self.forgotten_at()])?;
        Ok(())
    }

    fn forgotten_at(&self) -> i64 {
        self.now.saturating_add(self.terms.idle_millis())
    }

    /// Empties it; the row stays.
    pub(super) fn forget_session(&self, id: i64) -> Result<(), Trouble> {
        for sql in [
            "DELETE FROM session_tool WHERE session = ?1",
            "DELETE FROM session_label WHERE session = ?1",
            "DELETE FROM reservation WHERE session = ?1",
        ] {
            self.sql.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }

    /// Counts the runs of irreversible tools that nobody heard of again.
    fn expire_leases(&self, session: &mut Session) -> Result<(), Trouble> {
        let mut find = self.sql.prepare_cached(
            "SELECT tool, spent_if_lost FROM reservation WHERE session = ?1 AND expires_at <= ?2 AND NOT expired",
        )?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let expired =
            find.query_map(params![session.id, self.now], read)?.collect::<Result<Vec<(String, bool)>, _>>()?;
        if expired.is_empty() {
            return Ok(());
        }
        let mut mark = self.sql.prepare_cached(
            "UPDATE reservation SET expired = 1 WHERE session = ?1 AND expires_at <= ?2 AND NOT expired",
        )?;
        mark.execute(params![session.id, self.now])?;
        for (tool, _) in expired.iter().filter(|(_, spent)| *spent) {
            self.count_run(session, tool)?;
            session.ended(Ending::Unknown);
        }
        self.write_session(session)
    }

    pub(super) fn count_run(&self, session: &Session, tool: &str) -> Result<(), Trouble> {
        let mut count = self.sql.prepare_cached(
            "INSERT INTO session_tool (session, tool, calls) VALUES (?1, ?2, 1)
             ON CONFLICT DO UPDATE SET calls = calls + 1",
        )?;
        count.execute(params![session.id, tool])?;
        Ok(())
    }

    /// Adds labels; those that are new move the session on.
    pub(super) fn gain(&self, session: &mut Session, labels: &[Label]) -> Result<(), Trouble> {
        for Label { name, doubtful, observed } in labels {
            let mut insert = self.sql.prepare_cached("INSERT OR IGNORE INTO session_label VALUES (?1, ?2, ?3, ?4)")?;
            if insert.execute(params![session.id, name, doubtful, observed])? > 0 {
                session.moved_on();
            }
        }
        Ok(())
    }

    pub(super) fn view(&self, session: &Session) -> Result<SessionView, Trouble> {
        let mut tools = self.sql.prepare_cached("SELECT tool, calls FROM session_tool WHERE session = ?1")?;
        let calls_of =
            tools.query_map([session.id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut labels =
            self.sql.prepare_cached("SELECT name, doubtful, observed FROM session_label WHERE session = ?1")?;
        let label =
            |row: &rusqlite::Row<'_>| Ok(Label { name: row.get(0)?, doubtful: row.get(1)?, observed: row.get(2)? });
        let labels = labels.query_map([session.id], label)?.collect::<Result<_, _>>()?;
        let Session { version, attempts, calls, consecutive_failures, .. } = *session;
        Ok(SessionView { version, attempts, calls, calls_of, consecutive_failures, labels })
    }
}
