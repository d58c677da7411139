//! Runs many calls at a time, and keeps their outcomes in the order of the input.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;

use futures_util::stream::{FuturesUnordered, unfold};
use futures_util::{Stream, StreamExt, stream};

use super::{Deadline, Outcome};

/// The maximum number of items read ahead of the next one to print. A slow call then does not block the
/// calls after it, and the total of a small input is known early.
const READ_AHEAD: usize = 1000;

/// The size from which an outcome counts as large, in bytes. A session has about 400.
const LARGE: usize = 8 << 10;

type ItemIndex = usize;

/// Calls `call` for each item, at most `concurrency` at a time.
///
/// This is the only place that limits how many items are read, called and held. An outcome that waits for an
/// earlier one frees its slot for the next call, unless it is large (more than [`LARGE`] bytes), so that at most
/// `concurrency` large outcomes are in memory.
///
/// At the deadline no further call starts; those that run end by themselves.
pub(crate) fn in_order<I, F: Future<Output = Vec<Outcome>>>(
    items: impl Stream<Item = I> + Unpin,
    concurrency: usize,
    deadline: Deadline,
    call: impl Fn(I) -> F,
) -> impl Stream<Item = Outcome> {
    let window = OrderedWindow {
        items,
        has_more: true,
        concurrency,
        deadline: Box::pin(deadline.reached()),
        is_over: false,
        call: move |number, item| {
            // Boxed, since a call is large.
            let call = Box::pin(call(item));
            async move { (number, call.await) }
        },
        queue: VecDeque::new(),
        running: FuturesUnordered::new(),
        waiting: BTreeMap::new(),
        large: 0,
        read: 0,
        printed: 0,
    };
    unfold(window, |mut window| async {
        let outcomes = window.next().await?;
        Some((stream::iter(outcomes), window))
    })
    .flatten()
}

struct OrderedWindow<S, I, D, C, F> {
    items: S,
    has_more: bool,
    concurrency: usize,
    deadline: Pin<Box<D>>,
    /// Whether the deadline has passed.
    is_over: bool,
    call: C,
    /// Items that were read but not called.
    queue: VecDeque<I>,
    running: FuturesUnordered<F>,
    /// Outcomes that wait for earlier ones.
    waiting: BTreeMap<ItemIndex, Vec<Outcome>>,
    /// The number of large outcomes.
    large: usize,
    read: ItemIndex,
    printed: ItemIndex,
}

impl<S, I, D, C, F> OrderedWindow<S, I, D, C, F>
where
    S: Stream<Item = I> + Unpin,
    D: Future<Output = ()>,
    C: Fn(ItemIndex, I) -> F,
    F: Future<Output = (ItemIndex, Vec<Outcome>)>,
{
    /// The outcomes of the next item.
    async fn next(&mut self) -> Option<Vec<Outcome>> {
        loop {
            if let Some(outcomes) = self.waiting.remove(&self.printed) {
                self.printed += 1;
                self.large -= usize::from(is_large(&outcomes));
                return Some(outcomes);
            }
            while self.running.len() + self.large < self.concurrency
                && let Some(item) = self.queue.pop_front()
            {
                let number = self.read - self.queue.len() - 1;
                self.running.push((self.call)(number, item));
            }
            if self.running.is_empty() && self.queue.is_empty() && !self.has_more {
                return None;
            }
            let can_read = self.has_more && self.read - self.printed < READ_AHEAD;
            tokio::select! {
                biased;
                () = &mut self.deadline, if !self.is_over => {
                    self.is_over = true;
                    self.has_more = false;
                    self.queue.clear();
                }
                Some((number, outcomes)) = self.running.next() => {
                    self.large += usize::from(is_large(&outcomes));
                    self.waiting.insert(number, outcomes);
                }
                item = self.items.next(), if can_read => match item {
                    Some(item) => {
                        self.queue.push_back(item);
                        self.read += 1;
                    }
                    None => self.has_more = false,
                },
            }
        }
    }
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
            let never = Deadline::new(None, Code::Ok);
            let items = stream::iter(delays.iter().copied().enumerate());
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let outcomes: Vec<Outcome> =
                runtime.block_on(in_order(items, concurrency, never, call).collect());
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
