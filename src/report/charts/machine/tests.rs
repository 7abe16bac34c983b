use super::layout::Stop;
use super::*;
use crate::experiment::machines::{GraphShape, StateShape, WayShape};
use crate::model::workflow::outcome::{
    ErrorOutcome, ErrorTotals, ExecutionTotals, MachineOutcome, StateOutcome, WayOutcome,
};

fn state(name: &str, kind: &'static str, graph: usize, inner: Vec<usize>, ends: bool) -> StateShape {
    StateShape { name: name.to_owned(), kind, graph, inner, ends, work: String::new() }
}

/// Check -> Fork { Left | Right -> Again } -> Done, and from Check to Refuse; Again goes back to Right.
fn machine() -> MachineResults {
    let states = vec![
        state("Check", "Choice", 0, vec![], false),
        state("Fork", "Parallel", 0, vec![1, 2], false),
        state("Done", "Succeed", 0, vec![], false),
        state("Refuse & stop", "Fail", 0, vec![], false),
        state("Left", "Task", 1, vec![], true),
        state("Right", "Task", 2, vec![], false),
        state("Again", "Choice", 2, vec![], true),
    ];
    let ways = [(0, 1, "total < 5", 90), (0, 3, "otherwise", 10), (1, 2, "", 90), (5, 6, "", 120), (6, 5, "again", 30)];
    let shape = |&(from, to, label, _): &(usize, usize, &str, u64)| WayShape {
        from,
        to,
        label: label.to_owned(),
        is_catch: false,
    };
    let entered = [100, 90, 90, 10, 90, 120, 120];
    let of_state = |(state, &entered): (&StateShape, &u64)| StateOutcome {
        name: state.name.clone(),
        entered,
        left: if state.kind == "Fail" { 0 } else { entered },
        ..StateOutcome::default()
    };
    MachineResults {
        label: "machine".to_owned(),
        file: "order.asl.json".to_owned(),
        outcome: MachineOutcome {
            label: "machine".to_owned(),
            executions: ExecutionTotals { started: 100, succeeded: 90, failed: 10, ..Default::default() },
            states: states.iter().zip(&entered).map(of_state).collect(),
            ways: ways
                .iter()
                .map(|&(from, to, _, taken)| WayOutcome { from: from as u32, to: to as u32, taken })
                .collect(),
            ..MachineOutcome::default()
        },
        graphs: [0, 4, 5].map(|start| GraphShape { start }).to_vec(),
        ways: ways.iter().map(shape).collect(),
        states,
    }
}

#[test]
fn states_do_not_overlap_and_stand_in_what_holds_them() {
    let machine = machine();
    let diagram = Diagram::new(&machine, 1);
    let layout = layout::layout(&diagram);
    let boxes = &layout.boxes;
    let inside = |inner: usize, outer: usize| {
        let (one, other) = (boxes[inner], boxes[outer]);
        one.x >= other.x
            && one.y >= other.y
            && one.x + one.width <= other.x + other.width + 0.01
            && one.y + one.height <= other.y + other.height + 0.01
    };
    let apart = |one: usize, other: usize| {
        let (one, other) = (boxes[one], boxes[other]);
        one.x + one.width <= other.x
            || other.x + other.width <= one.x
            || one.y + one.height <= other.y
            || other.y + other.height <= one.y
    };
    assert!([4, 5, 6].iter().all(|&state| inside(state, 1)));
    for one in 0..boxes.len() {
        for other in one + 1..boxes.len() {
            let holds = one == 1 && [4, 5, 6].contains(&other);
            assert!(holds || apart(one, other), "{} and {}", machine.states[one].name, machine.states[other].name);
        }
    }
    for state in boxes {
        assert!(state.x >= -0.01 && state.x + state.width <= layout.width + 0.01);
        assert!(state.y >= -0.01 && state.y + state.height <= layout.height + 0.01);
    }
}

#[test]
fn every_way_leads_from_box_to_box() {
    let machine = machine();
    let diagram = Diagram::new(&machine, 1);
    let layout = layout::layout(&diagram);
    let ways: Vec<usize> = layout.routes.iter().filter_map(|route| route.way).collect();
    assert_eq!(ways.len(), machine.ways.len());
    for route in &layout.routes {
        if let Stop::State(state) = route.to {
            let (end, at) = (route.points[route.points.len() - 1], layout.boxes[state]);
            assert!(end.0 >= at.x && end.0 <= at.x + at.width, "{route:?} into {at:?}");
            assert!((end.1 - at.y).abs() < 0.01 || (end.1 - at.y - at.height).abs() < 0.01, "{route:?} into {at:?}");
        }
    }
}

#[test]
fn the_drawing_is_xml_with_every_state_and_label() {
    let mut failing = machine();
    let ended = |error: &str, executions| ErrorOutcome {
        error: error.to_owned(),
        state: Some(3),
        executions,
        ..ErrorOutcome::default()
    };
    failing.outcome.errors = ErrorTotals(vec![ended("Expired", 4), ended("<Declined>", 6)]);
    let svg = chart("standard", &failing, 1);
    let texts = ["Check", "Refuse &amp; stop", "total &lt; 5: 90", "100 executions of order.asl.json"];
    for text in texts.into_iter().chain(["ends with &lt;Declined&gt; 6, Expired 4"]) {
        assert!(svg.contains(text), "{text}");
    }
    assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn a_machine_that_nothing_ran_is_drawn_all_the_same() {
    let mut idle = machine();
    idle.outcome.states.iter_mut().for_each(|state| (state.entered, state.left) = (0, 0));
    idle.outcome.ways.iter_mut().for_each(|way| way.taken = 0);
    idle.outcome.executions = ExecutionTotals::default();
    let svg = chart("standard", &idle, 20);
    assert!(svg.contains("never entered") && !svg.contains("NaN"));
}

#[test]
fn files_of_drawings_are_known_by_their_names() {
    assert!(is_name("machine-1.svg") && is_name("machine-32.svg"));
    assert!(!is_name("machine-.svg") && !is_name("machine-x.svg") && !is_name("machine-1.svg.bak"));
}
