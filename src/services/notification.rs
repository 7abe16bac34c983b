//! Notifications that an object was created or an event sent: latency, at-least-once delivery, no order.

use super::s3::PutSettings;
use crate::kernel::Distribution;

/// How a source tells a function of a new item.
#[derive(Debug, Clone, PartialEq)]
pub struct NotificationSettings {
    /// From the item's arrival to the asynchronous invoke call.
    pub latency: Distribution,
    /// Chance that an item is notified twice.
    pub duplicate_probability: f64,
    /// How objects are put before anybody is notified of them; none: what is sent is no object.
    pub puts: Option<PutSettings>,
}
