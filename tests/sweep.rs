//! `simctl sweep` as a shell sees it: the same bytes from one machine, from shards, and from sweeps that were killed and
//! went on; and what is refused.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::texts;
use simctl::kernel::{Purpose, Root};
use tempfile::TempDir;

/// Ten items that take about a second, for a function and for a batch.
fn small() -> String {
    let run = "duration = \"5m\"\nreplications = 2";
    texts::small(run, "2/m", "\"batch, slow\"", "rate(1 minute)")
        + "[[objective]]\nmetric = \"latency_max\"\nbelow = \"60s\"\n"
}

const LOADS: &str = "run.load=0.5..4:log:6";
const SCHEDULES: &str =
    "strategy.\"batch, slow\".schedule.expression=rate(1 minute),rate(5 minutes),cron(0/2 * * * ? *)";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.toml"), small()).expect("written");
    folder
}

fn simctl(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simctl"));
    command.args(arguments).current_dir(folder).env_remove("RUST_BACKTRACE");
    for variable in ["SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX"] {
        command.env_remove(variable);
    }
    command
}

fn ended(mut command: Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// Runs a command that succeeds and says nothing on standard error; what it printed.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = ended(simctl(folder, arguments));
    assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}: {out}");
    out
}

/// A command that is refused with this on standard error.
fn refused(folder: &Path, arguments: &[&str], because: &str) {
    let (code, out, err) = ended(simctl(folder, arguments));
    assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
    assert!(err.contains(because), "{arguments:?}: {err}");
}

/// Every file of a folder by name, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.map(|path| (path.file_name().expect("a name").into(), fs::read(&path).expect("a file"))).collect()
}

fn assert_same(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>, what: &str) {
    assert!(one.keys().eq(other.keys()), "{what}: {:?} and {:?}", one.keys(), other.keys());
    for (name, bytes) in one {
        assert!(*bytes == other[name], "{what}: {} differs", name.display());
    }
}

#[test]
fn a_sweep_leaves_tidy_tables_a_document_and_charts() {
    let folder = folder();
    let out = done(folder.path(), &["sweep", "small.toml", "--vary", LOADS]);
    // Ten items have no 99th percentile of their own.
    assert!(out.starts_with("6 points\n! quantiles are in doubt at 6 of 6 points"), "{out}");
    assert!(out.ends_with("\nreport: reports/small-sweep\n"), "{out}");
    let files = files(&folder.path().join("reports/small-sweep"));
    for name in ["points.csv", "sweep.csv", "sweep.json", "latency_p99.svg", "latency_max.svg", "backlog_max.svg"] {
        assert!(files.contains_key(Path::new(name)), "{name} of {:?}", files.keys());
    }
    assert_eq!(fs::read_dir(folder.path().join("reports")).expect("a folder").count(), 1, "no parts are left");
    let text = String::from_utf8(files[Path::new("sweep.csv")].clone()).expect("text");
    let mut rows = text.lines();
    assert_eq!(rows.next(), Some("point,run.load,strategy,scope,metric,unit,mean,ci_low,ci_high,replications"));
    assert!(rows.clone().any(|row| row.starts_with("0,0.5,per event,,arrived,items,")), "{text}");
    assert!(rows.any(|row| row.starts_with("5,4,\"batch, slow\",,latency_p99,s,")), "{text}");
    let points = String::from_utf8(files[Path::new("points.csv")].clone()).expect("text");
    assert_eq!(points.lines().next(), Some("point,run.load,fingerprint,in_doubt"));
    assert!(points.lines().nth(1).expect("a row").contains("latency_p99 of per event"), "{points}");
    assert_eq!(points.lines().count(), 7);
    let document: serde_json::Value = serde_json::from_slice(&files[Path::new("sweep.json")]).expect("json");
    assert!(document["warnings"][0].as_str().is_some_and(|text| text.starts_with("quantiles are in doubt")));
    assert_eq!((document["points"].as_u64(), document["vary"][0].as_str()), (Some(6), Some(LOADS)));
}

