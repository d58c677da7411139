//! Draws the pictures in the README: terminals in which `wsb` has run against the emulator.
//!
//! ```text
//! cargo build && cargo run --example terminal_picture
//! ```
//!
//! The commands run in a pseudo-terminal, and a terminal emulator interprets their output. The pictures change
//! from run to run, because the times of the emulator's sample sessions are relative to now.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a tool of the developers, run in a terminal"
)]

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    let mut program = std::env::current_exe()?;
    // From target/debug/examples to target/debug.
    program.pop();
    program.pop();
    let program = program.join("wsb");
    let folder = std::env::temp_dir().join(format!("wsb-picture-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let docs = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docs"));
    for picture in &picture::PICTURES {
        std::fs::write(docs.join(picture.file), picture.draw(&program, &folder)?)?;
    }
    std::fs::remove_dir_all(&folder)
}

#[cfg(not(unix))]
fn main() {
    eprintln!("a pseudo-terminal needs Unix");
}

/// Runs the program in a terminal and draws the terminal.
#[cfg(unix)]
pub mod picture {
    use std::ffi::OsStr;
    use std::fmt::Write as _;
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read};
    use std::num::NonZeroU16;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};
    use vt100::{Cell, Color, Parser, Screen};

    /// A picture of a terminal.
    #[derive(Debug)]
    pub struct Picture {
        /// The file's name in `docs/`.
        pub file: &'static str,
        /// The title, for readers who cannot see the picture.
        title: &'static str,
        /// The emulator's data file; `None` for its sample.
        data: Option<&'static str>,
        /// The command. It must not print a request ID, which is random.
        command: &'static str,
    }

    pub const PICTURES: [Picture; 3] = [
        Picture {
            file: "usage.svg",
            title: "wsb get-usage: a bar per portal",
            data: None,
            command: "wsb get-usage --all-regions",
        },
        Picture {
            file: "timeline.svg",
            title: "wsb list-sessions: a bar per session on a time axis",
            data: Some(EVENING),
            command: "wsb list-sessions Contractors --active-since 2026-11-23T14:00Z --active-until 2026-11-24T02:00Z -o timeline",
        },
        Picture {
            file: "session.svg",
            title: "wsb get-session: one session",
            data: None,
            command: "wsb get-session Contractors 33333333-3333-4333-8333-333333333333",
        },
    ];

    /// An evening with fixed times, on which the time axis depends.
    const EVENING: &str = r#"{"portals": [{
        "portalId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "displayName": "Contractors",
        "sessions": [
            {"sessionId": "3b1f0c2e-0000-4000-8000-000000000001", "username": "alice", "status": "Terminated", "startTime": 1795440600, "endTime": 1795461300},
            {"sessionId": "9d44a7b0-0000-4000-8000-000000000002", "username": "bob@example.com", "status": "Terminated", "startTime": 1795449000, "endTime": 1795458900},
            {"sessionId": "c07e51d9-0000-4000-8000-000000000003", "username": "carol", "status": "Terminated", "startTime": 1795454400, "endTime": 1795476000},
            {"sessionId": "58a2f6e4-0000-4000-8000-000000000004", "username": "dave", "status": "Terminated", "startTime": 1795460400, "endTime": 1795466700},
            {"sessionId": "e6c913f8-0000-4000-8000-000000000005", "username": "erin", "status": "Terminated", "startTime": 1795464000, "endTime": 1795473000},
            {"sessionId": "17d08b5a-0000-4000-8000-000000000006", "username": "frank", "status": "Terminated", "startTime": 1795468500, "endTime": 1795489200}
        ]
    }]}"#;

    const ROWS: NonZeroU16 = NonZeroU16::new(60).unwrap();
    const COLUMNS: NonZeroU16 = NonZeroU16::new(100).unwrap();

    /// Pixels of a character cell.
    const CELL: (f64, f64) = (8.4, 18.0);
    /// Pixels around the text, and of the title bar.
    const MARGIN: f64 = 20.0;
    const TITLE: f64 = 24.0;

    const BACKGROUND: &str = "#161b22";
    const FOREGROUND: &str = "#e6edf3";
    /// The terminal's first eight colors, and their bright variants.
    const PALETTE: [&str; 16] = [
        "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
        "#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
    ];

    impl Picture {
        /// The picture of a terminal in which `program` has run the command, as an SVG document.
        ///
        /// # Errors
        ///
        /// No pseudo-terminal could be opened, or the program could not be started.
        pub fn draw(&self, program: &Path, folder: &Path) -> io::Result<String> {
            Ok(draw(&self.run(program, folder)?, self.title))
        }

        /// The terminal after the command, whose home folder is `folder`.
        fn run(&self, program: &Path, folder: &Path) -> io::Result<Parser> {
            let mut arguments = vec!["local".to_owned()];
            if let Some(data) = self.data {
                let path = folder.join("data.json");
                std::fs::write(&path, data)?;
                arguments.extend(["--data".to_owned(), path.display().to_string()]);
            }
            arguments.extend(["--", "sh", "-c"].map(str::to_owned));
            // Warnings depend on the day: the fixed times become older than the retention.
            arguments.push(format!(
                "printf '\\033[1;34m$\\033[0m %s\\n' '{0}'\n{0} 2>/dev/null",
                self.command
            ));
            run(program, folder, &arguments)
        }
    }

    fn run(program: &Path, folder: &Path, arguments: &[String]) -> io::Result<Parser> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        tcsetwinsize(
            &master,
            Winsize {
                ws_row: ROWS.get(),
                ws_col: COLUMNS.get(),
                ws_xpixel: 0,
                ws_ypixel: 0,
            },
        )?;
        let name = ptsname(&master, Vec::new())?;
        let terminal = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed())
            .open(OsStr::from_bytes(name.to_bytes()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(terminal.try_clone()?)
            .stderr(terminal)
            .spawn()?;
        let mut parser = Parser::new(ROWS, COLUMNS, 0);
        let mut master = File::from(master);
        let mut buffer = [0; 4096];
        // The end is an error on Linux (EIO) and an empty read elsewhere.
        while let Ok(length @ 1..) = master.read(&mut buffer) {
            parser.process(&buffer[..length]);
        }
        child.wait()?;
        Ok(parser)
    }

    /// The screen as an SVG document.
    fn draw(parser: &Parser, title: &str) -> String {
        let screen = parser.screen();
        let rows: Vec<String> = screen.rows(0, COLUMNS.get()).collect();
        let used = rows.iter().rposition(|row| !row.trim().is_empty());
        let used = used.map_or(0, |last| last + 1);
        let width = f64::from(COLUMNS.get()) * CELL.0 + 2.0 * MARGIN;
        let height = used as f64 * CELL.1 + 2.0 * MARGIN + TITLE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
             <title>{title}</title>\n\
             <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{BACKGROUND}\" stroke=\"#6e7681\"/>\n",
            width - 1.0,
            height - 1.0
        );
        for (index, color) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
            let x = MARGIN + 6.0 + index as f64 * 20.0;
            let _ = writeln!(
                svg,
                "<circle cx=\"{x}\" cy=\"20\" r=\"6\" fill=\"{color}\"/>"
            );
        }
        for row in 0..used {
            draw_row(&mut svg, screen, row as u16);
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// Adds one row, with one element per run of cells of the same style.
    fn draw_row(svg: &mut String, screen: &Screen, row: u16) {
        let baseline = TITLE + MARGIN + (f64::from(row) + 0.75) * CELL.1;
        let mut column = 0;
        while column < COLUMNS.get() {
            let start = column;
            let style = style(screen.cell(row, start));
            let mut text = String::new();
            while column < COLUMNS.get() && self::style(screen.cell(row, column)) == style {
                let contents = screen.cell(row, column).map_or("", Cell::contents);
                text.push_str(if contents.is_empty() { " " } else { contents });
                column += 1;
            }
            let text = text.trim_end();
            let shown = text.trim_start();
            if shown.is_empty() {
                continue;
            }
            let first = usize::from(start) + text.chars().count() - shown.chars().count();
            // The length keeps the columns aligned in whichever font is found.
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{baseline:.1}\" textLength=\"{:.1}\" xml:space=\"preserve\"{style}>{}</text>",
                MARGIN + first as f64 * CELL.0,
                shown.chars().count() as f64 * CELL.0,
                shown.replace('&', "&amp;").replace('<', "&lt;")
            );
        }
    }

    /// The attributes of a cell's text.
    fn style(cell: Option<&Cell>) -> String {
        let Some(cell) = cell else {
            return String::new();
        };
        let color = match cell.fgcolor() {
            Color::Idx(index) if usize::from(index) < PALETTE.len() => PALETTE[usize::from(index)],
            _ => FOREGROUND,
        };
        let mut style = format!(" fill=\"{color}\"");
        if cell.bold() {
            style.push_str(" font-weight=\"bold\"");
        }
        if cell.dim() {
            style.push_str(" opacity=\"0.7\"");
        }
        style
    }
}
