//! Regions of a search where the service does not exist.

use futures_util::{Stream, StreamExt, stream};

use crate::diagnostics::Failure;

/// Holds back the failures of regions where the service is not available, and passes them to `note` at the
/// end. If all `regions` are unavailable, nothing was searched, and the failures are yielded instead.
pub(in crate::commands) fn report_unavailable_regions<'a, T: 'a>(
    results: impl Stream<Item = Result<T, Failure>> + 'a,
    regions: usize,
    note: impl Fn(&str) + 'a,
) -> impl Stream<Item = Result<T, Failure>> + 'a {
    let mut unavailable = Vec::new();
    let end = stream::iter([None]);
    let results = results
        .map(Some)
        .chain(end)
        .map(move |result| match result {
            Some(Err(failure)) if failure.is_in_unavailable_region() => {
                unavailable.push(failure);
                Vec::new()
            }
            Some(result) => vec![result],
            None if unavailable.len() >= regions => unavailable.drain(..).map(Err).collect(),
            None => {
                for failure in &unavailable {
                    let line = failure.to_line();
                    note(&format!("the service is not available: {line}"));
                }
                Vec::new()
            }
        });
    results.flat_map(stream::iter)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::diagnostics::Code;

    /// The items, the failures and the notes of a search of two regions.
    async fn search(results: Vec<Result<u8, Failure>>) -> (Vec<u8>, usize, usize) {
        let notes = Mutex::new(0);
        let results =
            report_unavailable_regions(stream::iter(results), 2, |_| *notes.lock().unwrap() += 1);
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