/// What a scenario's own table varies; `--vary` takes its place.
#[test]
fn a_scenario_names_what_varies() {
    let folder = folder();
    let table = format!(
        "{}[sweep]\nvary = [\"run.load=1..2\", 'functions.post.memory=128MB,256MB']\nsample = \"latin:5\"\n",
        small()
    );
    fs::write(folder.path().join("table.toml"), &table).expect("written");
    assert!(done(folder.path(), &["sweep", "table.toml"]).starts_with("5 points\n"));
    done(
        folder.path(),
        &[
            "sweep",
            "small.toml",
            "--out",
            "same",
            "--vary",
            "run.load=1..2",
            "--vary",
            "functions.post.memory=128MB,256MB",
            "--sample",
            "latin:5",
        ],
    );
    let of = |out: &str| files(&folder.path().join(out).join("small-sweep"));
    assert_same(&of("reports"), &of("same"), "as a table");
    assert!(done(folder.path(), &["sweep", "table.toml", "--vary", LOADS]).starts_with("6 points\n"));
    for (from, to, because) in [
        ("latin:5", "latin:1", "is no way to combine values"),
        ("1..2", "2..1", "is no range"),
        ("sample", "smaple", "`sample`?"),
    ] {
        fs::write(folder.path().join("wrong.toml"), table.replace(from, to)).expect("written");
        refused(folder.path(), &["sweep", "wrong.toml"], because);
        refused(folder.path(), &["check", "wrong.toml"], because);
    }
}

/// The figures and the fingerprint of a point are those of `run` with the same values.
#[test]
fn a_point_is_what_a_run_of_it_finds() {
    let folder = folder();
    done(folder.path(), &["sweep", "small.toml", "--vary", LOADS, "-q"]);
    done(folder.path(), &["run", "small.toml", "--set", "run.load=4", "-q"]);
    let read = |path: &str| fs::read_to_string(folder.path().join("reports").join(path)).expect("a file");
    let of_point: Vec<String> = read("small-sweep/sweep.csv")
        .lines()
        .filter_map(|row| Some(format!("small,{}", row.strip_prefix("5,4,")?)))
        .collect();
    let of_run: Vec<String> = read("small/summary.csv").lines().skip(1).map(str::to_owned).collect();
    assert_eq!(of_point, of_run);
    let document: serde_json::Value = serde_json::from_str(&read("small/run.json")).expect("json");
    let fingerprint = document["fingerprint"].as_str().expect("a fingerprint");
    assert!(read("small-sweep/points.csv").contains(&format!("5,4,{fingerprint}")));
}

#[test]
fn threads_change_no_byte() {
    let folder = folder();
    for threads in ["1", "2", "5"] {
        let arguments =
            ["sweep", "small.toml", "--vary", LOADS, "--vary", SCHEDULES, "--threads", threads, "--out", threads];
        done(folder.path(), &arguments);
    }
    let of = |threads: &str| files(&folder.path().join(threads).join("small-sweep"));
    assert!(of("1").contains_key(Path::new("latency_p99-map.svg")));
    assert_same(&of("1"), &of("2"), "two threads");
    assert_same(&of("1"), &of("5"), "five threads");
}

#[test]
fn a_hypercube_has_dots_over_every_key() {
    let folder = folder();
    let vary = ["--vary", "run.load=0.5..4:log", "--vary", SCHEDULES, "--sample", "latin:9"];
    assert!(done(folder.path(), &[&["sweep", "small.toml"][..], &vary].concat()).starts_with("9 points\n"));
    let files = files(&folder.path().join("reports/small-sweep"));
    for name in ["latency_p99-by-1-run-load.svg", "latency_p99-by-2-strategy-batch-slow-schedule-expression.svg"] {
        assert!(files.contains_key(Path::new(name)), "{name} of {:?}", files.keys());
    }
    let other = [&["sweep", "small.toml", "--out", "other", "--seed", "9"][..], &vary].concat();
    done(folder.path(), &other);
    let points =
        |out: &str| fs::read_to_string(folder.path().join(out).join("small-sweep/points.csv")).expect("a file");
    assert_ne!(points("reports"), points("other"), "another seed, other points");
}

