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
fn distributed(execution_type: &str, processor: &Value, fields: Value) -> Value {
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
        let children = distributed("EXPRESS", &work(resource), json!({}));
        let place = "$.States.M.ItemProcessor.States.Work.Resource";
        assert_eq!(faults(&children), [format!("{place}: `{resource}` {reason}")]);
        let standard = distributed("STANDARD", &work(resource), json!({}));
        assert_eq!(told(&standard), [format!("$.States.M: a distributed Map {reason}")]);
    }
    let inline = json!({ "Type": "Map", "Iterator": work(nested), "End": true });
    let branch = json!({ "StartAt": "All items", "States": { "All items": inline } });
    let fork = json!({ "StartAt": "F", "States": { "F": { "Type": "Parallel", "Branches": [branch], "End": true } } });
    let place = "$.States.F.Branches[0].States.['All items'].Iterator.States.Work.Resource";
    assert_eq!(told(&fork), [format!("{place}: `{nested}` {reason}")]);
    assert!(told(&work(plain)).is_empty() && faults(&distributed("EXPRESS", &work(plain), json!({}))).is_empty());
}

/// Rule [doc] ASL: ToleratedFailurePercentage is any number from 0 to 100; ToleratedFailureCount is a whole one.
#[test]
fn a_tolerated_share_is_from_0_to_100() {
    let nothing = json!({ "StartAt": "In", "States": { "In": { "Type": "Succeed" } } });
    let told = |fields: Value| faults(&distributed("STANDARD", &nothing, fields));
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
