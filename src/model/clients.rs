//! The client objects through which functions call: one for each process and resource.

use std::collections::BTreeMap;

use crate::handlers::CallSettings;
use crate::kernel::{Draw, Span, Time};
use crate::services::downstream::Process;
use crate::services::sdk_client::settings::RetryMode;
use crate::services::sdk_client::{Call, Client, Failure, QUOTA};
use crate::words::ResourceId;

/// Client objects. One that is as good as new is not kept.
#[derive(Debug, Default)]
pub(super) struct Clients {
    objects: BTreeMap<(Process, ResourceId), Client>,
}

impl Clients {
    /// The next attempt of a call: when it goes out.
    pub(super) fn send(&mut self, process: Process, call: &CallSettings, now: Time, state: &mut Call) -> Time {
        self.with(process, call, |client| client.send(now, state))
    }

    /// An attempt succeeded.
    pub(super) fn succeeded(&mut self, process: Process, call: &CallSettings, now: Time, state: Call) {
        self.with(process, call, |client| client.succeeded(now, state));
    }

    /// An attempt failed: how long to pause before the next; none: there is none.
    pub(super) fn failed(
        &mut self,
        process: Process,
        call: &CallSettings,
        now: Time,
        state: &mut Call,
        failure: Failure,
        draw: &mut Draw,
    ) -> Option<Span> {
        self.with(process, call, |client| client.failed(now, &call.client, state, failure, draw))
    }

    /// A process is gone.
    pub(super) fn forget(&mut self, process: Process) {
        let from = (process, ResourceId(0));
        let until = (process, ResourceId(u16::MAX));
        while let Some((&object, _)) = self.objects.range(from..=until).next() {
            self.objects.remove(&object);
        }
    }

    /// Asks a client object.
    fn with<T>(&mut self, process: Process, call: &CallSettings, ask: impl FnOnce(&mut Client) -> T) -> T {
        let mut client = self.objects.remove(&(process, call.to)).unwrap_or_else(|| Client::new(&call.client));
        let answer = ask(&mut client);
        if client.tokens() < QUOTA || call.client.mode == RetryMode::Adaptive {
            self.objects.insert((process, call.to), client);
        }
        answer
    }
}
