//! The messages of an SQS node, in a standard or in a FIFO queue: what the pollers ask of either.

use super::fifo_node::Fifo;
use super::sqs_node::Parcel;
use crate::kernel::{Handle, Time};
use crate::services::sqs::{Queue, Receipt, Received};

/// A queue of either kind.
#[derive(Debug)]
pub(super) enum MessageQueue {
    Standard(Queue<Parcel>),
    Fifo(Box<Fifo>),
}

impl MessageQueue {
    /// Whether it keeps the messages of a group in order.
    pub(super) const fn is_fifo(&self) -> bool {
        matches!(self, Self::Fifo(_))
    }

    /// Whether a receive would find anything now.
    pub(super) fn is_receivable(&self) -> bool {
        match self {
            Self::Standard(queue) => queue.is_receivable(),
            Self::Fifo(fifo) => fifo.queue.is_receivable(),
        }
    }

    /// Whether messages wait for a poller, too many in flight or not.
    pub(super) fn has_waiting(&self) -> bool {
        match self {
            Self::Standard(queue) => queue.visible() > 0,
            Self::Fifo(fifo) => fifo.queue.has_free_group(),
        }
    }

    /// The next message of the receive under way.
    pub(super) fn receive(&mut self, now: Time) -> Option<Received<Parcel>> {
        match self {
            Self::Standard(queue) => queue.receive(now),
            Self::Fifo(fifo) => fifo.queue.receive(now).map(|received| received.map(|sent| sent.parcel)),
        }
    }

    /// The receive under way is over.
    pub(super) fn end_receive(&mut self) {
        if let Self::Fifo(fifo) = self {
            fifo.queue.end_receive();
        }
    }

    /// A message's delay is over.
    pub(super) fn appear(&mut self, message: Handle) {
        match self {
            Self::Standard(queue) => queue.appear(message),
            Self::Fifo(fifo) => fifo.queue.appear(message),
        }
    }

    /// What a message is about, to be changed while this delivery of it is the latest.
    pub(super) fn content_mut(&mut self, receipt: &Receipt) -> Option<&mut Parcel> {
        match self {
            Self::Standard(queue) => queue.content_mut(receipt),
            Self::Fifo(fifo) => fifo.queue.content_mut(receipt).map(|sent| &mut sent.parcel),
        }
    }

    /// The visibility timeouts of these deliveries, in the order of their receives, have run.
    pub(super) fn reappear(&mut self, receipts: impl DoubleEndedIterator<Item = Receipt> + Clone) {
        match self {
            Self::Standard(queue) => queue.reappear(receipts),
            Self::Fifo(fifo) => fifo.queue.reappear(receipts),
        }
    }

    /// Deletes a message if this is its latest delivery, and gives back what it was about.
    pub(super) fn delete(&mut self, receipt: &Receipt) -> Option<Parcel> {
        match self {
            Self::Standard(queue) => queue.delete(receipt),
            Self::Fifo(fifo) => fifo.queue.delete(receipt).map(|sent| sent.parcel),
        }
    }

    /// Takes out one message whose retention is over, if there is one.
    pub(super) fn expire(&mut self, now: Time) -> Option<Parcel> {
        match self {
            Self::Standard(queue) => queue.expire(now),
            Self::Fifo(fifo) => fifo.queue.expire(now).map(|sent| sent.parcel),
        }
    }

    /// When the oldest message expires.
    pub(super) fn next_expiry(&self) -> Option<Time> {
        match self {
            Self::Standard(queue) => queue.next_expiry(),
            Self::Fifo(fifo) => fifo.queue.next_expiry(),
        }
    }
}
