//! The exit code of a command that may have failed in several places.

use crate::diagnostics::{Code, Failure};

/// Counts failures. The exit code is the one that they share.
#[derive(Debug, Default)]
pub(super) struct Tally {
    code: Option<Code>,
    count: usize,
    /// The messages of failures that every call has.
    shared: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, failure: &Failure) {
        if failure.is_shared() && !self.has_shared(failure) {
            self.shared.push(failure.message().to_owned());
        }
        self.add_code(failure.code());
    }

    fn add_code(&mut self, code: Code) {
        // A finding, not a failure: everything was read.
        if code == Code::AboveThreshold {
            self.code.get_or_insert(code);
            return;
        }
        self.count += 1;
        self.code = match self.code {
            None | Some(Code::AboveThreshold) => Some(code),
            Some(before) if before == code => Some(code),
            Some(_) => Some(Code::Mixed),
        };
    }

    /// Whether a failure with this message, which every call has, was added.
    pub(super) fn has_shared(&self, failure: &Failure) -> bool {
        self.shared
            .iter()
            .any(|message| message == failure.message())
    }

    /// The number of failures.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn code(&self) -> Code {
        self.code.unwrap_or(Code::Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_one_kind_keep_their_code_and_differing_ones_are_mixed() {
        let mut tally = Tally::default();
        assert_eq!(tally.code(), Code::Ok);
        tally.add_code(Code::NotFound);
        tally.add_code(Code::NotFound);
        assert_eq!(tally.code(), Code::NotFound);
        tally.add_code(Code::Throttled);
        tally.add_code(Code::NotFound);
        assert_eq!(tally.code(), Code::Mixed);
        assert_eq!(tally.count(), 4);
    }

    #[test]
    fn any_failure_outranks_a_portal_that_is_too_full() {
        for codes in [
            [Code::AboveThreshold, Code::Throttled],
            [Code::Throttled, Code::AboveThreshold],
        ] {
            let mut tally = Tally::default();
            for code in codes {
                tally.add_code(code);
            }
            assert_eq!((tally.code(), tally.count()), (Code::Throttled, 1));
        }
        let mut tally = Tally::default();
        tally.add_code(Code::AboveThreshold);
        assert_eq!((tally.code(), tally.count()), (Code::AboveThreshold, 0));
    }
}