#[test]
fn a_refused_point_is_told_before_anything_runs() {
    let folder = folder();
    for (arguments, because) in [
        (&["--vary", "run.load=1,2,-3"][..], "--> --vary:1:10"),
        (&["--vary", "run.load=1,2,-3"], "nothing was run: point 2 of the sweep is run.load=-3"),
        (&["--vary", "run.laod=1,2"], "did you mean `load`?"),
        (&["--vary", "run.load=1..2"], "needs a number of values in a grid"),
        (&["--vary", "run.load=2..1:5"], "is no range"),
        (&["--vary", "run.load=1,2", "--vary", "run.load=3,4"], "varies twice"),
        (&["--vary", "name=a,b"], "has a name of its own"),
        (&["--vary", "strategy.per event.name=a,b"], "has strategies of its own"),
        (&["--vary", "run.load=1,2", "--sample", "halton:8"], "is no way to combine values"),
        (&["--vary", "run.load=1,2", "--only", "bacth"], "there is no strategy"),
        (&[], "nothing varies"),
    ] {
        refused(folder.path(), &[&["sweep", "small.toml"][..], arguments].concat(), because);
    }
    refused(folder.path(), &["sweep"], "FILE");
    assert_eq!(files(folder.path()).len(), 1, "nothing was written");
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let folder = folder();
    let place = folder.path().join("reports/small-sweep");
    fs::create_dir_all(&place).expect("created");
    fs::write(place.join("thesis.tex"), "years of work").expect("written");
    refused(folder.path(), &["sweep", "small.toml", "--vary", LOADS], "which is no file of a report");
    assert_eq!(files(&place).len(), 1);
}

/// A manifest of the small sweep.
fn planned(folder: &Path, vary: &[&str]) {
    let manifest = done(folder, &[&["sweep", "plan", "small.toml"][..], vary].concat());
    fs::write(folder.join("manifest.json"), manifest).expect("written");
}

#[test]
fn a_manifest_numbers_its_points() {
    let folder = folder();
    planned(folder.path(), &["--vary", "run.load=1,2", "--seed", "7"]);
    let text = fs::read_to_string(folder.path().join("manifest.json")).expect("a file");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("json");
    assert_eq!(manifest["set"], serde_json::json!(["run.seed=7"]));
    assert_eq!(manifest["points"], serde_json::json!([{"point": 0, "values": ["1"]}, {"point": 1, "values": ["2"]}]));
    assert!(!text.contains(folder.path().to_str().expect("a name")), "no path of this machine");
}

#[test]
fn merge_refuses_holes_and_what_is_mixed() {
    let folder = folder();
    planned(folder.path(), &["--vary", LOADS]);
    done(folder.path(), &["sweep", "run", "manifest.json", "--shard", "1/2", "-q"]);
    refused(
        folder.path(),
        &["sweep", "merge", "manifest.json"],
        "3 of 6 points are missing, the first of them point 1",
    );
    // Parts of the same scenario with another seed.
    planned(folder.path(), &["--vary", LOADS, "--seed", "9"]);
    refused(folder.path(), &["sweep", "merge", "manifest.json"], "is of another sweep");
    refused(folder.path(), &["sweep", "run", "manifest.json", "--shard", "2/2"], "is of another sweep");
    planned(folder.path(), &["--vary", LOADS]);
    done(folder.path(), &["sweep", "run", "manifest.json", "--shard", "2/2", "-q"]);
    let part = folder.path().join("reports/small-sweep.parts/0000003.part");
    let whole = fs::read(&part).expect("a part");
    fs::write(&part, &whole[..whole.len() / 2]).expect("torn");
    refused(folder.path(), &["sweep", "merge", "manifest.json"], "is torn");
    fs::write(&part, whole).expect("mended");
    done(folder.path(), &["sweep", "merge", "manifest.json"]);
    done(folder.path(), &["sweep", "small.toml", "--vary", LOADS, "--out", "local"]);
    let of = |out: &str| files(&folder.path().join(out).join("small-sweep"));
    assert_same(&of("local"), &of("reports"), "merged");
}

