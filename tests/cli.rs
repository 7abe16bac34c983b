//! The program as a shell sees it: exit codes, what goes to which stream, and what is left of a folder.

mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use program::{ended, simctl};
use tempfile::TempDir;

/// Ten items that take a second each by themselves: half a second is missed, a minute is not.
const SMALL: &str = r#"
name = "small"
[run]
duration = "5m"
replications = 2
[[arrivals]]
name = "items"
process = "bursts"
bursts = [{ items = 10, at = "00:01" }]
[functions.post]
service-time = "1s"
[[strategy]]
name = "per event"
flow = "events -> post"
[[strategy]]
name = "batch"
flow = "schedule -> post"
[strategy.schedule]
expression = "rate(1 minute)"
[[objective]]
metric = "latency_max"
below = "60s"
strategies = ["per event"]
"#;

/// What makes of it a run that no machine ends in the time of a test: 60 billion items a strategy.
const ENDLESS: [&str; 6] = [
    "--set",
    "run.duration=365d",
    "--set",
    "run.replications=100",
    "--set",
    r#"arrivals.items={ name = "items", process = "poisson", rate = "20/s" }"#,
];

/// A folder with the scenario `small.toml` in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.toml"), SMALL).expect("written");
    folder
}

/// A command that is refused: its exit code is 2, nothing is on standard output, and this on standard error.
fn refused(folder: &Path, arguments: &[&str], because: &str) {
    let (code, out, err) = ended(folder, arguments);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
    assert!(err.starts_with("error: ") && err.contains(because), "{arguments:?}: {err}");
}

/// Every file below a folder, by its path, with its bytes; folders with none.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut tree = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tree.extend(self::tree(&path));
            tree.insert(path, None);
        } else {
            tree.insert(path.clone(), Some(fs::read(path).expect("a file")));
        }
    }
    tree
}

#[test]
fn a_run_ends_with_0_whatever_its_objectives_unless_they_are_checked() {
    let folder = folder();
    let strict = SMALL.replace("below = \"60s\"", "below = \"500ms\"");
    fs::write(folder.path().join("strict.toml"), strict).expect("written");
    for (file, options, code) in [
        ("small.toml", &[][..], 0),
        ("small.toml", &["--check"], 0),
        ("strict.toml", &[], 0),
        ("strict.toml", &["--check"], 1),
        ("strict.toml", &["--check", "--quiet"], 1),
    ] {
        let ended = ended(folder.path(), &[&["run", file], options].concat());
        assert_eq!(ended.0, Some(code), "{file} {options:?}: {}", ended.2);
    }
}

#[test]
fn usage_and_scenarios_that_are_wrong_end_with_2() {
    let folder = folder();
    fs::write(folder.path().join("wrong.toml"), SMALL.replace("replications", "repliactions")).expect("written");
    for (arguments, because) in [
        (&["run"][..], "required arguments were not provided"),
        (&["walk"], "unrecognized subcommand"),
        (&["run", "small.toml", "--threads", "0"], "--threads"),
        (&["run", "small.toml", "--seed", "-1"], "invalid value '-1' for '--seed <N>'"),
        (&["run", "small.toml", "--format", "xml"], "possible values"),
        (&["run", "absent.toml"], "absent.toml"),
        (&["run", "wrong.toml"], "did you mean `replications`?"),
        (&["run", "small.toml", "--set", "run.load"], "--set run.load"),
        (&["check", "wrong.toml"], "wrong.toml:5:1"),
        (&["check", "--quiet", "wrong.toml"], "wrong.toml:5:1"),
    ] {
        refused(folder.path(), arguments, because);
    }
    assert_eq!(tree(folder.path()).len(), 2, "nothing was written");
}

