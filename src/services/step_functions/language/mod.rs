//! The Amazon States Language: state machines as they are written, read and held against the language.
//!
//! Sources: the Amazon States Language specification (states-language.net), the AWS Step Functions developer guide (ASL,
//! SFNE), and what AWS answered in recorded runs where the two are silent. Of JSONata the
//! part is evaluated that [`jsonata`] names.

pub mod choice;
mod digest;
pub mod intrinsic;
mod json;
pub mod jsonata;
pub mod machine;
pub mod path;
mod read;
pub mod retry;
mod sample;
pub mod template;
mod yaml;

pub use json::{Document, DocumentError};
pub use read::{Fault, MachineError};