#[test]
fn a_manifest_that_was_changed_is_refused() {
    let folder = folder();
    planned(folder.path(), &["--vary", LOADS]);
    let path = folder.path().join("manifest.json");
    let text = fs::read_to_string(&path).expect("a file");
    for (from, to, because) in [
        ("duration = \\\"5m\\\"", "duration = \\\"6m\\\"", "plan again"),
        ("\"format_version\": 1", "\"format_version\": 2", "the manifest is of simctl"),
        ("\"digest\"", "\"digset\"", "this is no manifest"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to)).expect("written");
        refused(folder.path(), &["sweep", "run", "manifest.json", "--shard", "1/2"], because);
    }
}

#[test]
fn an_array_job_names_its_shard() {
    let folder = folder();
    planned(folder.path(), &["--vary", LOADS]);
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = simctl(folder.path(), &[&["sweep", "run", "manifest.json"][..], arguments].concat());
        command.envs(variables.iter().copied());
        ended(command)
    };
    let (code, _, err) = run(&[], &[]);
    assert!(code == Some(2) && err.contains("--shard i/n"), "{err}");
    let slurm = [("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_ARRAY_TASK_MIN", "1"), ("SLURM_ARRAY_TASK_MAX", "3")];
    let (code, out, err) = run(&[&slurm[..], &[("SLURM_ARRAY_TASK_COUNT", "3")]].concat(), &[]);
    assert_eq!((code, out.lines().next()), (Some(0), Some("2 of 6 points")), "{err}");
    assert_eq!(run(&[("AWS_BATCH_JOB_ARRAY_INDEX", "1")], &["--shards", "3", "-q"]).0, Some(0));
    assert_eq!(run(&[("JOB_COMPLETION_INDEX", "2")], &["--shards", "3", "-q"]).0, Some(0));
    done(folder.path(), &["sweep", "merge", "manifest.json", "-q"]);
}

/// The shipped scripts, as their schedulers would run them: an array of eight, one task of it twice.
#[cfg(unix)]
#[test]
fn the_shipped_array_script_runs_every_shard() {
    let folder = folder();
    planned(folder.path(), &["--vary", "run.load=0.5..4:log:11"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cluster/slurm.sh");
    let text = fs::read_to_string(&script).expect("the script");
    assert!(text.contains("#SBATCH --array=0-7\n") && text.contains("--shards 8"), "{text}");
    let task = |index: &str| {
        let mut command = Command::new("sh");
        command.arg(&script).args(["manifest.json", "parts"]).current_dir(folder.path());
        command.env("SIMCTL", env!("CARGO_BIN_EXE_simctl")).env("SLURM_ARRAY_TASK_ID", index);
        // As of a task that is submitted again alone: its array is of one.
        command.envs([("SLURM_ARRAY_TASK_COUNT", "1"), ("SLURM_ARRAY_TASK_MIN", index), ("SLURM_CPUS_PER_TASK", "2")]);
        assert_eq!(ended(command), (Some(0), String::new(), String::new()), "task {index}");
    };
    ["0", "1", "2", "3", "4", "6", "7"].into_iter().for_each(task);
    refused(folder.path(), &["sweep", "merge", "manifest.json", "--parts", "parts"], "1 of 11 points are missing");
    ["5", "3"].into_iter().for_each(task);
    done(folder.path(), &["sweep", "merge", "manifest.json", "--parts", "parts", "-q"]);
    done(folder.path(), &["sweep", "small.toml", "--vary", "run.load=0.5..4:log:11", "--out", "local", "-q"]);
    let of = |out: &str| files(&folder.path().join(out).join("small-sweep"));
    assert_same(&of("local"), &of("reports"), "merged");
}

/// The commands in the job definitions are commands of this program, and of as many shards as there are tasks.
#[test]
fn the_shipped_job_definitions_say_what_the_program_understands() {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cluster").join(name);
        fs::read_to_string(path).expect(name)
    };
    let definition: serde_json::Value = serde_json::from_str(&read("aws-batch.json")).expect("json");
    let command = definition["containerProperties"]["command"].as_array().expect("a command");
    let command: Vec<&str> = command.iter().map(|word| word.as_str().expect("a word")).collect();
    let job = read("kubernetes.yaml");
    let line = job.lines().find_map(|line| line.trim().strip_prefix("command: [")).expect("a command");
    let of_job: Vec<&str> = line.trim_end_matches(']').split(", ").map(|word| word.trim_matches('"')).collect();
    assert!(job.contains("completions: 8\n") && job.contains("completionMode: Indexed\n"), "{job}");
    assert!(read("README.md").contains("--array-properties size=8"));
    for (variable, words) in [("AWS_BATCH_JOB_ARRAY_INDEX", command), ("JOB_COMPLETION_INDEX", of_job)] {
        let folder = folder();
        planned(folder.path(), &["--vary", LOADS]);
        let here = |word: &str| match word {
            "Ref::manifest" | "/sweep/manifest.json" => "manifest.json".to_owned(),
            "Ref::parts" | "/sweep/parts" => "parts".to_owned(),
            other => other.to_owned(),
        };
        let words: Vec<String> = words.into_iter().map(here).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(words[0], "simctl");
        assert!(words.windows(2).any(|pair| pair == ["--shards", "8"]), "{words:?}");
        let mut command = simctl(folder.path(), &words[1..]);
        command.env(variable, "5");
        assert_eq!(ended(command), (Some(0), String::new(), String::new()), "{words:?}");
        assert!(folder.path().join("parts/0000005.part").is_file());
    }
}

/// Kills a sweep again and again, each time after a time of its own, until it has come to its end.
/// How often it was killed.
fn killed_until_done(folder: &Path, arguments: &[&str], times: &Purpose, round: u64, longest: Duration) -> u32 {
    let (mut kills, mut kept) = (0, 0);
    loop {
        let mut child =
            simctl(folder, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let wait = longest.mul_f64(times.draw(round, kills).unit());
        let until = Instant::now() + wait;
        while Instant::now() < until && child.try_wait().expect("its state").is_none() {
            std::thread::sleep(Duration::from_micros(500));
        }
        // SIGKILL; a program that has ended is not harmed.
        let _ = child.kill();
        if child.wait().expect("it ends").success() {
            return kills;
        }
        kills += 1;
        // No finished point is lost; once the report is in place, they are removed.
        let parts = parts(folder);
        assert!(parts >= kept || folder.join("reports/small-sweep").exists(), "{parts} of {kept} points are kept");
        kept = parts;
        assert!(kills < 400, "it comes to no end");
    }
}

/// Finished points in the folder.
fn parts(folder: &Path) -> usize {
    let entries = fs::read_dir(folder.join("reports/small-sweep.parts")).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".part")).count()
}

