//! Constraints of the service's model, and the error for requests that break them.

use super::error_reply::ErrorReply;
use crate::service::ids::SessionId;

/// Checks that `id` has the form of a portal's or session's ID.
///
/// # Errors
/// The constraint that it breaks, in the service's words.
pub(super) fn check_id(id: &str) -> Result<(), &'static str> {
    if SessionId::exact(id).is_ok() {
        return Ok(());
    }
    Err(match id.chars().count() {
        ..36 => "Member must have length greater than or equal to 36",
        36 => r"Member must satisfy regular expression pattern: ^[a-zA-Z0-9\-]+$",
        _ => "Member must have length less than or equal to 36",
    })
}

/// The constraints that a request breaks, each with its member.
#[derive(Default)]
pub(super) struct Violations(Vec<(&'static str, &'static str)>);

impl Violations {
    pub(super) fn add(&mut self, member: &'static str, constraint: &'static str) {
        self.0.push((member, constraint));
    }

    pub(super) fn check_id(&mut self, member: &'static str, id: &str) {
        if let Err(constraint) = check_id(id) {
            self.add(member, constraint);
        }
    }

    /// Checks that `value` is one of `allowed`; `constraint` names them.
    pub(super) fn check_choice(
        &mut self,
        member: &'static str,
        value: Option<&str>,
        allowed: [&str; 2],
        constraint: &'static str,
    ) {
        if value.is_some_and(|value| !allowed.contains(&value)) {
            self.add(member, constraint);
        }
    }

    /// The error that lists all of them, if there are any.
    pub(super) fn finish(self) -> Result<(), ErrorReply> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ErrorReply::invalid(&self.0))
        }
    }
}
