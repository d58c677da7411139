//! The exit code of a command that may have failed in several places.

use crate::diagnostics::Code;

/// Counts failures: the code is their common one.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    code: Option<Code>,
    count: usize,
}

impl Tally {
    pub(super) fn add(&mut self, code: Code) {
        self.count += 1;
        self.code = match self.code {
            None => Some(code),
            Some(before) if before == code => Some(code),
            Some(_) => Some(Code::Mixed),
        };
    }

    /// Failures so far.
    pub(super) fn count(self) -> usize {
        self.count
    }

    pub(super) fn code(self) -> Code {
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
        tally.add(Code::NotFound);
        tally.add(Code::NotFound);
        assert_eq!(tally.code(), Code::NotFound);
        tally.add(Code::Throttled);
        tally.add(Code::NotFound);
        assert_eq!(tally.code(), Code::Mixed);
        assert_eq!(tally.count(), 4);
    }
}
