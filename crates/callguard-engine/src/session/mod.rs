//! Counters and labels as values.
