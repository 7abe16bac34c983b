//! EventBridge schedules: `cron(...)` and `rate(...)` expressions. (grammar to be moved in a folder)
