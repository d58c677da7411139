//! Standard output for events. If it is a regular file, an incomplete last line, which a full disk or a killed
//! process leaves, is removed before the next event is written.

use std::io::{self, Write};

pub(super) enum EventOutput {
    #[cfg(unix)]
    File(regular_file::RegularFile),
    Stream(io::Stdout),
}

impl EventOutput {
    pub(super) fn from_stdout() -> Self {
        #[cfg(unix)]
        if let Some(file) = regular_file::RegularFile::from_stdout() {
            return Self::File(file);
        }
        Self::Stream(io::stdout())
    }

    /// Writes an event. Returns the size, in bytes, of the incomplete line that was removed before it.
    ///
    /// # Errors
    /// The event could not be written.
    pub(super) fn write(&mut self, event: &[u8]) -> io::Result<u64> {
        match self {
            #[cfg(unix)]
            Self::File(file) => file.write(event),
            Self::Stream(stdout) => {
                stdout.write_all(event)?;
                stdout.flush()?;
                Ok(0)
            }
        }
    }
}

/// Flushes standard output to the disk if it is a regular file.
///
/// # Errors
/// The flush failed.
pub(crate) fn sync_output() -> io::Result<()> {
    #[cfg(unix)]
    if let Some(file) = regular_file::RegularFile::from_stdout() {
        return file.sync();
    }
    Ok(())
}

/// The first line of standard output, with its line feed, if that is a regular file and the line precedes the next
/// write. Always `None` on systems other than Unix.
pub(super) fn first_line() -> Option<Vec<u8>> {
    #[cfg(unix)]
    if let Some(mut file) = regular_file::RegularFile::from_stdout() {
        return file.first_line().ok();
    }
    None
}

/// Whether standard output is `/dev/null`. Rust's runtime opens it if standard output is closed. Always false
/// on systems other than Unix.
pub(crate) fn is_output_discarded() -> bool {
    #[cfg(unix)]
    if let (Ok(output), Ok(null)) = (
        rustix::fs::fstat(io::stdout()),
        rustix::fs::stat("/dev/null"),
    ) {
        let file_type = rustix::fs::FileType::from_raw_mode(output.st_mode);
        return file_type.is_char_device() && output.st_rdev == null.st_rdev;
    }
    false
}

#[cfg(unix)]
mod regular_file {
    use std::fs::File;
    use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
    use std::os::fd::AsFd;

    use rustix::fs::{OFlags, fcntl_getfl};

    /// The block size, in bytes, of the search for the last line feed.
    const BLOCK: u64 = 64 << 10;

    pub(in super::super) struct RegularFile {
        file: File,
        is_append: bool,
        /// Whether the last line is known to be complete.
        is_complete: bool,
    }

    impl RegularFile {
        /// Standard output, if it is a regular file. It is not written through `std::io::Stdout`, whose buffer
        /// keeps bytes that could not be written, and writes them when the program exits.
        pub(super) fn from_stdout() -> Option<Self> {
            let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
            let is_regular = file.metadata().ok()?.is_file();
            let is_append = fcntl_getfl(&file).ok()?.contains(OFlags::APPEND);
            is_regular.then_some(Self {
                file,
                is_append,
                is_complete: false,
            })
        }

        pub(super) fn sync(&self) -> io::Result<()> {
            self.file.sync_data()
        }

        pub(super) fn write(&mut self, event: &[u8]) -> io::Result<u64> {
            let removed = if self.is_complete {
                0
            } else {
                self.remove_incomplete_line()?
            };
            self.is_complete = true;
            let start = self.end()?;
            let mut rest = event;
            while !rest.is_empty() {
                let written = match self.file.write(rest) {
                    Ok(0) => Err(ErrorKind::WriteZero.into()),
                    written => written,
                };
                match written {
                    Ok(count) => rest = &rest[count..],
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => {
                        // If this fails too, the error of the write is the one to report.
                        let _ = self.take_back(start, event.len() - rest.len());
                        return Err(error);
                    }
                }
            }
            Ok(removed)
        }

        fn end(&mut self) -> io::Result<u64> {
            if self.is_append {
                Ok(self.file.metadata()?.len())
            } else {
                self.file.stream_position()
            }
        }

        /// Removes the written part of an event, unless another process has written after it.
        fn take_back(&mut self, start: u64, written: usize) -> io::Result<()> {
            if written > 0 && self.file.metadata()?.len() == start + written as u64 {
                self.truncate(start)?;
            }
            Ok(())
        }

        fn truncate(&mut self, length: u64) -> io::Result<()> {
            self.file.set_len(length)?;
            self.file.seek(SeekFrom::Start(length)).map(drop)
        }

        /// Removes the bytes after the last line feed, if the next write would follow them. Returns their number.
        fn remove_incomplete_line(&mut self) -> io::Result<u64> {
            let (end, complete) = (self.end()?, self.complete_end()?);
            if complete < end {
                self.truncate(complete)?;
            }
            Ok(end - complete)
        }

        /// # Errors
        /// The file cannot be read.
        pub(super) fn first_line(&mut self) -> io::Result<Vec<u8>> {
            let mut start = BufReader::new(Self::reader()?).take(self.complete_end()?.min(BLOCK));
            let mut line = Vec::new();
            start.read_until(b'\n', &mut line)?;
            Ok(line)
        }

        /// Opens the file again for reading, because a shell opens standard output only for writing.
        fn reader() -> io::Result<File> {
            File::open("/proc/self/fd/1").or_else(|_| File::open("/dev/fd/1"))
        }

        /// The end of the complete lines before the next write. All lines count as complete if the file cannot be
        /// read, or if the next write is not at its end.
        fn complete_end(&mut self) -> io::Result<u64> {
            let end = self.end()?;
            if end != self.file.metadata()?.len() {
                return Ok(end);
            }
            let complete = Self::reader().and_then(|mut reader| complete_length(&mut reader, end));
            Ok(complete.unwrap_or(end))
        }
    }

    /// The length of a file up to its last line feed, which is included.
    fn complete_length(file: &mut (impl Read + Seek), length: u64) -> io::Result<u64> {
        let mut end = length;
        let mut block = Vec::new();
        while end > 0 {
            let start = end.saturating_sub(BLOCK);
            file.seek(SeekFrom::Start(start))?;
            block.clear();
            file.by_ref().take(end - start).read_to_end(&mut block)?;
            if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
                return Ok(start + at as u64 + 1);
            }
            end = start;
        }
        Ok(0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_file_is_complete_up_to_its_last_line_feed() {
            let long = "x".repeat(200_000);
            for (text, complete) in [
                (String::new(), 0),
                ("a\nb\n".to_owned(), 4),
                ("a\nb".to_owned(), 2),
                ("ab".to_owned(), 0),
                (format!("a\n{long}"), 2),
                (format!("{long}\n{long}"), 200_001),
            ] {
                let length = text.len() as u64;
                let found = complete_length(&mut io::Cursor::new(text), length).unwrap();
                assert_eq!(found, complete);
            }
        }
    }
}
