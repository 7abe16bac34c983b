//! The folder of a report: completed beside its place, then exchanged whole, so that no reader sees half of it.
//!
//! Where the system cannot exchange two folders in one step, the files are put in place one by one, the document last. It
//! has the digest of every other file, so that [`read_run`](super::whole::read_run) sees whether they belong together.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{ReportError, charts, document, page, probe, tables};
use crate::experiment::results::Results;

/// The file of a report that says what the others are.
pub(super) const DOCUMENT: &str = "run.json";

/// Every file that a report may hold, and so everything that may be replaced.
const KNOWN: [&str; 16] = [
    "summary.csv",
    "latency.csv",
    "series.csv",
    "comparisons.csv",
    "pairs.csv",
    "precision.csv",
    "run.json",
    "latency-cdf.svg",
    "backlog.svg",
    "concurrency.svg",
    "iterator-age.svg",
    "connections.svg",
    "outcomes.svg",
    "duplicates.svg",
    "cost.svg",
    "report.html",
];

/// Fills `<out>/<scenario>/` and returns its path. The files are completed in a folder beside it, which then takes its
/// place; on any failure what was there before stays (where folders cannot be exchanged in one step, a failure while files
/// are put in place may leave some of either report, which is told when it is read). Folders left by runs that were killed
/// are removed afterwards.
///
/// Two runs that write the same report at the same time are not told apart: the later one wins, or one of them fails.
///
/// # Errors
/// As [`check`]; else [`ReportError::Io`], [`ReportError::Table`], [`ReportError::Json`] or [`ReportError::Chart`].
pub fn write(results: &Results, out: &Path) -> Result<PathBuf, ReportError> {
    fill(&results.scenario, out, is_known, DOCUMENT, |folder| {
        let files = contents(results)?;
        let digests =
            files.iter().map(|(name, bytes)| (name.clone(), blake3::hash(bytes).to_hex().to_string())).collect();
        let document = (DOCUMENT.to_owned(), document::indented(results, &digests)?);
        write_all(folder, files.into_iter().chain([document]))
    })
}

/// Whether a report may hold a file of that name.
fn is_known(name: &str) -> bool {
    KNOWN.contains(&name) || charts::machine::is_name(name)
}

/// Fills the folder `name` in `out` as [`write()`] does, with the files that `fill` makes in the folder it is given; a
/// folder there whose files are not all `ours` is left alone. The file `document` is put in place last.
///
/// # Errors
/// As [`write()`], and what `fill` returned.
pub(super) fn fill(
    name: &str,
    out: &Path,
    ours: fn(&str) -> bool,
    document: &str,
    fill: impl FnOnce(&Path) -> Result<(), ReportError>,
) -> Result<PathBuf, ReportError> {
    let target = place(name, out, ours)?;
    fs::create_dir_all(out).map_err(failed("create", out))?;
    let fresh = tempfile::Builder::new()
        .prefix(&leftover_prefix(name))
        .tempdir_in(out)
        .map_err(failed("create a folder in", out))?;
    fill(fresh.path())?;
    exchange(fresh, &target, document)?;
    remove_leftovers(name, out);
    Ok(target)
}

/// The same with files whose bytes are there already.
///
/// # Errors
/// As [`write()`].
pub(super) fn fill_with<N: AsRef<Path>>(
    name: &str,
    out: &Path,
    ours: fn(&str) -> bool,
    document: &str,
    files: impl IntoIterator<Item = (N, Vec<u8>)>,
) -> Result<PathBuf, ReportError> {
    fill(name, out, ours, document, |folder| write_all(folder, files))
}

/// Writes files into a folder.
pub(super) fn write_all<N: AsRef<Path>>(
    folder: &Path,
    files: impl IntoIterator<Item = (N, Vec<u8>)>,
) -> Result<(), ReportError> {
    files.into_iter().try_for_each(|(name, bytes)| {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(failed("write", &path))
    })
}

/// The folder that [`write()`] would fill, if it may and can: worth asking before a long run.
///
/// # Errors
/// [`ReportError::Name`] if the scenario's name cannot be a folder's; [`ReportError::NotAFolder`] and
/// [`ReportError::Foreign`] if the place is taken by something that is not a report; [`ReportError::Io`] if it cannot be
/// read or written.
pub fn check(scenario: &str, out: &Path) -> Result<PathBuf, ReportError> {
    check_fill(scenario, out, is_known)
}

/// The same for a folder that [`fill`] would fill.
pub(super) fn check_fill(name: &str, out: &Path, ours: fn(&str) -> bool) -> Result<PathBuf, ReportError> {
    let folder = place(name, out, ours)?;
    probe::probe(&leftover_prefix(name), out, &folder)?;
    Ok(folder)
}

