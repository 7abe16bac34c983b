//! The story of one item: a timeline for people, or a document.

mod document;
pub(super) mod faults;
mod instant;
mod run_over;
mod standing;
mod text;
mod words;
mod workflow;

pub use document::json;
pub use instant::clock;
pub use text::render;
