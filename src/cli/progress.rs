//! Progress with an estimate of the time left: on a terminal only, and never in a result.

use std::io::IsTerminal;
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::Progress;

/// A bar on standard error, drawn from the first report on.
#[derive(Debug)]
pub(super) struct Bar {
    bar: OnceLock<ProgressBar>,
    shown: bool,
}

impl Bar {
    /// A bar that shows only if standard error is a terminal and `quiet` is off.
    pub(super) fn new(quiet: bool) -> Self {
        Self { bar: OnceLock::new(), shown: !quiet && std::io::stderr().is_terminal() }
    }

    /// Takes the bar off the screen.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn advanced(&self, total: u64) {
        if self.shown {
            let bar = self.bar.get_or_init(|| start(total));
            // Where the work depends on what is found, more of it becomes known on the way.
            if bar.length() != Some(total) {
                bar.set_length(total);
            }
            bar.inc(1);
        }
    }
}

fn start(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("simulating {wide_bar} {percent:>3} %  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