#[test]
fn every_file_is_checked_also_after_a_wrong_one() {
    let folder = folder();
    fs::write(folder.path().join("wrong.toml"), SMALL.replace("replications", "repliactions")).expect("written");
    let (code, out, err) = ended(folder.path(), &["check", "wrong.toml", "small.toml"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(out.starts_with("# small.toml: valid\nname = \"small\"\n"), "{out}");
    assert_eq!(ended(folder.path(), &["check", "-q", "small.toml"]), (Some(0), String::new(), String::new()));
}

#[test]
fn a_state_machine_is_checked_alone() {
    let folder = folder();
    let machine = r#"{"StartAt": "Charge", "States": {
        "Charge": {"Type": "Task", "Resource": "${ChargeFunction}", "TimeoutSeconds": "${Timeout}",
            "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Refund"}], "Next": "Ship"},
        "Ship": {"Type": "Succeed"}, "Refund": {"Type": "Fail"}}}"#;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("order.asl.json", machine);
    write("order.yaml", "StartAt: Done\nStates:\n  Done: {Type: Succeed}\n");
    let (code, out, err) = ended(folder.path(), &["check", "order.asl.json", "order.yaml"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let expected = "# order.asl.json: a valid state machine of 3 states, JSONPath\n\
        -> Charge: Task of ${ChargeFunction}, to Ship; retries Busy 2 times; on States.ALL to Refund\n   \
        Ship: Succeed\n   Refund: Fail\n\
        # order.yaml: a valid state machine of 1 state, JSONPath\n-> Done: Succeed\n";
    assert_eq!(out, expected);

    write("wrong.asl.json", &machine.replace("\"Next\": \"Ship\"", "\"Next\": \"Chip\""));
    refused(folder.path(), &["check", "wrong.asl.json"], "$.States.Charge.Next: there is no state \"Chip\" here");
    write(
        "names.json",
        "{\"StartAt\": \"\\u001b[31mA\\n\", \"States\": {\"\\u001b[31mA\\n\": {\"Type\": \"Succeed\"}}}",
    );
    let (_, out, _) = ended(folder.path(), &["check", "names.json"]);
    assert!(out.ends_with("-> \\u{1b}[31mA\\n: Succeed\n"), "{out:?}");
    write("broken.json", "{\"StartAt\": ");
    refused(folder.path(), &["check", "broken.json"], "broken.json cannot be read: line 1, column 12");
    write("deep.json", &"{\"a\":".repeat(100_000));
    refused(folder.path(), &["check", "deep.json"], "recursion limit");
    write("large.json", &format!("{{\"Comment\": \"{}\"}}", "x".repeat(1 << 20)));
    refused(folder.path(), &["check", "large.json"], "AWS's limit");
}

#[test]
fn an_unknown_strategy_is_answered_with_the_nearest() {
    let folder = folder();
    refused(folder.path(), &["run", "small.toml", "--only", "bacth"], "did you mean `batch`?");
    let (code, out, _) = ended(folder.path(), &["run", "small.toml", "--only", "batch", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).expect("json");
    assert_eq!((code, document["strategies"].as_array().map(Vec::len)), (Some(0), Some(1)));
}

#[test]
fn the_document_printed_is_that_of_the_report() {
    let folder = folder();
    let (code, out, err) = ended(folder.path(), &["run", "small.toml", "--quiet", "--format", "json"]);
    assert_eq!((code, err.as_str(), out.lines().count()), (Some(0), "", 1));
    let written = fs::read_to_string(folder.path().join("reports/small/run.json")).expect("a document");
    let document = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("json");
    let mut written = document(&written);
    // Only the report has other files.
    let files = written.as_object_mut().and_then(|document| document.remove("files"));
    assert!(files.is_some_and(|files| files["summary.csv"].is_string()));
    assert_eq!(document(&out), written);
}

#[test]
fn what_is_no_terminal_gets_no_progress_and_no_colour() {
    let folder = folder();
    let (code, out, err) = ended(folder.path(), &["run", "small.toml"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.ends_with("\nreport: reports/small\n"), "{out}");
    assert!(!out.contains(['\r', '\u{1b}']), "{out:?}");
    assert_eq!(ended(folder.path(), &["run", "small.toml", "--quiet"]), (Some(0), String::new(), String::new()));
}

#[test]
fn the_option_for_threads_changes_no_byte() {
    let folder = folder();
    let report = |threads: &str| {
        let (code, out, _) = ended(folder.path(), &["run", "small.toml", "--threads", threads, "--out", "here"]);
        assert_eq!(code, Some(0), "{out}");
        (out, tree(&folder.path().join("here")))
    };
    let one = report("1");
    assert_eq!(one.1.len(), 1 + 12, "a folder and its files");
    assert_eq!(one, report("2"));
}

#[test]
fn a_folder_of_someone_elses_is_left_alone() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("reports/small")).expect("created");
    fs::write(folder.path().join("reports/small/thesis.tex"), "years of work").expect("written");
    let before = tree(folder.path());
    refused(folder.path(), &["run", "small.toml"], "refusing to replace reports/small: it holds \"thesis.tex\"");
    assert_eq!(tree(folder.path()), before);
}

/// The run would go on for years: that it is refused at all shows that it is before.
#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_run() {
    let folder = folder();
    fs::write(folder.path().join("file"), "mine").expect("written");
    let before = tree(folder.path());
    for (out, because) in [("file", "Not a directory"), ("file/reports", "Not a directory"), ("/dev/null", "/dev/null")]
    {
        let mut command = assert_cmd::Command::from_std(simctl(folder.path()));
        command.args(["run", "small.toml", "--out", out]).args(ENDLESS).timeout(std::time::Duration::from_secs(20));
        let output = command.output().expect("the program starts");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{out}: {err}");
        assert!(err.starts_with("error: cannot ") && err.contains(because), "{out}: {err}");
    }
    assert_eq!(tree(folder.path()), before);
}

