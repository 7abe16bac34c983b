//! Progress with an estimate of the time left: on a terminal only, and never in a result.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use crate::experiment::{Options, Progress};

/// Does a work that tells its progress on a bar, if that is to be seen, and that ends when `stop` is set.
pub(super) fn watched<T, E>(
    stop: &AtomicBool,
    quiet: bool,
    threads: Option<u16>,
    work: impl FnOnce(Options<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let bar = Bar::new(quiet);
    let result = work(Options { threads: threads.map(usize::from), progress: Some(&bar), stop: Some(stop) });
    bar.clear();
    result
}

/// A bar on standard error, drawn from the first report on.
#[derive(Debug)]
pub(super) struct Bar {
    bar: OnceLock<ProgressBar>,
    shown: bool,
}

impl Bar {
    /// A bar that shows only if standard error is a terminal and `quiet` is off.
    pub(super) fn new(quiet: bool) -> Self {
        Self { bar: OnceLock::new(), shown: !quiet && io::stderr().is_terminal() }
    }

    /// Takes the bar off the screen.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn advanced(&self, parts: u64, total: u64) {
        if self.shown {
            let bar = self.bar.get_or_init(|| start(total));
            // Where the work depends on what is found, more of it becomes known on the way.
            if bar.length() != Some(total) {
                bar.set_length(total);
            }
            bar.inc(parts);
        }
    }
}

fn start(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::term_like_with_hz(Box::new(Line), 10));
    let style = ProgressStyle::with_template("simulating {wide_bar} {percent:>3} %  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// A line of the terminal, less wide than terminals are: where the cursor stands at the end of a full line, the `^C` that the
/// terminal echoes begins a new one, and the bar would stay on the screen.
#[derive(Debug)]
struct Line;

impl Line {
    const WIDTH: u16 = 72;

    fn write(text: impl Display) -> io::Result<()> {
        write!(io::stderr(), "{text}")
    }

    fn moved(by: usize, way: char) -> io::Result<()> {
        if by > 0 { Self::write(format_args!("\x1b[{by}{way}")) } else { Ok(()) }
    }
}

impl TermLike for Line {
    fn width(&self) -> u16 {
        Self::WIDTH
    }

    fn move_cursor_up(&self, by: usize) -> io::Result<()> {
        Self::moved(by, 'A')
    }

    fn move_cursor_down(&self, by: usize) -> io::Result<()> {
        Self::moved(by, 'B')
    }

    fn move_cursor_right(&self, by: usize) -> io::Result<()> {
        Self::moved(by, 'C')
    }

    fn move_cursor_left(&self, by: usize) -> io::Result<()> {
        Self::moved(by, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        Self::write(format_args!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        Self::write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        Self::write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}
