//! Draws a share of a limit as a bar.

use comfy_table::Color;

/// The length of a full bar, in columns.
const LENGTH: u16 = 10;

/// The left eighths of a column, from one to seven (Unicode block elements).
pub(in crate::output) const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The share from which a portal counts as nearly full.
const NEARLY_FULL: f64 = 0.8;
const FULL: f64 = 0.95;

/// A share of a limit. It can exceed 1, because a limit can be lowered while sessions run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar(f64);

impl Bar {
    /// Returns `None` if the share is negative or not finite.
    pub(super) fn from_share(share: f64) -> Option<Self> {
        (share.is_finite() && share >= 0.0).then_some(Self(share))
    }

    pub(super) fn color(self) -> Color {
        if self.0 >= FULL {
            Color::DarkRed
        } else if self.0 >= NEARLY_FULL {
            Color::DarkYellow
        } else {
            Color::DarkGreen
        }
    }

    pub(super) fn percentage(self) -> String {
        format!("{:.0}%", (self.0 * 100.0).min(9999.0))
    }

    /// The bar on its track, and the percentage: `███▌░░░░░░  35%`.
    pub(super) fn text(self, is_utf8: bool) -> String {
        let share = self.0.min(1.0);
        let percent = format!("{:>4}", self.percentage());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 80"
        )]
        let eighths = (share * f64::from(LENGTH) * 8.0).round() as usize;
        // A small share is visible as one eighth.
        let eighths = if share > 0.0 { eighths.max(1) } else { 0 };
        let length = usize::from(LENGTH);
        if !is_utf8 {
            let full = eighths.div_ceil(8);
            return format!(
                "[{}{}] {percent}",
                "#".repeat(full),
                ".".repeat(length - full)
            );
        }
        let mut bar = "█".repeat(eighths / 8);
        if let Some(part) = (eighths % 8).checked_sub(1) {
            bar.push(EIGHTHS[part]);
        }
        let track = length - eighths.div_ceil(8);
        format!("{bar}{} {percent}", "░".repeat(track))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_the_share_and_never_longer_than_its_track() {
        for (share, utf8, ascii, color) in [
            (
                0.0,
                "░░░░░░░░░░   0%",
                "[..........]   0%",
                Color::DarkGreen,
            ),
            (
                0.001,
                "▏░░░░░░░░░   0%",
                "[#.........]   0%",
                Color::DarkGreen,
            ),
            (
                0.35,
                "███▌░░░░░░  35%",
                "[####......]  35%",
                Color::DarkGreen,
            ),
            (
                0.8,
                "████████░░  80%",
                "[########..]  80%",
                Color::DarkYellow,
            ),
            (1.0, "██████████ 100%", "[##########] 100%", Color::DarkRed),
            (1.2, "██████████ 120%", "[##########] 120%", Color::DarkRed),
        ] {
            let bar = Bar::from_share(share).unwrap();
            assert_eq!(bar.text(true), utf8);
            assert_eq!(bar.text(false), ascii);
            assert_eq!(bar.color(), color, "{share}");
        }
        for wrong in [f64::NAN, f64::INFINITY, -0.1] {
            assert!(Bar::from_share(wrong).is_none());
        }
    }
}
