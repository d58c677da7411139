//! Regions of a search where the service does not exist.

use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{Stream, StreamExt, stream};

use crate::diagnostics::Failure;

/// Takes out the failures in regions where the service is not available, and reports these regions at the
/// end. If that holds for all of so many regions, nothing was searched: they are failures.
pub(super) fn note_unavailable<'a, T: Send + 'a>(
    results: impl Stream<Item = Result<T, Failure>> + 'a,
    regions: usize,
    note: impl Fn(&str) + 'a,
) -> impl Stream<Item = Result<T, Failure>> + 'a {
    let unavailable = Arc::new(Mutex::new(Vec::new()));
    let held = Arc::clone(&unavailable);
    let others = results.filter_map(move |result| {
        ready(match result {
            Err(failure) if failure.is_in_unavailable_region() => {
                held.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(failure);
                None
            }
            other => Some(other),
        })
    });
    let rest = stream::once(async move {
        let failures =
            std::mem::take(&mut *unavailable.lock().unwrap_or_else(PoisonError::into_inner));
        if failures.len() >= regions {
            return failures;
        }
        for failure in &failures {
            note(&format!(
                "the service is not available: {}",
                failure.to_line()
            ));
        }
        Vec::new()
    });
    others.chain(rest.flat_map(|failures| stream::iter(failures).map(Err)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;

    /// The items, the failures and the notes of a search of two regions.
    async fn search(results: Vec<Result<u8, Failure>>) -> (Vec<u8>, usize, usize) {
        let notes = Mutex::new(0);
        let results = note_unavailable(stream::iter(results), 2, |_| *notes.lock().unwrap() += 1);
        let results: Vec<_> = results.collect().await;
        let items: Vec<u8> = results
            .iter()
            .filter_map(|it| it.as_ref().ok().copied())
            .collect();
        let failures = results.len() - items.len();
        (items, failures, *notes.lock().unwrap())
    }

    #[tokio::test]
    async fn a_region_without_the_service_is_a_note_unless_no_region_has_it() {
        let failure = || Failure::new(Code::Unreachable, "could not reach the host");
        let unavailable = || failure().in_unavailable_region();
        for (results, expected) in [
            (vec![Err(unavailable()), Ok(1)], (vec![1], 0, 1)),
            (vec![Err(unavailable())], (vec![], 0, 1)),
            (vec![Err(unavailable()), Err(failure())], (vec![], 1, 1)),
            (vec![Err(unavailable()), Err(unavailable())], (vec![], 2, 0)),
            (vec![Ok(1), Ok(2)], (vec![1, 2], 0, 0)),
        ] {
            assert_eq!(search(results).await, expected);
        }
    }
}
