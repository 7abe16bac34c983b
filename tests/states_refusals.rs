//! Machines that AWS refuses, rule by rule: each with the JSON path of what is wrong there, and what is expected.

use serde_json::{Value, json};
use simctl::services::step_functions::language::MachineError;
use simctl::services::step_functions::language::machine::Machine;

/// What is wrong with a machine, one line a fault; nothing if it is read.
fn faults(machine: &Value) -> Vec<String> {
    match Machine::parse(&machine.to_string()) {
        Ok(_) => Vec::new(),
        Err(MachineError::Faults(faults)) => faults.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
    }
}

/// A Map state whose children are executions of this type, with these fields.
fn distributed(execution_type: &str, processor: &Value, fields: &Value) -> Value {
    let mut inner = processor.clone();
    inner["ProcessorConfig"] = json!({ "Mode": "DISTRIBUTED", "ExecutionType": execution_type });
    let mut state = json!({ "Type": "Map", "ItemProcessor": inner, "End": true });
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
    json!({ "StartAt": "M", "States": { "M": state } })
}

/// Rule [doc] SFNS: .sync, .sync:2, .waitForTaskToken, activities and distributed Maps run in Standard workflows only; Express children of a distributed Map have none either.
#[test]
fn an_express_workflow_waits_for_no_job_and_no_callback() {
    let work = |resource: &str| {
        let task = json!({ "Type": "Task", "Resource": resource, "End": true });
        json!({ "StartAt": "Work", "States": { "Work": task } })
    };
    let [job, nested, callback, activity, plain] = [
        "arn:aws:states:::ecs:runTask.sync",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:us-east-1:123456789012:activity:review",
        "arn:aws:states:::lambda:invoke",
    ];
    let reason = "runs in Standard workflows only, and this one is Express";
    let told = |machine: &Value| -> Vec<String> {
        let machine = Machine::parse(&machine.to_string()).unwrap_or_else(|error| panic!("{error}"));
        machine.express_faults().iter().map(ToString::to_string).collect()
    };
    for resource in [job, nested, callback, activity] {
        assert_eq!(told(&work(resource)), [format!("$.States.Work.Resource: `{resource}` {reason}")]);
        let children = distributed("EXPRESS", &work(resource), &json!({}));
        let place = "$.States.M.ItemProcessor.States.Work.Resource";
        assert_eq!(faults(&children), [format!("{place}: `{resource}` {reason}")]);
        let standard = distributed("STANDARD", &work(resource), &json!({}));
        assert_eq!(told(&standard), [format!("$.States.M: a distributed Map {reason}")]);
    }
    let inline = json!({ "Type": "Map", "Iterator": work(nested), "End": true });
    let branch = json!({ "StartAt": "All items", "States": { "All items": inline } });
    let fork = json!({ "StartAt": "F", "States": { "F": { "Type": "Parallel", "Branches": [branch], "End": true } } });
    let place = "$.States.F.Branches[0].States.['All items'].Iterator.States.Work.Resource";
    assert_eq!(told(&fork), [format!("{place}: `{nested}` {reason}")]);
    assert!(told(&work(plain)).is_empty() && faults(&distributed("EXPRESS", &work(plain), &json!({}))).is_empty());
}

