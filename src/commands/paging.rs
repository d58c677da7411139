//! The pages of a list as a stream of outcomes.

use futures_util::{Stream, StreamExt, stream};

use crate::delivery::Outcome;
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

/// The documents of each page that `look` picks, and the failure that the list ended with, if it did.
pub(super) fn outcomes_of_pages<'a>(
    pages: Pages<'a>,
    call: Call<'a>,
    look: impl FnMut(Vec<Document>) -> (Vec<Document>, Visit) + 'a,
) -> impl Stream<Item = Outcome> + 'a {
    let state = Some((pages, look, false));
    stream::unfold(state, move |state| async move {
        let (mut pages, mut look, had_page) = state?;
        let page = match pages.next().await? {
            Ok(page) => page,
            Err(error) => {
                let failure = Outcome::Failure(broken_off(&call, &error, had_page));
                return Some((vec![failure], None));
            }
        };
        let (documents, visit) = look(page);
        let outcomes = documents.into_iter().map(Outcome::Document).collect();
        let next = (visit == Visit::NextPage).then_some((pages, look, true));
        Some((outcomes, next))
    })
    .flat_map(stream::iter)
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
