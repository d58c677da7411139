//! The pages of a list as a stream of its items.

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};

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

/// What `look` takes from each page, and the failure that the list ended with, if it did. A page is
/// passed on as a whole: where many lists are read at the same time, the pages of few are held.
pub(super) fn pages_of<'a, T: Send + 'a>(
    pages: Pages<'a>,
    call: Call<'a>,
    look: impl FnMut(Vec<Document>) -> (Vec<T>, Visit) + Send + 'a,
) -> BoxStream<'a, Result<Vec<T>, Failure>> {
    let state = Some((pages, look, false));
    stream::unfold(state, move |state| async move {
        let (mut pages, mut look, had_page) = state?;
        let page = match pages.next().await? {
            Ok(page) => page,
            Err(error) => return Some((Err(broken_off(&call, &error, had_page)), None)),
        };
        let (items, visit) = look(page);
        let next = (visit == Visit::NextPage).then_some((pages, look, true));
        Some((Ok(items), next))
    })
    .boxed()
}

/// The items of the pages.
pub(super) fn items_of<'a, T: Send + 'a>(
    pages: impl Stream<Item = Result<Vec<T>, Failure>> + Send + 'a,
) -> BoxStream<'a, Result<T, Failure>> {
    let items = |page: Result<Vec<T>, Failure>| match page {
        Ok(items) => stream::iter(items).map(Ok).left_stream(),
        Err(failure) => stream::iter([Err(failure)]).right_stream(),
    };
    pages.flat_map(items).boxed()
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
