//! Progress on a terminal as bars, elsewhere as plain lines.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    bars: bool,
}

/// One part of the day, while it goes on.
pub struct Step {
    title: &'static str,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Bars when standard output is a terminal.
    #[must_use]
    pub fn of_stdout() -> Self {
        Self { bars: std::io::stdout().is_terminal() }
    }

    /// Whether somebody watches.
    #[must_use]
    pub fn is_watched(self) -> bool {
        self.bars
    }

    /// Begins a part of `length` pieces.
    #[must_use]
    pub fn begin(self, title: &'static str, length: usize) -> Step {
        let bar = self.bars.then(|| {
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stdout());
            if let Ok(style) = ProgressStyle::with_template("  {msg:<46} {bar:32} {pos}/{len}") {
                bar.set_style(style.progress_chars("━╸ "));
            }
            bar.set_message(title);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Step { title, bar }
    }
}

impl Step {
    /// One piece is done.
    pub fn inc(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// The part is done; `result` says what came of it.
    pub fn done(self, result: &str) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        say(&format!("  {:<46} {result}", self.title));
    }
}

/// Writes lines to standard output. A closed pipe is no reason to stop playing.
pub fn say(lines: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{lines}");
}
