//! Runs calls concurrently, and keeps their outcomes in the order of the input.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Outcome;

/// The maximum number of items that are read before the first of them is printed. A slow call does not delay
/// the calls for the items after it, and the total of a small input is known early.
const READ_AHEAD: usize = 1000;

/// The size, in bytes, above which an outcome counts as large. A session has about 400 bytes.
const LARGE: usize = 8 << 10;

/// Calls `call` for each item, at most `concurrency` at a time.
///
/// An outcome that waits for an earlier one frees its slot for the next call, unless it is larger than
/// [`LARGE`], so that at most `concurrency` large outcomes are in memory.
///
/// After the deadline no call starts. The client ends the calls that are in progress.
pub(crate) fn in_order<I, F: Future<Output = Vec<Outcome>>>(
    items: impl Stream<Item = I>,
    concurrency: usize,
    deadline: Option<Instant>,
    call: impl Fn(I) -> F + Copy,
) -> impl Stream<Item = Outcome> {
    // The semaphore is fair, so calls start in the order of the items.
    let slots = Arc::new(Semaphore::new(concurrency));
    items
        .map(move |item| {
            let slots = Arc::clone(&slots);
            async move {
                let slot = slots.acquire_owned().await.ok();
                if deadline.is_some_and(|at| at <= Instant::now()) {
                    return (Vec::new(), None);
                }
                // Boxed, because the future of a call is large.
                let outcomes = Box::pin(call(item)).await;
                let slot_while_waiting = slot.filter(|_| is_large(&outcomes));
                (outcomes, slot_while_waiting)
            }
        })
        .buffered(READ_AHEAD)
        .flat_map(|(outcomes, _)| stream::iter(outcomes))
}

fn is_large(outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|outcome| match outcome {
        Outcome::Document(document) => document.weight() > LARGE,
        Outcome::Failure(_) | Outcome::Incomplete(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use proptest::prelude::*;

    use super::*;
    use crate::diagnostics::{Code, Failure};

    fn outcome(number: usize) -> Vec<Outcome> {
        vec![Outcome::Failure(Failure::new(
            Code::Other,
            number.to_string(),
        ))]
    }

    proptest! {
        #[test]
        fn outcomes_keep_the_order_and_no_more_run_than_allowed(
            delays in proptest::collection::vec(0_u32..20, 0..60),
            concurrency in 1_usize..8,
        ) {
            let (running, most) = (Cell::new(0), Cell::new(0));
            let started = RefCell::new(Vec::new());
            let call = |(number, delay): (usize, u32)| {
                let (running, most, started) = (&running, &most, &started);
                async move {
                    started.borrow_mut().push(number);
                    running.set(running.get() + 1);
                    most.set(most.get().max(running.get()));
                    for _ in 0..delay {
                        tokio::task::yield_now().await;
                    }
                    running.set(running.get() - 1);
                    outcome(number)
                }
            };
            let items = stream::iter(delays.iter().copied().enumerate());
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let outcomes: Vec<Outcome> =
                runtime.block_on(in_order(items, concurrency, None, call).collect());
            let numbers: Vec<String> = outcomes
                .iter()
                .map(|outcome| match outcome {
                    Outcome::Failure(failure) => failure.message().to_owned(),
                    other => panic!("{other:?}"),
                })
                .collect();
            let expected: Vec<String> = (0..delays.len()).map(|n| n.to_string()).collect();
            prop_assert_eq!(numbers, expected);
            prop_assert!(most.get() <= concurrency);
            prop_assert!(started.borrow().is_sorted());
        }
    }
}
