//! Which fields each type of state has.

use super::super::machine::QueryLanguage;

/// A type of state and its fields.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Type, fields of both languages, of paths, and of expressions. `Type`, `Comment` and `QueryLanguage` all have.
const FIELDS: [Row; 8] = [
    (
        "Pass",
        &["Next", "End", "Assign"],
        &["InputPath", "OutputPath", "Parameters", "Result", "ResultPath"],
        &["Output"],
    ),
    (
        "Task",
        &["Next", "End", "Assign", "Resource", "Credentials", "TimeoutSeconds", "HeartbeatSeconds", "Retry", "Catch"],
        &[
            "InputPath",
            "OutputPath",
            "Parameters",
            "ResultSelector",
            "ResultPath",
            "TimeoutSecondsPath",
            "HeartbeatSecondsPath",
        ],
        &["Arguments", "Output"],
    ),
    ("Choice", &["Choices", "Default", "Assign"], &["InputPath", "OutputPath"], &["Output"]),
    (
        "Wait",
        &["Next", "End", "Assign", "Seconds", "Timestamp"],
        &["InputPath", "OutputPath", "SecondsPath", "TimestampPath"],
        &["Output"],
    ),
    ("Succeed", &[], &["InputPath", "OutputPath"], &["Output"]),
    ("Fail", &["Error", "Cause"], &["ErrorPath", "CausePath"], &[]),
    (
        "Parallel",
        &["Next", "End", "Assign", "Branches", "Retry", "Catch"],
        &["InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath"],
        &["Arguments", "Output"],
    ),
    (
        "Map",
        &[
            "Next",
            "End",
            "Assign",
            "ItemProcessor",
            "Iterator",
            "ItemSelector",
            "ItemReader",
            "ItemBatcher",
            "ResultWriter",
            "Label",
            "MaxConcurrency",
            "ToleratedFailureCount",
            "ToleratedFailurePercentage",
            "Retry",
            "Catch",
        ],
        &[
            "InputPath",
            "OutputPath",
            "ItemsPath",
            "Parameters",
            "ResultSelector",
            "ResultPath",
            "MaxConcurrencyPath",
            "ToleratedFailureCountPath",
            "ToleratedFailurePercentagePath",
        ],
        &["Items", "Output"],
    ),
];

/// Every type of state.
pub(super) fn types() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|row| row.0)
}

/// The fields of a type in a language; none of a type that there is not.
pub(super) fn of(kind: &str, language: QueryLanguage) -> Option<Vec<&'static str>> {
    let (_, both, paths, expressions) = FIELDS.iter().find(|row| row.0 == kind)?;
    let own = match language {
        QueryLanguage::JsonPath => paths,
        QueryLanguage::Jsonata => expressions,
    };
    Some(["Type", "Comment", "QueryLanguage"].iter().chain(*both).chain(*own).copied().collect())
}
