//! One counter of the file.

use super::ledger::Ledger;
use crate::store::ask::{Spending, Use, decimal};
use crate::store::window::Total;
use callguard_engine::session::StoreError;
use callguard_engine::value::Decimal;
use rusqlite::{ErrorCode, OptionalExtension, params};

/// A counter as it stands now: expired leases are out of it, and what has left the window too.
pub(super) struct Counter {
    id: i64,
    window_millis: Option<u64>,
    /// What ran.
    pub(super) ran: Total,
    /// What calls in flight hold.
    pub(super) held: Total,
}

impl Ledger<'_> {
    /// The counter with that key.
    pub(super) fn counter(&self, key: &str, window_millis: Option<u64>) -> Result<Counter, Trouble> {
        let forgotten_at = self.now.saturating_add(self.terms.counter_millis(window_millis));
        let known = self.read_counter(key)?;
        let (id, total, until) = match known {
            Some((id, _, until)) if until <= self.now => {
                self.forget_counter(id)?;
                (id, Total::default(), 0)
            }
            Some(known) => known,
            None => {
                let mut insert =
                    self.sql.prepare_cached("INSERT INTO counter (key, total, forgotten_at) VALUES (?1, '0', ?2)")?;
                (insert.insert(params![key, forgotten_at])?, Total::default(), forgotten_at)
            }
        };
        // Not at each look: that would write where nothing else does.
        if until < self.now.saturating_add(self.terms.counter_millis(window_millis) / 2) {
            let mut touch = self.sql.prepare_cached("UPDATE counter SET forgotten_at = ?2 WHERE id = ?1")?;
            touch.execute(params![id, forgotten_at])?;
        }
        let mut counter = Counter { id, window_millis, ran: total, held: Total::default() };
        self.expire_holds(&mut counter)?;
        self.slide(&mut counter)?;
        Ok(counter)
    }

    fn read_counter(&self, key: &str) -> Result<Option<(i64, Total, i64)>, Trouble> {
        let mut find = self.sql.prepare_cached("SELECT id, total, forgotten_at FROM counter WHERE key = ?1")?;
        let row = find.query_row([key], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?)));
        let Some((id, total, until)) = row.optional()? else { return Ok(None) };
        let total = total.as_deref().map(decimal).transpose()?;
        Ok(Some((id, Total::of(total), until)))
    }

    fn forget_counter(&self, id: i64) -> Result<(), Trouble> {
        for table in ["DELETE FROM entry WHERE counter = ?1", "DELETE FROM hold WHERE counter = ?1"] {
            self.sql.prepare_cached(table)?.execute([id])?;
        }
        self.sql.prepare_cached("UPDATE counter SET total = '0' WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// Adds up what is held; a lease that has run out is given back, or spent at that time.
    fn expire_holds(&self, counter: &mut Counter) -> Result<(), Trouble> {
        let mut expired = Vec::new();
        let mut find = self
            .sql
            .prepare_cached("SELECT nonce, held, lost, expires_at FROM hold WHERE counter = ?1 ORDER BY expires_at")?;
        let mut rows = find.query([counter.id])?;
        while let Some(row) = rows.next()? {
            let expires_at: i64 = row.get(3)?;
            if expires_at > self.now {
                counter.held = counter.held.plus(decimal(row.get_ref(1)?.as_str()?)?);
            } else {
                expired.push((row.get::<_, String>(0)?, row.get::<_, Option<String>>(2)?, expires_at));
            }
        }
        drop(rows);
        for (nonce, lost, at) in expired {
            self.take_hold(counter, &nonce)?;
            if let Some(lost) = lost {
                self.spend(counter, Spending::Adds(decimal(&lost)?), at)?;
            }
        }
        Ok(())
    }

    /// Forgets what has left the window.
    fn slide(&self, counter: &mut Counter) -> Result<(), Trouble> {
        let Some(window) = counter.window_millis else { return Ok(()) };
        let oldest = self.now.saturating_sub(i64::try_from(window).unwrap_or(i64::MAX));
        let mut left = Vec::new();
        let mut find = self.sql.prepare_cached("SELECT amount FROM entry WHERE counter = ?1 AND at <= ?2")?;
        let mut rows = find.query(params![counter.id, oldest])?;
        while let Some(row) = rows.next()? {
            left.push(decimal(row.get_ref(0)?.as_str()?)?);
        }
        drop(rows);
        if left.is_empty() {
            return Ok(());
        }
        let mut delete = self.sql.prepare_cached("DELETE FROM entry WHERE counter = ?1 AND at <= ?2")?;
        delete.execute(params![counter.id, oldest])?;
        let mut any = self.sql.prepare_cached("SELECT 1 FROM entry WHERE counter = ?1 LIMIT 1")?;
        counter.ran = match any.exists([counter.id])? {
            true => left.into_iter().fold(counter.ran, Total::minus),
            false => Total::default(),
        };
        self.write_total(counter)
    }

    /// Holds something for a call in flight.
    pub(super) fn hold(&self, counter: &Counter, nonce: &str, of: Use, spent_if_lost: bool) -> Result<(), Trouble> {
        let lost = spent_if_lost.then(|| of.lost().to_string());
        let expires_at = self.lease_end();
        let mut insert = self
            .sql
            .prepare_cached("INSERT INTO hold (counter, nonce, held, lost, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        insert.execute(params![counter.id, nonce, of.held().to_string(), lost, expires_at])?;
        Ok(())
    }

    /// Takes out what a call held.
    pub(super) fn take_hold(&self, counter: &Counter, nonce: &str) -> Result<(), Trouble> {
        let mut delete = self.sql.prepare_cached("DELETE FROM hold WHERE counter = ?1 AND nonce = ?2")?;
        delete.execute(params![counter.id, nonce])?;
        Ok(())
    }

    /// Spends something, or forgets everything.
    pub(super) fn spend(&self, counter: &mut Counter, spending: Spending, at: i64) -> Result<(), Trouble> {
        match spending {
            Spending::Clears => {
                self.sql.prepare_cached("DELETE FROM entry WHERE counter = ?1")?.execute([counter.id])?;
                counter.ran = Total::default();
            }
            Spending::Adds(amount) => {
                if counter.window_millis.is_some() {
                    self.add_entry(counter.id, at, amount)?;
                }
                counter.ran = counter.ran.plus(amount);
            }
        }
        self.write_total(counter)
    }

    fn add_entry(&self, counter: i64, at: i64, amount: Decimal) -> Result<(), Trouble> {
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO entry (counter, at, seq, amount)
             SELECT ?1, ?2, coalesce(max(seq), 0) + 1, ?3 FROM entry WHERE counter = ?1 AND at = ?2",
        )?;
        insert.execute(params![counter, at, amount.to_string()])?;
        Ok(())
    }

    fn write_total(&self, counter: &Counter) -> Result<(), Trouble> {
        let total = counter.ran.known().map(|total| total.to_string());
        self.sql.prepare_cached("UPDATE counter SET total = ?2 WHERE id = ?1")?.execute(params![counter.id, total])?;
        Ok(())
    }
}

/// Why an operation on the file was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// SQLite says so.
    Sql(rusqlite::Error),
    /// What the file holds makes no sense.
    Content(StoreError),
}

impl Trouble {
    /// Whether another process has the file.
    pub(super) fn is_busy(&self) -> bool {
        let Trouble::Sql(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    /// Whether it may come of another process that is making the file just now.
    pub(super) fn may_pass(&self) -> bool {
        let Trouble::Sql(error) = self else { return false };
        self.is_busy() || error.sqlite_error_code() == Some(ErrorCode::Unknown)
    }

    pub(super) fn error(&self) -> StoreError {
        match self {
            Trouble::Sql(error) => super::file::explained(error),
            Trouble::Content(error) => error.clone(),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        Trouble::Sql(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Content(error)
    }
}

impl From<rusqlite::types::FromSqlError> for Trouble {
    fn from(error: rusqlite::types::FromSqlError) -> Trouble {
        Trouble::Sql(error.into())
    }
}