/// The folder of a report, if it may be filled.
fn place(scenario: &str, out: &Path, ours: fn(&str) -> bool) -> Result<PathBuf, ReportError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if scenario.is_empty() || !scenario.bytes().all(allowed) {
        return Err(ReportError::Name { name: scenario.to_owned() });
    }
    let folder = out.join(scenario);
    match fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(folder),
        Err(error) => Err(failed("look at", &folder)(error)),
        Ok(metadata) if !metadata.is_dir() => Err(ReportError::NotAFolder { folder }),
        Ok(_) => match foreign_entry(&folder, ours).map_err(failed("read", &folder))? {
            Some(entry) => Err(ReportError::Foreign { folder, entry }),
            None => Ok(folder),
        },
    }
}

/// The first entry of a folder that no report writes.
fn foreign_entry(folder: &Path, ours: fn(&str) -> bool) -> io::Result<Option<String>> {
    let mut foreign = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !ours(&name) || !entry.file_type()?.is_file() {
            foreign.push(name);
        }
    }
    Ok(foreign.into_iter().min())
}

/// Every file but the document with its bytes, formed before anything is written.
fn contents(results: &Results) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let drawn = charts::all(results)?;
    let machines = charts::machine::all(results);
    let page = page::page(results, &drawn, &machines).into_bytes();
    let mut files = vec![
        ("summary.csv".to_owned(), tables::summary(results)?),
        ("latency.csv".to_owned(), tables::latency(results)?),
        ("series.csv".to_owned(), tables::series(results)?),
        ("report.html".to_owned(), page),
    ];
    if !results.comparisons.is_empty() {
        files.push(("comparisons.csv".to_owned(), tables::comparisons(results)?));
    }
    if !results.pairs.is_empty() {
        files.push(("pairs.csv".to_owned(), tables::pairs(results)?));
    }
    if let Some(precision) = &results.precision {
        files.push(("precision.csv".to_owned(), tables::precision(results, precision)?));
    }
    files.extend(drawn.into_iter().map(|(name, svg)| (name.to_owned(), svg.into_bytes())));
    files.extend(machines.into_iter().map(|(name, svg)| (name, svg.into_bytes())));
    Ok(files)
}

/// Puts the completed folder in its place and removes what was there. Where the system can swap two folders that is one
/// step, and there is a whole report at every moment.
fn exchange(fresh: tempfile::TempDir, target: &Path, document: &str) -> Result<(), ReportError> {
    match swap(fresh.path(), target) {
        // What was in the place is now where the guard removes it.
        Ok(()) => {
            let old = fresh.path().to_owned();
            fresh.close().map_err(failed("remove", &old))
        }
        // Whatever kept it from swapping: what can be done in several steps is, and what cannot is told of these.
        Err(_) => exchange_in_steps(fresh, target, document),
    }
}