/// Sweeps are killed until so many kills met a running one, each sweep until it is done; how many they were.
fn killed_so_often(times: &Purpose, wanted: u32) -> (u32, u64) {
    let arguments = ["sweep", "small.toml", "--vary", LOADS, "--vary", SCHEDULES];
    let local = folder();
    let start = Instant::now();
    done(local.path(), &arguments);
    let whole = start.elapsed();
    let expected = files(&local.path().join("reports/small-sweep"));
    let (mut kills, mut round) = (0, 0);
    while kills < wanted && round < 400 {
        let folder = folder();
        kills += killed_until_done(folder.path(), &arguments, times, round, whole.mul_f64(1.1));
        assert_same(&expected, &files(&folder.path().join("reports/small-sweep")), "killed");
        assert_eq!(fs::read_dir(folder.path().join("reports")).expect("a folder").count(), 1, "nothing is left beside");
        round += 1;
    }
    assert!(kills >= wanted, "only {kills} kills met a running sweep");
    (kills, round)
}

#[test]
fn a_sweep_that_is_killed_goes_on_and_ends_with_the_same_bytes() {
    killed_so_often(&Root::new(6, 0).purpose("sweep", "kills"), 12);
}

#[test]
#[ignore = "takes a minute; the same as the one above with more kills"]
fn two_hundred_kills_lose_no_finished_point() {
    let (kills, sweeps) = killed_so_often(&Root::new(200, 0).purpose("sweep", "kills"), 200);
    println!("{kills} kills of {sweeps} sweeps");
}

#[test]
fn a_sweep_goes_on_only_with_its_own_points() {
    let folder = folder();
    planned(folder.path(), &["--vary", LOADS]);
    done(folder.path(), &["sweep", "run", "manifest.json", "--shard", "1/3", "-q"]);
    let other = ["sweep", "small.toml", "--vary", "run.load=0.5..4:log:7", "-q"];
    refused(folder.path(), &other, "can begin anew with --restart");
    assert_eq!(parts(folder.path()), 2, "they are kept");
    done(folder.path(), &[&other[..], &["--restart"]].concat());
    assert_eq!(parts(folder.path()), 0);
}

