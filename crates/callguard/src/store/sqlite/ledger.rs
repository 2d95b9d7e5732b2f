//! The operations, each within a transaction that its caller holds.

use super::counter::{Counter, Trouble};
use crate::store::ask::{Ask, Ticket};
use crate::store::{StoreTerms, ended};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, Lease, ReleaseRequest, ReserveAnswer, ReserveRequest,
};
use callguard_engine::value::Decimal;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// How many rows that nobody needs any more are looked for at a time.
const SWEPT: i64 = 500;

/// The file within one transaction, at one time.
pub(super) struct Ledger<'c> {
    pub(super) sql: &'c Connection,
    pub(super) now: i64,
    pub(super) terms: StoreTerms,
}

/// What the file remembers of a reservation.
struct Remembered {
    lease: Lease,
    exceeded: String,
    tool: String,
    spent_if_lost: bool,
    expires_at: i64,
}

impl Ledger<'_> {
    pub(super) fn attempt(&self, request: &AttemptRequest) -> Result<AttemptAnswer, Trouble> {
        let mut attempts = Vec::with_capacity(request.counters.len());
        for (place, asked) in request.counters.iter().enumerate() {
            let mut counter = self.counter(asked.key.as_str(), asked.window_millis)?;
            let again = request.counters.iter().take(place).any(|earlier| earlier.key == asked.key);
            if request.count && !again {
                self.count(&mut counter)?;
            }
            let standing = counter.ran.count();
            // A dry run shows where the counter would stand.
            attempts.push(if request.count { standing } else { standing.saturating_add(1) });
        }
        let mut session = self.session(&request.session.text())?;
        session.attempts = session.attempts.saturating_add(1);
        if request.count {
            self.write_session(&session)?;
        }
        Ok(AttemptAnswer { view: Arc::new(self.view(&session)?), attempts })
    }

    pub(super) fn reserve(&self, request: &ReserveRequest) -> Result<ReserveAnswer, Trouble> {
        let mut session = self.session(&request.session().text())?;
        let known = self.reservation(session.id, &request.call.call_id)?;
        if let Some(known) = known.filter(|known| known.expires_at > self.now && !request.peek) {
            return Ok(ReserveAnswer::Granted { lease: Some(known.lease), exceeded: read_flags(&known.exceeded) });
        }
        if request.expected_version.is_some_and(|expected| expected != session.version) {
            return Ok(ReserveAnswer::Stale { view: Arc::new(self.view(&session)?) });
        }
        let asks = Ask::all(&request.wants);
        let (mut counters, mut exceeded) = (Vec::with_capacity(asks.len()), Vec::with_capacity(asks.len()));
        for ask in &asks {
            let counter = self.counter(ask.key.as_str(), ask.window_millis)?;
            exceeded.push(is_beyond(&counter, ask)?);
            counters.push(counter);
        }
        if asks.iter().zip(&exceeded).any(|(ask, beyond)| ask.binding && *beyond) {
            return Ok(ReserveAnswer::Refused { exceeded });
        }
        if request.peek {
            return Ok(ReserveAnswer::Granted { lease: None, exceeded });
        }
        let ticket = Ticket::new(request, &asks);
        for (ask, counter) in asks.iter().zip(&counters).filter(|(ask, _)| ask.holds) {
            self.hold(counter, &ticket.nonce, ask.use_of, request.spent_if_lost)?;
        }
        if !request.labels.is_empty() {
            self.gain(&mut session, &request.labels)?;
            self.write_session(&session)?;
        }
        let lease = ticket.lease();
        self.remember(session.id, &ticket, &lease, &exceeded)?;
        Ok(ReserveAnswer::Granted { lease: Some(lease), exceeded })
    }

    /// Whether the reservation was there to be ended.
    pub(super) fn commit(&self, request: &CommitRequest, ticket: &Ticket) -> Result<bool, Trouble> {
        let mut session = self.session(&request.session.text())?;
        let Some(known) = self.take(session.id, ticket, &request.lease)? else { return Ok(false) };
        // As lost it was counted when its lease ran out; else it counts now, however late.
        let counted = known.expires_at <= self.now && known.spent_if_lost;
        for held in &ticket.held {
            let mut counter = self.counter(&held.key, held.window_millis)?;
            self.take_hold(&counter, &ticket.nonce)?;
            if let Some(spending) = held.spending(request, counted) {
                self.spend(&mut counter, spending, self.now)?;
            }
        }
        match counted {
            true => session.ended_after_all(request.ending),
            false => {
                self.count_run(&session, &known.tool)?;
                session.ended(request.ending);
            }
        }
        self.gain(&mut session, &request.labels)?;
        self.write_session(&session)?;
        Ok(true)
    }

    /// Whether the reservation was there to be given back.
    pub(super) fn release(&self, request: &ReleaseRequest, ticket: &Ticket) -> Result<bool, Trouble> {
        let session = self.session(&request.session.text())?;
        let Some(known) = self.take(session.id, ticket, &request.lease)? else { return Ok(false) };
        if known.expires_at <= self.now {
            return Ok(false);
        }
        for held in &ticket.held {
            let counter = self.counter(&held.key, held.window_millis)?;
            self.take_hold(&counter, &ticket.nonce)?;
        }
        Ok(true)
    }

    /// Whether the file can be read.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        Ok(self.sql.query_row("SELECT count(*) FROM (SELECT 1 FROM session LIMIT 1)", [], |_| Ok(()))?)
    }

    /// Forgets some of what nobody needs any more.
    pub(super) fn sweep(&self) -> Result<(), Trouble> {
        let late = self.now.saturating_sub(self.terms.late_millis()).saturating_add(self.terms.lease_millis());
        for (sql, until) in [
            (
                "DELETE FROM reservation WHERE (session, call) IN
                (SELECT session, call FROM reservation WHERE expires_at <= ?1 AND expired LIMIT ?2)",
                late,
            ),
            ("DELETE FROM entry WHERE counter IN (SELECT id FROM counter WHERE forgotten_at <= ?1 LIMIT ?2)", self.now),
            ("DELETE FROM hold WHERE counter IN (SELECT id FROM counter WHERE forgotten_at <= ?1 LIMIT ?2)", self.now),
            ("DELETE FROM counter WHERE id IN (SELECT id FROM counter WHERE forgotten_at <= ?1 LIMIT ?2)", self.now),
        ] {
            self.sql.prepare_cached(sql)?.execute(params![until, SWEPT])?;
        }
        let mut find = self.sql.prepare_cached("SELECT id FROM session WHERE forgotten_at <= ?1 LIMIT ?2")?;
        let ids = find.query_map(params![self.now, SWEPT], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for id in ids {
            self.forget_session(id)?;
            self.sql.prepare_cached("DELETE FROM session WHERE id = ?1")?.execute([id])?;
        }
        Ok(())
    }

    pub(super) fn lease_end(&self) -> i64 {
        self.now.saturating_add(self.terms.lease_millis())
    }

    fn count(&self, counter: &mut Counter) -> Result<(), Trouble> {
        let one = crate::store::ask::Spending::Adds(Decimal::from(1));
        self.spend(counter, one, self.now)
    }

    fn reservation(&self, session: i64, call: &str) -> Result<Option<Remembered>, Trouble> {
        let mut find = self.sql.prepare_cached(
            "SELECT lease, exceeded, tool, spent_if_lost, expires_at FROM reservation WHERE session = ?1 AND call = ?2",
        )?;
        let found = find.query_row(params![session, call], |row| {
            Ok(Remembered {
                lease: Lease(row.get(0)?),
                exceeded: row.get(1)?,
                tool: row.get(2)?,
                spent_if_lost: row.get(3)?,
                expires_at: row.get(4)?,
            })
        });
        Ok(found.optional()?)
    }

    fn remember(&self, session: i64, ticket: &Ticket, lease: &Lease, exceeded: &[bool]) -> Result<(), Trouble> {
        let mut insert = self.sql.prepare_cached(
            "INSERT OR REPLACE INTO reservation (session, call, lease, exceeded, tool, spent_if_lost, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let flags: String = exceeded.iter().map(|beyond| if *beyond { '1' } else { '0' }).collect();
        let Ticket { call_id, tool, spent_if_lost, .. } = ticket;
        insert.execute(params![session, call_id, lease.0, flags, tool, spent_if_lost, self.lease_end()])?;
        Ok(())
    }

    /// Takes a reservation out.
    fn take(&self, session: i64, ticket: &Ticket, lease: &Lease) -> Result<Option<Remembered>, Trouble> {
        let known = self.reservation(session, &ticket.call_id)?.filter(|known| known.lease == *lease);
        if known.is_some() {
            let mut delete = self.sql.prepare_cached("DELETE FROM reservation WHERE session = ?1 AND call = ?2")?;
            delete.execute(params![session, ticket.call_id])?;
        }
        Ok(known)
    }
}

/// What an operation answers where the reservation has ended.
pub(super) fn or_ended(there: bool) -> crate::store::StoreResult<()> {
    if there { Ok(()) } else { Err(ended()) }
}

fn is_beyond(counter: &Counter, ask: &Ask) -> Result<bool, Trouble> {
    let Some(at_most) = ask.at_most else { return Ok(true) };
    let with_held = counter.held.known().map_or(counter.held, |held| counter.ran.plus(held));
    Ok(with_held.plus(ask.adds).is_beyond(at_most))
}

fn read_flags(flags: &str) -> Vec<bool> {
    flags.bytes().map(|flag| flag == b'1').collect()
}
