//! Draws `docs/terminal.svg`: a terminal in which `wsb` has run against the emulator.
//!
//! ```text
//! cargo build && cargo run --example terminal_picture
//! ```
//!
//! The commands run in a pseudo-terminal, and a terminal emulator reads what they print. The picture
//! depends on nothing else, but for the times: the emulator's sample sessions start relative to now.
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
    let folder = std::env::temp_dir().join(format!("wsb-picture-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let picture = picture::draw(&picture::run(&program.join("wsb"), &folder)?);
    std::fs::remove_dir_all(&folder)?;
    std::fs::write(
        concat!(env!("CARGO_MANIFEST_DIR"), "/docs/terminal.svg"),
        picture,
    )
}

#[cfg(not(unix))]
fn main() {
    eprintln!("a pseudo-terminal needs Unix");
}

/// From a run of the program to a picture of it.
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

    /// What runs in the terminal. None of them may print a request ID, which is random.
    const COMMANDS: [&str; 3] = [
        "wsb list-sessions Contractors --status active",
        "wsb get-session Contractors 33333333-3333-4333-8333-333333333333",
        "wsb get-session Contractors 22222222-2222-4222-8222-222222222222 --field endTime",
    ];

    const ROWS: NonZeroU16 = NonZeroU16::new(60).unwrap();
    const COLUMNS: NonZeroU16 = NonZeroU16::new(100).unwrap();

    /// Pixels of a character cell.
    const CELL: (f64, f64) = (8.4, 18.0);
    /// Pixels around the text; above it are the window's buttons too.
    const MARGIN: f64 = 20.0;
    const TITLE: f64 = 24.0;

    const BACKGROUND: &str = "#161b22";
    const FOREGROUND: &str = "#e6edf3";
    /// The terminal's first eight colors, and their bright variants.
    const PALETTE: [&str; 16] = [
        "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
        "#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
    ];

    /// What a terminal shows after `program` has run the commands, with `folder` as its home.
    ///
    /// # Errors
    ///
    /// No pseudo-terminal could be opened, or the program could not be started.
    pub fn run(program: &Path, folder: &Path) -> io::Result<Parser> {
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
            .args(["local", "--", "sh", "-c", &script()])
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

    /// A shell script that shows each command behind a prompt and runs it.
    fn script() -> String {
        let mut script = String::new();
        for command in COMMANDS {
            let _ = writeln!(script, "printf '\\033[1;34m$\\033[0m %s\\n' '{command}'");
            let _ = writeln!(script, "{command}; echo");
        }
        script
    }

    /// The screen as an SVG document.
    #[must_use]
    pub fn draw(parser: &Parser) -> String {
        let screen = parser.screen();
        let rows: Vec<String> = screen.rows(0, COLUMNS.get()).collect();
        let used = rows.iter().rposition(|row| !row.trim().is_empty());
        let used = used.map_or(0, |last| last + 1);
        let width = f64::from(COLUMNS.get()) * CELL.0 + 2.0 * MARGIN;
        let height = used as f64 * CELL.1 + 2.0 * MARGIN + TITLE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
             <title>wsb in a terminal</title>\n\
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

    /// Adds one row: an element for each run of cells that look alike.
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