/// What a random sweep varies: one to three keys, each a list or a range, in a grid or a hypercube.
fn random_plan(draws: &Purpose, plan: u64) -> Vec<String> {
    let mut draw = draws.draw(plan, 0);
    let mut keys = vec![
        ["run.load=0.5..4:log:5", "run.load=1..2:2", "run.load=0.5,3"],
        [
            "functions.post.memory=128MB,256MB",
            "functions.post.memory=128MB..512MB:log:3:whole",
            "functions.post.memory=1GB,2GB",
        ],
        [
            SCHEDULES,
            "strategy.\"batch, slow\".schedule.parallel=1..9:3:whole",
            "strategy.\"batch, slow\".schedule.parallel=1,9",
        ],
    ];
    let mut arguments = Vec::new();
    for _ in 0..=draw.below(3) {
        let choices = keys.remove(draw.below(keys.len() as u64) as usize);
        arguments.extend(["--vary".to_owned(), choices[draw.below(3) as usize].to_owned()]);
    }
    if draw.chance(0.4) {
        let way = if draw.chance(0.5) { "latin" } else { "sobol" };
        arguments.extend(["--sample".to_owned(), format!("{way}:{}", 2 + draw.below(7))]);
    }
    arguments.extend(["--seed".to_owned(), draw.below(1_000).to_string()]);
    arguments.extend(["--replications".to_owned(), (1 + draw.below(3)).to_string()]);
    arguments
}

/// Fifty random plans: one machine = n shards = killed and resumed, byte for byte.
#[test]
fn one_machine_many_shards_and_a_killed_sweep_leave_the_same_bytes() {
    let root = Root::new(8, 0);
    let (draws, times) = (root.purpose("sweep", "plans"), root.purpose("sweep", "kills"));
    for plan in 0..50 {
        let vary = random_plan(&draws, plan);
        let vary: Vec<&str> = vary.iter().map(String::as_str).collect();
        let folder = folder();
        let here = [&["sweep", "small.toml"][..], &vary].concat();
        let start = Instant::now();
        done(folder.path(), &[&here[..], &["--out", "local"]].concat());
        let whole = start.elapsed();
        let expected = files(&folder.path().join("local/small-sweep"));
        planned(folder.path(), &vary);
        let shards = 1 + draws.draw(plan, 1).below(6);
        // In any order: the last first.
        for shard in (1..=shards).rev() {
            let shard = format!("{shard}/{shards}");
            done(folder.path(), &["sweep", "run", "manifest.json", "--shard", &shard, "--parts", "parts", "-q"]);
        }
        done(folder.path(), &["sweep", "merge", "manifest.json", "--parts", "parts", "--out", "merged", "-q"]);
        let what = format!("{vary:?} in {shards} shards");
        assert_same(&expected, &files(&folder.path().join("merged/small-sweep")), &what);
        killed_until_done(folder.path(), &here, &times, plan, whole.mul_f64(1.3));
        assert_same(&expected, &files(&folder.path().join("reports/small-sweep")), &format!("{vary:?}, killed"));
    }
}

/// Nothing on standard error in a pipe, and Ctrl-C keeps what is done.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_sweep_keeps_its_points() {
    let folder = folder();
    let endless = "arrivals.items={ name = \"items\", process = \"poisson\", rate = \"20/s\" }";
    // The first point ends at once, the second never.
    let vary = ["--vary", "run.duration=5m,365d", "--set", endless, "--replications", "1"];
    let child = simctl(folder.path(), &[&["sweep", "small.toml", "--threads", "1"][..], &vary].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let until = Instant::now() + Duration::from_secs(60);
    while parts(folder.path()) == 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    let Output { status, stderr, .. } = child.wait_with_output().expect("it ends");
    let err = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(130), "{err}");
    assert_eq!(err, "error: interrupted\n1 of 2 points are done and kept: run the same again to go on\n");
    assert_eq!(parts(folder.path()), 1);
}
