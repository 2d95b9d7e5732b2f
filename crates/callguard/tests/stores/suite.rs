//! What every store does. A store joins with `behaves!`, and with `outlives!` if it outlives the process.

#![allow(unused_macros, unused_imports, reason = "who includes the suite uses one form of it or the other")]

#[path = "asking.rs"]
pub(crate) mod asking;
#[path = "lasting.rs"]
pub(crate) mod lasting;
#[path = "limits.rs"]
pub(crate) mod limits;
#[path = "sessions.rs"]
pub(crate) mod sessions;
#[path = "waiting.rs"]
pub(crate) mod waiting;

use callguard::store::{Store, StoreTerms};
use std::sync::Arc;

/// Stores of one kind.
pub(crate) trait Stores {
    /// One more way to the same sessions.
    async fn open(&self, terms: StoreTerms) -> Arc<dyn Store>;
}

/// A test for each named case.
macro_rules! tests {
    ($stores:expr; $($group:ident { $($case:ident)+ })+) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::suite::$group::$case(&$stores).await;
            }
        )+)+
    };
}

/// The named cases one after the other, for stores that take long to be set up.
macro_rules! in_turn {
    ($stores:expr; $($group:ident { $($case:ident)+ })+) => {
        $($(
            println!("{}", stringify!($case));
            $crate::suite::$group::$case($stores).await;
        )+)+
    };
}

/// What every store does.
macro_rules! behaves {
    ($each:ident, $stores:expr) => {
        $crate::suite::$each! { $stores;
            limits {
                runs_and_calls_in_flight_count_against_a_limit
                everything_is_reserved_or_nothing
                what_does_not_bind_is_only_reported
                failures_in_a_row_stop_and_a_success_clears_them
                sums_are_exact
                what_a_run_really_cost_takes_the_place_of_what_was_reserved
                a_window_slides
                wants_of_one_key_are_one_run
                a_counter_may_be_shared_by_sessions
                of_many_calls_at_once_exactly_the_limit_is_granted
            }
            sessions {
                attempts_are_counted_and_dry_ones_are_not
                attempts_have_counters_of_their_own
                runs_move_a_session_on
                labels_are_kept_with_their_marks
                what_rests_on_an_older_session_is_stale
                sessions_are_apart_whatever_their_names_are
            }
            waiting {
                the_same_call_gets_the_same_answer
                a_peek_reserves_nothing
                a_lease_ends_once
                a_reservation_that_nobody_waits_for_goes_back
                ends_that_nobody_waits_for_happen
                a_store_says_that_it_is_well
            }
        }
    };
}

/// What a store does that outlives the process.
macro_rules! outlives {
    ($each:ident, $stores:expr) => {
        $crate::suite::$each! { $stores;
            lasting {
                what_was_written_is_there_when_the_store_is_opened_again
                a_lease_that_runs_out_is_given_back
                a_lease_of_an_irreversible_tool_that_runs_out_is_spent
                a_run_that_ends_late_still_counts
                a_run_that_was_counted_as_lost_is_not_counted_twice
                sessions_that_nobody_comes_to_begin_anew
            }
        }
    };
}

pub(crate) use {behaves, in_turn, outlives, tests};
