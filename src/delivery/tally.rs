//! Counts outcomes, and determines the exit code: the failures' code if they all have the same one, otherwise
//! [`Code::Mixed`].

use std::collections::HashSet;

use crate::diagnostics::{Code, Failure};

#[derive(Debug, Default)]
pub(super) struct Tally {
    code: Option<Code>,
    /// The number of documents and failures, without those of `Outcome::Incomplete`.
    pub(super) outcomes: u64,
    pub(super) documents: u64,
    pub(super) failures: usize,
    /// The number of failures that were not reported, because the same one had been reported.
    pub(super) repeated: u64,
    /// The messages of the reported failures that apply to every call, such as missing credentials.
    shared: HashSet<String>,
}

impl Tally {
    /// Counts a failure. Returns whether to report it: a failure that applies to every call is reported once.
    pub(super) fn add_failure(&mut self, failure: &Failure) -> bool {
        self.add_code(failure.code());
        let is_new = !failure.is_shared() || self.shared.insert(failure.message().to_owned());
        self.repeated += u64::from(!is_new);
        is_new
    }

    fn add_code(&mut self, code: Code) {
        // The threshold of get-usage is exceeded: nothing failed, so the output is complete.
        if code == Code::AboveThreshold {
            self.code.get_or_insert(code);
            return;
        }
        self.failures += 1;
        self.code = match self.code {
            None | Some(Code::AboveThreshold) => Some(code),
            Some(before) if before == code => Some(code),
            Some(_) => Some(Code::Mixed),
        };
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
        assert_eq!(tally.failures, 4);
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
            assert_eq!((tally.code(), tally.failures), (Code::Throttled, 1));
        }
        let mut tally = Tally::default();
        tally.add_code(Code::AboveThreshold);
        assert_eq!((tally.code(), tally.failures), (Code::AboveThreshold, 0));
    }
}