/// Rule [doc*] ASL: And, Or and Not combine conditions and have no Variable of their own, and no field of a rule stands twice.
#[test]
fn combinations_have_no_variable() {
    let choice = |rule: &str| {
        let states = format!(
            r#"{{ "A": {{ "Type": "Choice", "Choices": [{rule}], "Default": "B" }}, "B": {{ "Type": "Succeed" }} }}"#
        );
        match Machine::parse(&format!(r#"{{ "StartAt": "A", "States": {states} }}"#)) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    };
    let present = r#"{ "Variable": "$.n", "IsPresent": true }"#;
    assert_eq!(choice(&format!(r#"{{ "And": [{present}, {present}], "Next": "B" }}"#)), "");
    assert_eq!(
        choice(&format!(r#"{{ "Variable": "$.n", "Or": [{present}], "Next": "B" }}"#)),
        "$.States.A.Choices[0].Variable: `Or` combines conditions and has no variable"
    );
    assert_eq!(
        choice(r#"{ "Not": { "Variable": "$.n", "Variable": "$.m", "IsNull": true }, "Next": "B" }"#),
        "$.States.A.Choices[0].Not.Variable: this field stands twice"
    );
}

/// Rule [doc*] ASL: Assign is an object, of variables by their names.
#[test]
fn variables_have_names() {
    for language in ["JSONPath", "JSONata"] {
        let assign = |value: Value| {
            let state = json!({ "Type": "Pass", "QueryLanguage": language, "Assign": value, "End": true });
            faults(&json!({ "StartAt": "A", "States": { "A": state } }))
        };
        assert!(assign(json!({ "x": 1 })).is_empty());
        let expected = "$.States.A.Assign: expected an object with a value for each variable, not an array";
        assert_eq!(assign(json!(["x"])), [expected], "{language}");
    }
}

/// Rule [doc*] ASL: a Timestamp is an instant of RFC 3339 with an upper-case T and Z, or an offset.
#[test]
fn timestamps_are_in_upper_case() {
    let waits = |instant: &str| json!({ "StartAt": "A", "States": { "A": { "Type": "Wait", "Timestamp": instant, "End": true } } });
    for instant in ["2026-11-23T09:00:00Z", "2026-11-23T09:00:00.5+01:00"] {
        assert!(faults(&waits(instant)).is_empty(), "{instant}");
    }
    for instant in ["2026-11-23t09:00:00Z", "2026-11-23T09:00:00z", "2026-11-23 09:00:00Z", "2026-11-23T09:00:00"] {
        let expected = "$.States.A.Timestamp: expected an instant such as \"2026-11-23T09:00:00Z\"";
        assert_eq!(faults(&waits(instant)), [expected], "{instant}");
    }
}

/// Rule [inferred] ASL: an ItemReader names its Resource; an ItemReader and a ResultWriter are objects of few fields.
#[test]
fn readers_and_writers_are_objects_with_a_resource() {
    let nothing = json!({ "StartAt": "In", "States": { "In": { "Type": "Succeed" } } });
    let told = |fields: Value| faults(&distributed("STANDARD", &nothing, &fields));
    let known = "there is no such field here: expected one of Resource, Parameters";
    assert_eq!(
        told(json!({ "ItemReader": { "Parameters": {} }, "ResultWriter": "s3" })),
        [
            "$.States.M.ItemReader: expected an object with `Resource`, the ARN of what reads the items",
            "$.States.M.ResultWriter: expected an object, not a string",
        ]
    );
    assert_eq!(
        told(json!({ "ItemReader": { "Resource": "r", "Key": "k" }, "ResultWriter": { "Resource": "r", "Key": "k" } })),
        [
            format!("$.States.M.ItemReader.Key: {known}, ReaderConfig"),
            format!("$.States.M.ResultWriter.Key: {known}, WriterConfig"),
        ]
    );
}

/// Rule [doc] ASL: ToleratedFailurePercentage is any number from 0 to 100; ToleratedFailureCount is a whole one.
#[test]
fn a_tolerated_share_is_from_0_to_100() {
    let nothing = json!({ "StartAt": "In", "States": { "In": { "Type": "Succeed" } } });
    let told = |fields: Value| faults(&distributed("STANDARD", &nothing, &fields));
    for share in [json!(0), json!(12.5), json!(99.999), json!(100)] {
        assert!(told(json!({ "ToleratedFailurePercentage": share })).is_empty(), "{share}");
    }
    for share in [json!(-0.1), json!(100.1), json!("12.5"), json!(null)] {
        let faults = told(json!({ "ToleratedFailurePercentage": share }));
        assert_eq!(faults, ["$.States.M.ToleratedFailurePercentage: expected a number from 0 to 100"], "{share}");
    }
    let expected = "$.States.M.ToleratedFailureCount: expected a whole number from 0 to 99999999";
    assert_eq!(told(json!({ "ToleratedFailureCount": 1.5 })), [expected]);
}

/// Rule [doc] ASL: a machine of JSONata has no states of JSONPath, not inside its Map and Parallel states either; one of JSONPath may have states of JSONata.
#[test]
fn a_machine_of_jsonata_has_no_states_of_paths() {
    let pass = |language: &str| json!({ "Type": "Pass", "QueryLanguage": language, "End": true });
    let mixed = |whole: &str, language: &str| {
        let branch = json!({ "StartAt": "In", "States": { "In": pass(language) } });
        let fork = json!({ "Type": "Parallel", "Branches": [branch], "Next": "Out" });
        json!({ "StartAt": "Fork", "QueryLanguage": whole, "States": { "Fork": fork, "Out": pass(language) } })
    };
    let reason = "expected \"JSONata\" as in the whole machine: only a machine of JSONPath has states of both";
    let places = ["$.States.Fork.Branches[0].States.In", "$.States.Out"];
    let expected = places.map(|place| format!("{place}.QueryLanguage: {reason}"));
    assert_eq!(faults(&mixed("JSONata", "JSONPath")), expected);
    for (whole, language) in [("JSONPath", "JSONata"), ("JSONPath", "JSONPath"), ("JSONata", "JSONata")] {
        assert!(faults(&mixed(whole, language)).is_empty(), "{language} in a machine of {whole}");
    }
}
