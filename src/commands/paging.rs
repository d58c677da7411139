//! The pages of a list as a stream of its items.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};

use crate::diagnostics::{Call, Failure};
use crate::service::error::CallError;
use crate::service::model::Document;
use crate::service::operations::Pages;

/// Whether a list is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visit {
    NextPage,
    /// What follows does not matter.
    Done,
}

/// The items that `look` takes from each page, and the failure that the list ended with, if it did.
pub(super) fn pages_of<'a, T: Send + 'a>(
    pages: Pages<'a>,
    call: Call<'a>,
    look: impl FnMut(Vec<Document>) -> (Vec<T>, Visit) + Send + 'a,
) -> BoxStream<'a, Result<T, Failure>> {
    let state = Some((pages, look, false));
    stream::unfold(state, move |state| async move {
        let (mut pages, mut look, had_page) = state?;
        let page = match pages.next().await? {
            Ok(page) => page,
            Err(error) => return Some((vec![Err(broken_off(&call, &error, had_page))], None)),
        };
        let (items, visit) = look(page);
        let next = (visit == Visit::NextPage).then_some((pages, look, true));
        Some((items.into_iter().map(Ok).collect(), next))
    })
    .flat_map(stream::iter)
    .boxed()
}

/// The failure of a list, of which a part may have been printed.
pub(super) fn broken_off(call: &Call<'_>, error: &CallError, had_page: bool) -> Failure {
    let failure = call.failed(error);
    if !had_page {
        return failure;
    }
    failure
        .adding("; the list is incomplete")
        .or_hint("run the command again: a list cannot be continued where it broke off")
}
