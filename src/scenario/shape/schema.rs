//! The JSON Schema of scenario files.

/// The whole schema.
pub(crate) fn document() -> serde_json::Value {
    serde_json::Value::Null
}
