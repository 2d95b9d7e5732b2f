//! The classes into which conditions and dated terms part the time of a call.

use callguard_engine::decide::parse_date;
use callguard_engine::policy::model::{Leaf, Operand, Test, TimeField};
use callguard_engine::value::{Number, Value};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;

/// Days and minutes at which something changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments {
    days: BTreeSet<Date>,
    dates: bool,
    weekdays: bool,
    hours: bool,
    minutes: BTreeSet<u16>,
    every_minute: bool,
}

impl Moments {
    /// The last day of terms.
    pub(crate) fn until(&mut self, day: Date) {
        self.days.insert(day);
        self.dates = true;
    }

    /// What a leaf on a part of the time compares with.
    pub(crate) fn add(&mut self, field: TimeField, leaf: &Leaf) {
        match field {
            TimeField::Hour => self.hours = true,
            TimeField::MinuteOfDay => self.minute(leaf),
            TimeField::Weekday => self.weekdays = true,
            _ => {
                self.dates = true;
                for test in &leaf.tests {
                    self.days.extend(operands(test).filter_map(Value::as_str).filter_map(parse_date));
                }
            }
        }
    }

    /// Around each minute that is named; every one where more than numbers are compared.
    fn minute(&mut self, leaf: &Leaf) {
        self.hours = true;
        for test in &leaf.tests {
            match test {
                Test::Equals(_) | Test::In(_) | Test::Order(..) => {}
                _ => self.every_minute = true,
            }
            for operand in operands(test) {
                let Value::Number(number) = operand else {
                    self.every_minute = true;
                    continue;
                };
                let floor = (0..1440_u16).rev().find(|minute| Number::from(u64::from(*minute)) <= *number).unwrap_or(0);
                self.minutes.extend([floor.saturating_sub(1), floor, floor.saturating_add(1).min(1439)]);
            }
        }
    }

    /// Whether every moment of a class gives such a leaf the same truth.
    pub(crate) fn decides(field: TimeField, leaf: &Leaf) -> bool {
        // Hours and minutes of a day, and days of a week, are all tried; of days only those around what is named.
        let few = !matches!(field, TimeField::Date);
        leaf.tests.iter().all(|test| {
            let by_day =
                matches!(test, Test::Exists(_) | Test::Is(_) | Test::Equals(_) | Test::In(_) | Test::Order(..));
            (few || by_day) && !super::operands::looks_elsewhere(test) && !matches!(test, Test::Custom(_))
        })
    }

    /// Moments, at least one of every class.
    pub(crate) fn all(&self, zone: &TimeZone, base: Timestamp) -> Vec<Timestamp> {
        let today = base.to_zoned(zone.clone()).datetime();
        let mut found = Vec::new();
        for day in self.all_days(today.date()) {
            for minute in self.all_minutes() {
                let time = match minute {
                    None => today.time(),
                    Some(minute) => time_of(minute),
                };
                let moment = DateTime::from_parts(day, time).to_zoned(zone.clone());
                found.extend(moment.ok().map(|zoned| zoned.timestamp()));
            }
        }
        found
    }

    /// A week before, between and after the days that are named, as far as there is one.
    fn all_days(&self, today: Date) -> BTreeSet<Date> {
        let mut found = BTreeSet::new();
        let week = if self.weekdays { 7 } else { 1 };
        if !self.dates {
            (0..week).for_each(|days| found.extend(later(today, days)));
            return found;
        }
        for day in &self.days {
            (-week..=week).for_each(|days| found.extend(later(*day, days)));
        }
        found.insert(today);
        found
    }

    fn all_minutes(&self) -> Vec<Option<u16>> {
        match (self.every_minute, self.hours) {
            (true, _) => (0..1440).map(Some).collect(),
            (false, true) => {
                let hours = (0..24_u16).map(|hour| hour.saturating_mul(60));
                hours.chain(self.minutes.iter().copied()).collect::<BTreeSet<u16>>().into_iter().map(Some).collect()
            }
            (false, false) => vec![None],
        }
    }
}

fn later(day: Date, days: i32) -> Option<Date> {
    day.checked_add(days.days()).ok()
}

fn time_of(minute: u16) -> Time {
    let part = |value: u16| i8::try_from(value).unwrap_or_default();
    Time::new(part(minute.div_euclid(60)), part(minute.rem_euclid(60)), 0, 0).unwrap_or_default()
}

fn operands(test: &Test) -> Box<dyn Iterator<Item = &Value> + '_> {
    match test {
        Test::Equals(operands) | Test::In(operands) => Box::new(super::operands::literals(&operands.positive)),
        Test::Order(_, Operand::Literal(value)) => Box::new(std::iter::once(value)),
        _ => Box::new(std::iter::empty()),
    }
}
