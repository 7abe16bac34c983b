//! `sweep.parquet` has the rows of `sweep.csv` with types, as its own reader and DuckDB find it.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::texts;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use tempfile::TempDir;

/// A few items for a function, and for a batch that runs too late for them, so that some figures are without end.
fn small() -> String {
    let run = "duration = \"5m\"\ndrain = \"1m\"\nreplications = 2";
    texts::small(run, "2/m", "'batch, \"slow\"'", "rate(20 minutes)")
}

/// A number, a size and a text.
const KINDS: [&str; 6] = [
    "--vary",
    "run.load=0.5,2",
    "--vary",
    "functions.post.memory=512MB,1GB",
    "--vary",
    "strategy.\"per event\".flow=events -> post,sqs -> post",
];

/// A sweep of the scenario.
fn swept(vary: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.toml"), small()).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_simctl"))
        .args(["sweep", "small.toml", "--quiet"])
        .args(vary)
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

fn report(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("reports/small-sweep")
}

/// A field as the text of the other table has it.
fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Long(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        Field::Str(value) => value.clone(),
        other => panic!("{other:?} is of no type that was written"),
    }
}

/// How many rows there are, in how many groups, and how many of them are never; each is that of the table.
fn compared(folder: &TempDir) -> (usize, usize, usize) {
    let file = fs::File::open(report(folder).join("sweep.parquet")).expect("the columns");
    let reader = SerializedFileReader::new(file).expect("a parquet file");
    let rows = reader.get_row_iter(None).expect("rows").map(|row| {
        let row = row.expect("a row");
        row.get_column_iter().map(|(_, field)| text(field)).collect::<Vec<String>>()
    });
    let mut table = csv::Reader::from_path(report(folder).join("sweep.csv")).expect("the table");
    let mean = table.headers().expect("a heading").iter().position(|name| name == "mean").expect("a mean");
    let mut expected = table.records().map(|record| record.expect("a record"));
    let (mut count, mut never) = (0, 0);
    for row in rows {
        let record = expected.next().expect("as many rows");
        assert!(record.iter().eq(row.iter().map(String::as_str)), "{record:?} is not {row:?}");
        never += usize::from(row[mean] == "inf");
        count += 1;
    }
    assert!(expected.next().is_none(), "a row of the table is missing");
    (count, reader.num_row_groups(), never)
}

#[test]
fn columns_have_the_rows_of_the_table_with_types() {
    let folder = swept(&KINDS);
    let file = fs::File::open(report(&folder).join("sweep.parquet")).expect("the columns");
    let reader = SerializedFileReader::new(file).expect("a parquet file");
    let schema = reader.metadata().file_metadata().schema_descr();
    let types: Vec<String> =
        schema.columns().iter().map(|column| format!("{} {}", column.name(), column.physical_type())).collect();
    let expected = [
        "point INT64",
        "run.load DOUBLE",
        "functions.post.memory BYTE_ARRAY",
        "strategy.\"per event\".flow BYTE_ARRAY",
        "strategy BYTE_ARRAY",
        "scope BYTE_ARRAY",
        "metric BYTE_ARRAY",
        "unit BYTE_ARRAY",
        "mean DOUBLE",
        "ci_low DOUBLE",
        "ci_high DOUBLE",
        "replications INT64",
    ];
    assert_eq!(types, expected);
    let (rows, groups, never) = compared(&folder);
    assert!(rows > 8 * 2 * 20 && groups == 1, "{rows} rows in {groups} groups");
    assert!(never > 0, "a figure without end is among them");
}

/// Rows are written in groups as the points are read, so that memory does not grow with them.
#[test]
fn many_rows_are_several_groups() {
    let folder = swept(&["--vary", "run.load=0.5..2:300"]);
    let (rows, groups, _) = compared(&folder);
    // A group is begun at the first point after 16,384 rows.
    assert!(groups > 1 && groups <= rows / 16_384 + 1, "{rows} rows in {groups} groups");
}

/// What DuckDB, which is someone else's reader, says of both tables: no row of one is missing in the other.
const QUESTIONS: &str = r#"
import sys
import duckdb
folder = sys.argv[1]
columns, table = f"'{folder}/sweep.parquet'", f"read_csv('{folder}/sweep.csv', all_varchar=true, header=true)"
names = [row[0] for row in duckdb.sql(f"describe select * from {columns}").fetchall()]
assert names == [row[0] for row in duckdb.sql(f"describe select * from {table}").fetchall()], names
quoted = ['"' + name.replace('"', '""') + '"' for name in names]
numbers = {"point", "run.load", "mean", "ci_low", "ci_high", "replications"}
same = [f"cast({q} as double)" if name in numbers else f"coalesce({q}, '')" for name, q in zip(names, quoted)]
same = ", ".join(same)
for one, other in ((columns, table), (table, columns)):
    missing = duckdb.sql(f"select {same} from {one} except all select {same} from {other}").fetchall()
    assert not missing, missing[:3]
p99 = duckdb.sql(f"""select count(*), max(replications) from {columns}
    where metric = 'latency_p99' and scope = '' and "run.load" = 2.0""").fetchall()[0]
print(f"{p99[0]} of {p99[1]} replications")
"#;

#[test]
fn duckdb_reads_the_columns_as_the_table() {
    let python = std::env::var_os("SIMCTL_PYTHON").unwrap_or_else(|| "python3".into());
    let present = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !present.is_ok_and(|output| output.status.success()) {
        println!("skipped: no python with duckdb here (pip install duckdb; SIMCTL_PYTHON names another python)");
        return;
    }
    let folder = swept(&KINDS);
    let asked = Command::new(&python).args(["-c", QUESTIONS]).arg(report(&folder)).output().expect("python starts");
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    // Two sizes, two flows, two strategies.
    assert_eq!(String::from_utf8_lossy(&asked.stdout), "8 of 2 replications\n");
}

/// The same rows make the same bytes, whoever writes them.
#[test]
fn columns_are_the_same_bytes_each_time() {
    let read = |folder: &TempDir| fs::read(report(folder).join("sweep.parquet")).expect("the columns");
    let (one, other) = (swept(&KINDS), swept(&KINDS));
    let bytes = read(&one);
    assert!(bytes == read(&other));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).to_str().expect("a name");
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("simctl version") && !holds(path) && !holds(one.path().to_str().expect("a name")));
}