#[test]
fn a_folder_that_is_not_there_is_made() {
    let folder = folder();
    let (code, _, err) = ended(folder.path(), &["run", "small.toml", "--out", "a/b", "--quiet"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(folder.path().join("a/b/small/summary.csv").is_file());
}

#[test]
fn init_does_not_overwrite() {
    let folder = folder();
    refused(folder.path(), &["init", "small.toml"], "cannot write small.toml: ");
    assert_eq!(fs::read_to_string(folder.path().join("small.toml")).expect("a file"), SMALL);
    assert_eq!(ended(folder.path(), &["init"]).0, Some(0));
    assert_eq!(ended(folder.path(), &["check", "-q", "scenario.toml"]).0, Some(0));
}

/// A command of each kind that prints.
#[cfg(unix)]
const PRINTING: [&[&str]; 12] = [
    &["--help"],
    &["--version"],
    &["schema"],
    &["check", "small.toml"],
    &["init", "new.toml"],
    &["run", "small.toml"],
    &["run", "small.toml", "--format", "json"],
    &["verify", "--only", "retries"],
    &["sweep", "small.toml", "--vary", "run.load=1,2"],
    &["sweep", "plan", "small.toml", "--vary", "run.load=1,2"],
    &["compare", "small.toml", "small.toml"],
    &["limit", "small.toml", "--vary", "run.load=1..4", "--until", "arrived > 25"],
];

/// How a command ends whose standard output is this.
#[cfg(unix)]
fn ended_with_stdout(arguments: &[&str], stdout: impl Into<std::process::Stdio>) -> (Option<i32>, String) {
    let folder = folder();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_simctl"));
    let output = command.args(arguments).current_dir(folder.path()).stdout(stdout).output().expect("it starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("skipped: there is no /dev/full");
        return;
    };
    for arguments in PRINTING {
        let (code, err) = ended_with_stdout(arguments, full.try_clone().expect("a second handle"));
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.starts_with("error: cannot write to standard output: "), "{arguments:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{arguments:?}: {err}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_stops_reading_is_no_error() {
    for arguments in PRINTING {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        assert_eq!(ended_with_stdout(arguments, writer), (Some(0), String::new()), "{arguments:?}");
    }
}

/// All items come in the first minute; the run ends with them.
#[test]
fn a_fault_that_meets_no_arrivals_is_told_of_by_check_and_by_run() {
    let folder = folder();
    let fault = "\n[[fault]]\nname = \"too late\"\nkind = \"unavailable\"\nstart = \"3m\"\nduration = \"1m\"\non = [\"post\"]\n";
    fs::write(folder.path().join("small.toml"), format!("{SMALL}{fault}")).expect("written");
    let note = "note: the fault \"too late\" meets no arrivals: ";
    let (code, out, err) = ended(folder.path(), &["check", "small.toml"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains(&format!("# {note}")), "{out}");
    let (code, out, err) = ended(folder.path(), &["run", "small.toml"]);
    assert!(code == Some(0) && err.starts_with(note) && err.lines().count() == 1, "{err}");
    assert!(out.contains("faults"), "{out}");
    assert_eq!(ended(folder.path(), &["run", "small.toml", "--quiet"]).2, "");
}

#[cfg(target_os = "linux")]
mod interrupt {
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    /// Waits until a program has a handler for SIGINT, the second signal, and so begins to simulate.
    fn wait_until_it_listens(child: &mut Child) {
        let until = Instant::now() + Duration::from_secs(30);
        let status = format!("/proc/{}/status", child.id());
        while Instant::now() < until {
            let text = fs::read_to_string(&status).expect("the program's status");
            let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("the signals caught");
            if u64::from_str_radix(caught.trim(), 16).expect("a mask") & 0b10 != 0 {
                return;
            }
            assert_eq!(child.try_wait().expect("its state"), None, "it has ended");
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no handler for the signal within half a minute");
    }

    /// How an endless run ends that is interrupted in its midst.
    fn interrupted(folder: &Path, out: &str) -> (Option<i32>, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_simctl"))
            .args(["run", "small.toml", "--out", out])
            .args(ENDLESS)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        wait_until_it_listens(&mut child);
        std::thread::sleep(Duration::from_millis(300));
        let kill = format!("kill -INT {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let notes_aside = |line: &&str| !line.starts_with("note: ");
        let said: Vec<String> = text(&output.stderr).lines().filter(notes_aside).map(str::to_owned).collect();
        (output.status.code(), text(&output.stdout), said.join("\n"))
    }

    #[test]
    fn an_interrupted_run_leaves_everything_as_it_was() {
        let folder = folder();
        assert_eq!(ended(folder.path(), &["run", "small.toml", "--quiet"]).0, Some(0));
        let before = tree(folder.path());
        let expected = (Some(130), String::new(), "error: interrupted".to_owned());
        assert_eq!(interrupted(folder.path(), "reports"), expected);
        assert_eq!(interrupted(folder.path(), "elsewhere"), expected);
        assert_eq!(tree(folder.path()), before, "the old report, and no folder more");
    }
}

/// The file of a scenario whose objective is missed, by a name that a log must not take for a command.
fn missed(folder: &Path) -> String {
    let text = SMALL.replace("below = \"60s\"", "below = \"500ms\"").replace("per event", "per event::warning::100 %");
    fs::write(folder.join("small.toml"), &text).expect("written");
    let line = text.lines().position(|line| line.starts_with("below")).expect("an objective") + 1;
    format!(
        "::error file=small.toml,line={line},col=9,title=latency_max below 500ms::per event::warning::100 %25 misses"
    )
}

#[test]
fn github_is_shown_the_line_of_an_objective_that_is_missed() {
    let folder = folder();
    let expected = missed(folder.path());
    let arguments = ["run", "./small.toml", "--check", "--format", "github"];
    let (code, out, err) = ended(folder.path(), &arguments);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with(&expected), "{out}");
    assert!(lines[1].starts_with("::notice title=simctl small::"), "{out}");
    assert_eq!(lines.len(), 2, "{out}");
}

#[test]
fn github_is_shown_the_place_of_a_fault() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL.replace("\"5m\"", "\"5 lightyears\"")).expect("written");
    let (code, out, err) = ended(folder.path(), &["run", "small.toml", "--format", "github"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(out.starts_with("::error file=small.toml,line=4,col=12,title=scenario::"), "{out}");
    assert!(err.contains("small.toml:4:12"), "people are shown the frame: {err}");
}

#[test]
fn a_junit_file_says_how_each_objective_ended() {
    let folder = folder();
    missed(folder.path());
    let arguments = ["run", "small.toml", "--check", "--quiet", "--junit", "junit.xml"];
    let (code, out, _) = ended(folder.path(), &arguments);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let text = fs::read_to_string(folder.path().join("junit.xml")).expect("a file");
    for part in
        ["tests=\"1\" failures=\"1\"", "classname=\"small.per event::warning::100 %\"", "file=\"small.toml\" line="]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(ended(folder.path(), &arguments).0, Some(1));
    assert_eq!(text, fs::read_to_string(folder.path().join("junit.xml")).expect("a file"), "equal bytes");
    let hidden = tree(folder.path()).into_keys().filter(|path| path.to_string_lossy().contains(".simctl"));
    assert_eq!(hidden.count(), 0, "nothing is left beside it");
    refused(folder.path(), &["run", "small.toml", "--junit", "absent/junit.xml"], "cannot write absent/junit.xml");
}

/// The command of the workflow that is shipped, for a scenario of its name.
#[test]
fn the_shipped_workflow_runs_a_command_that_works() {
    let workflow = include_str!("../examples/ci/github-actions.yml");
    let command = workflow.lines().find_map(|line| line.trim().strip_prefix("- run: simctl ")).expect("a command");
    let folder = folder();
    fs::create_dir(folder.path().join("scenarios")).expect("a folder");
    fs::write(folder.path().join("scenarios/orders.toml"), SMALL).expect("written");
    let (code, out, err) = ended(folder.path(), &command.split(' ').collect::<Vec<_>>());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("::notice title=simctl small::"), "{out}");
    assert!(folder.path().join("junit.xml").is_file() && folder.path().join("reports/small/report.html").is_file());
}
