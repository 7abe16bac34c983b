//! What items carry besides their time.

use crate::kernel::{Distribution, Purpose, Root, Span, Time};

use super::keys::Keys;
use super::settings::{SentTwice, StreamSettings};
use super::stream::Arrival;
use super::trace::Carried;

/// What items carry, where the trace does not say. Draws that could not change anything are not made.
#[derive(Debug)]
pub(super) struct Marks {
    keys: Keys,
    size: Size,
    again: Option<(SentTwice, Purpose)>,
}

#[derive(Debug)]
enum Size {
    Constant(u64),
    Drawn(Distribution, Purpose),
}

impl Marks {
    pub(super) fn new(settings: &StreamSettings, root: &Root) -> Self {
        let name = settings.name.as_str();
        let again = settings.sent_twice.clone().filter(|twice| twice.probability > 0.0);
        Self {
            keys: Keys::new(&settings.keys, root, name),
            size: Size::new(&settings.size, root.purpose(name, "size")),
            again: again.map(|twice| (twice, root.purpose(name, "again"))),
        }
    }

    /// An item of which nothing but its time is known.
    #[inline]
    pub(super) fn arrival(&self, number: u64, at: Time) -> Arrival {
        let (key, size) = (self.keys.key(number), self.size.bytes(number));
        Arrival { at, key, size, service: None, again: self.again(number) }
    }

    /// An item of a trace: what the trace says of it goes before what the settings say.
    pub(super) fn recorded(&self, number: u64, at: Time, carried: Carried) -> Arrival {
        Arrival {
            at,
            key: carried.key.unwrap_or_else(|| self.keys.key(number)),
            size: carried.size.unwrap_or_else(|| self.size.bytes(number)),
            service: carried.service,
            again: self.again(number),
        }
    }

    #[inline]
    fn again(&self, number: u64) -> Option<Span> {
        let (twice, purpose) = self.again.as_ref()?;
        let mut draw = purpose.draw(number, 0);
        draw.chance(twice.probability).then(|| twice.after.span(&mut draw))
    }
}

impl Size {
    fn new(size: &Distribution, purpose: Purpose) -> Self {
        if size.variance() == 0.0 {
            Self::Constant(whole_bytes(size.mean()))
        } else {
            Self::Drawn(size.clone(), purpose)
        }
    }

    #[inline]
    fn bytes(&self, number: u64) -> u64 {
        match self {
            Self::Constant(bytes) => *bytes,
            Self::Drawn(size, purpose) => whole_bytes(size.sample(&mut purpose.draw(number, 0))),
        }
    }
}

/// The nearest whole number; what is not positive is zero.
fn whole_bytes(bytes: f64) -> u64 {
    (bytes + 0.5) as u64
}