/// Swaps two folders in one step.
#[cfg(target_os = "linux")]
fn swap(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn swap(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Puts the files in place one by one, takes away those that are left of the old report, and puts the document in place
/// last: until then the old document stands there, with the digests of the old files. Where nothing is in the place, the
/// folder is moved there as it is.
fn exchange_in_steps(fresh: tempfile::TempDir, target: &Path, document: &str) -> Result<(), ReportError> {
    if fs::symlink_metadata(target).is_err() {
        fs::rename(fresh.path(), target).map_err(failed("put in place", target))?;
        // The folder has moved: nothing is left at the temporary path for its guard to remove.
        let _moved = fresh.keep();
        return Ok(());
    }
    let new = names(fresh.path())?;
    let put = |name: &str| {
        let place = target.join(name);
        fs::rename(fresh.path().join(name), &place).map_err(failed("put in place", &place))
    };
    new.iter().filter(|name| *name != document).try_for_each(|name| put(name))?;
    for name in names(target)?.into_iter().filter(|name| name != document && !new.contains(name)) {
        let old = target.join(name);
        fs::remove_file(&old).map_err(failed("remove", &old))?;
    }
    put(document)
}

/// The names of the files in a folder, in their order.
fn names(folder: &Path) -> Result<Vec<String>, ReportError> {
    let entries =
        fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed("read", folder))?;
    let mut names: Vec<_> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    Ok(names)
}

/// How the temporary folders of a scenario's report begin. A dot is in no scenario's name, so `atm` does not take the
/// folders of `atm-large` for its own.
fn leftover_prefix(scenario: &str) -> String {
    format!(".simctl.{scenario}.")
}

/// The temporary folders that killed runs of a scenario left.
fn leftovers(scenario: &str, out: &Path) -> Vec<PathBuf> {
    let prefix = leftover_prefix(scenario);
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    ours.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

/// Removes what killed runs left. A folder that cannot be removed harms nobody: the report itself is complete.
fn remove_leftovers(scenario: &str, out: &Path) {
    for folder in leftovers(scenario, out) {
        let _ = fs::remove_dir_all(folder);
    }
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ReportError {
    let path = path.to_owned();
    move |source| ReportError::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::report::fixture;
    use crate::report::whole::{self, RunError};

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_report_is_written_twice_with_equal_bytes_and_nothing_beside_it() {
        let out = tempfile::tempdir().expect("a folder");
        let results = fixture::atm();
        let folder = write(&results, out.path()).expect("written");
        let read =
            || -> Vec<_> { entries(&folder).iter().map(|name| fs::read(folder.join(name)).expect("a file")).collect() };
        let first = read();
        assert_eq!(
            entries(&folder),
            [
                "backlog.svg",
                "comparisons.csv",
                "concurrency.svg",
                "cost.svg",
                "duplicates.svg",
                "latency-cdf.svg",
                "latency.csv",
                "outcomes.svg",
                "report.html",
                "run.json",
                "series.csv",
                "summary.csv",
            ]
        );
        write(&results, out.path()).expect("written again");
        assert_eq!(first, read());
        assert_eq!(entries(out.path()), ["atm"]);
    }

    #[test]
    fn every_file_written_is_known() {
        for (name, _) in contents(&fixture::atm()).expect("contents") {
            assert!(is_known(&name), "{name}");
        }
    }

    #[test]
    fn what_killed_runs_left_is_removed_and_no_other_scenarios() {
        let out = tempfile::tempdir().expect("a folder");
        for name in
            [".simctl.atm.abc123", ".simctl.atm.abc123.old", ".simctl.atm.old", ".simctl.atm-large.abc123", "mine"]
        {
            fs::create_dir(out.path().join(name)).expect("created");
        }
        fs::create_dir(out.path().join("atm")).expect("created");
        write(&fixture::atm(), out.path()).expect("written");
        assert_eq!(entries(out.path()), [".simctl.atm-large.abc123", "atm", "mine"]);
        assert_eq!(entries(&out.path().join("atm")).len(), 12);
    }

    #[test]
    fn a_folder_with_other_files_is_left_alone() {
        let out = tempfile::tempdir().expect("a folder");
        let folder = out.path().join("atm");
        fs::create_dir(&folder).expect("created");
        fs::write(folder.join("thesis.tex"), "years of work").expect("written");
        let error = write(&fixture::atm(), out.path()).expect_err("refused");
        assert!(matches!(&error, ReportError::Foreign { entry, .. } if entry == "thesis.tex"), "{error}");
        assert_eq!(entries(&folder), ["thesis.tex"]);
        assert_eq!(entries(out.path()), ["atm"]);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_left_alone() {
        let out = tempfile::tempdir().expect("a folder");
        fs::write(out.path().join("atm"), "a file").expect("written");
        let error = write(&fixture::atm(), out.path()).expect_err("refused");
        assert!(matches!(error, ReportError::NotAFolder { .. }), "{error}");
    }

    #[test]
    fn a_name_that_is_no_folder_is_refused() {
        for name in ["", "..", "a/b", "Atm", "a b"] {
            let error = check(name, Path::new("reports")).expect_err("refused");
            assert!(matches!(error, ReportError::Name { .. }), "{name}: {error}");
        }
    }

    /// A new report with one file, ready to be put in place.
    fn fresh(out: &Path, text: &str) -> tempfile::TempDir {
        let fresh = tempfile::Builder::new().prefix(".simctl.atm.").tempdir_in(out).expect("a folder");
        fs::write(fresh.path().join("run.json"), text).expect("written");
        fresh
    }

    #[test]
    fn either_way_of_exchange_leaves_the_new_report_and_nothing_beside_it() {
        type Exchange = fn(tempfile::TempDir, &Path, &str) -> Result<(), ReportError>;
        for way in [exchange as Exchange, exchange_in_steps] {
            let out = tempfile::tempdir().expect("a folder");
            let target = out.path().join("atm");
            for text in ["first", "second"] {
                let fresh = fresh(out.path(), text);
                // A chart that only this report has.
                fs::write(fresh.path().join(format!("{text}.svg")), text).expect("written");
                way(fresh, &target, DOCUMENT).expect("exchanged");
                assert_eq!(fs::read_to_string(target.join(DOCUMENT)).expect("a file"), text);
                let mut expected = vec![format!("{text}.svg"), DOCUMENT.to_owned()];
                expected.sort();
                assert_eq!(entries(&target), expected);
                assert_eq!(entries(out.path()), ["atm"]);
            }
        }
    }

    #[test]
    fn a_swap_leaves_a_report_in_place_at_every_moment() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let out = tempfile::tempdir().expect("a folder");
        let target = out.path().join("atm");
        exchange(fresh(out.path(), "first"), &target, DOCUMENT).expect("put in place");
        let probe = fresh(out.path(), "second");
        if swap(probe.path(), &target).is_err() {
            eprintln!("skipped: folders cannot be swapped in {}", out.path().display());
            return;
        }
        let (done, started) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut looks = 0_u32;
                while !done.load(Ordering::Relaxed) {
                    assert!(target.is_dir(), "no report after {looks} looks");
                    looks += 1;
                    started.store(true, Ordering::Relaxed);
                }
                looks
            });
            while !started.load(Ordering::Relaxed) && !reader.is_finished() {
                std::thread::yield_now();
            }
            for _ in 0..300 {
                exchange(fresh(out.path(), "next"), &target, DOCUMENT).expect("exchanged");
            }
            done.store(true, Ordering::Relaxed);
            assert!(reader.join().expect("a report at every look") > 0);
        });
    }

    /// Every moment at which a run may be killed while it puts files in place one by one: the report is the old one, the
    /// new one, or torn, and said to be.
    #[test]
    fn a_report_of_two_runs_is_seen_to_be_torn() {
        let out = tempfile::tempdir().expect("a folder");
        let (old, mut other) = (fixture::atm(), fixture::atm());
        other.scenario = "other".to_owned();
        fixture::never(&mut other, 0, 0.01);
        let target = write(&old, out.path()).expect("written");
        let fresh = write(&other, out.path()).expect("written");
        let steps: Vec<_> = entries(&fresh).into_iter().filter(|name| name != DOCUMENT).collect();
        let mut torn = 0;
        for name in &steps {
            let differs = fs::read(fresh.join(name)).expect("a file") != fs::read(target.join(name)).expect("a file");
            fs::rename(fresh.join(name), target.join(name)).expect("put in place");
            torn += u32::from(differs);
            match whole::read_run(&target.join(DOCUMENT)) {
                Ok(_) => assert_eq!(torn, 0, "after {name}"),
                Err(error) => assert!(torn > 0 && matches!(error, RunError::Torn { .. }), "{name}: {error}"),
            }
        }
        assert!(torn > 2, "only {torn} files differ");
        fs::rename(fresh.join(DOCUMENT), target.join(DOCUMENT)).expect("put in place");
        whole::read_run(&target.join(DOCUMENT)).expect("the new report is whole");
    }

    #[test]
    fn the_old_report_stays_when_the_new_one_cannot_be_put_in_place() {
        let out = tempfile::tempdir().expect("a folder");
        let target = write(&fixture::atm(), out.path()).expect("written");
        let fresh = tempfile::Builder::new().prefix(".simctl.atm.").tempdir_in(out.path()).expect("a folder");
        fs::remove_dir(fresh.path()).expect("removed under its hands");
        exchange(fresh, &target, DOCUMENT).expect_err("nothing to put in place");
        assert_eq!(entries(&target).len(), 12);
        assert_eq!(entries(out.path()), ["atm"]);
    }

    #[test]
    fn the_document_keeps_its_order_and_writes_never_as_null() {
        let mut results = fixture::atm();
        fixture::never(&mut results, 0, 0.01);
        let digests = BTreeMap::from([("summary.csv".to_owned(), "ab".to_owned())]);
        let bytes = document::indented(&results, &digests).expect("a document");
        let mut value: serde_json::Value = serde_json::from_slice(&bytes).expect("json");
        let files = value.as_object_mut().and_then(|document| document.remove("files"));
        assert_eq!(files, Some(serde_json::json!({ "summary.csv": "ab" })));
        let line: serde_json::Value =
            serde_json::from_str(&document::json_line(&results).expect("a line")).expect("json");
        assert_eq!(value, line);
        let p99 = |strategy: usize| {
            let figures = value["strategies"][strategy]["figures"].as_array().expect("figures");
            let found = figures.iter().find(|f| f["metric"] == "latency_p99" && f["scope"] == "");
            found.expect("a p99")["estimate"]["mean"].clone()
        };
        assert_eq!(p99(0), serde_json::Value::Null);
        assert_eq!(p99(2), serde_json::json!(1.4));
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.starts_with("{\n  \"format_version\": 1,\n  \"program_version\": "), "{}", &text[..80]);
    }
}
