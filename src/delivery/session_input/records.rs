//! Splits an input into records: lines, and the elements of JSON arrays.

use std::fmt;
use std::io::{self, BufRead};

use crate::diagnostics::Failure;

/// The maximum size of a record, in bytes. A longer record is an error, and is not kept in memory.
const MAX_RECORD: usize = 1 << 20;

/// The position of a record and its content: a line, or the JSON text of an array's element. A record that
/// cannot be read has a failure instead of its content.
pub(super) type Record = (Position, Result<Vec<u8>, Failure>);

/// The position of a record in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line in which the record ends, from 1.
    pub line: u64,
    /// The number of the element in its JSON array, from 1; `None` for a line.
    pub element: Option<u64>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of standard input", self.line)?;
        match self.element {
            Some(element) => write!(f, ", element {element} of the JSON array,"),
            None => Ok(()),
        }
    }
}

/// Reads the records of an input, without blank lines.
///
/// It finds the elements of an array by counting brackets: an array of any size needs little memory, and the
/// elements after a malformed one are still found.
pub(super) struct Records<R> {
    input: R,
    /// The number of complete lines that have been read.
    lines: u64,
    /// The number of elements that have been read of the current array; `None` outside of an array.
    elements: Option<u64>,
    has_failed: bool,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            lines: 0,
            elements: None,
            has_failed: false,
        }
    }

    /// `None` at the end of the input.
    fn read(&mut self) -> io::Result<Option<Record>> {
        loop {
            match (self.skip_space()?, &mut self.elements) {
                (None, None) => return Ok(None),
                (None, Some(_)) => {
                    let record = self.error("ends before the JSON array does");
                    self.elements = None;
                    return Ok(Some(record));
                }
                (Some(b'['), None) if is_array(self.input.fill_buf()?) => {
                    self.input.consume(1);
                    self.elements = Some(0);
                }
                (Some(b']'), Some(_)) => {
                    self.input.consume(1);
                    self.elements = None;
                }
                (Some(b','), Some(_)) => self.input.consume(1),
                (Some(_), elements) => {
                    *elements = elements.map(|number| number + 1);
                    return self.read_record().map(Some);
                }
            }
        }
    }

    /// Skips spaces, line breaks and byte order marks. Returns the next byte without consuming it.
    fn skip_space(&mut self) -> io::Result<Option<u8>> {
        const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
        loop {
            let bytes = self.input.fill_buf()?;
            let Some(first) = bytes.first().copied() else {
                return Ok(None);
            };
            let skipped = match first {
                b'\n' | b' ' | b'\t' | b'\r' => 1,
                _ if bytes.starts_with(&BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len(),
                _ => return Ok(Some(first)),
            };
            self.lines += u64::from(first == b'\n');
            self.input.consume(skipped);
        }
    }

    fn read_record(&mut self) -> io::Result<Record> {
        let mut scanner = self.elements.map(|_| Scanner::default());
        let mut content = Vec::new();
        let mut is_too_long = false;
        let mut is_complete = false;
        while !is_complete {
            let bytes = self.input.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            let end = match &mut scanner {
                Some(scanner) => scanner.find_end(bytes),
                None => memchr::memchr(b'\n', bytes),
            };
            is_complete = end.is_some();
            let count = end.unwrap_or(bytes.len());
            is_too_long |= content.len() + count > MAX_RECORD;
            if !is_too_long {
                content.extend_from_slice(&bytes[..count]);
            }
            self.lines += memchr::memchr_iter(b'\n', &bytes[..count]).count() as u64;
            self.input.consume(count);
        }
        let record = if is_too_long {
            self.error("is longer than 1 MiB")
        } else {
            (self.current_position(), Ok(content))
        };
        if is_complete && scanner.is_some_and(|scanner| scanner.is_in_string) {
            // The end of the array can no longer be found, so the following lines are records.
            self.elements = None;
        }
        Ok(record)
    }

    fn error(&self, reason: impl Into<String>) -> Record {
        (self.current_position(), Err(Failure::usage(reason)))
    }

    fn current_position(&self) -> Position {
        Position {
            line: self.lines + 1,
            // An error before the first element concerns the array, not an element.
            element: self.elements.filter(|number| *number > 0),
        }
    }
}

/// Whether bytes that start with `[` are an array of objects or strings. Otherwise they may be a row of CSV.
fn is_array(bytes: &[u8]) -> bool {
    bytes
        .get(1)
        .is_none_or(|next| next.is_ascii_whitespace() || b"{\"[]".contains(next))
}

/// Finds the end of a JSON value.
#[derive(Default)]
struct Scanner {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
}

impl Scanner {
    /// The number of bytes before the end of the value; `None` if the value continues after `bytes`. The value
    /// ends at the next delimiter. It also ends at a line break in a string: JSON does not allow one there, so a
    /// quotation mark is missing.
    fn find_end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            let is_escaped = std::mem::take(&mut self.is_escaped);
            match byte {
                b'\n' if self.is_in_string => return Some(index),
                b'\\' if self.is_in_string => self.is_escaped = !is_escaped,
                b'"' if !is_escaped => self.is_in_string = !self.is_in_string,
                _ if self.is_in_string => {}
                b',' | b']' if self.depth == 0 => return Some(index),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        None
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.has_failed {
            return None;
        }
        self.read().unwrap_or_else(|error| {
            self.has_failed = true;
            Some(self.error(format!("cannot be read: {error}")))
        })
    }
}
