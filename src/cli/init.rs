//! `simctl init`: a commented scenario to start from.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::output::print;
use crate::scenario::starter;

/// Write a commented scenario to start from.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  simctl init orders.toml && simctl run orders.toml")]
pub(super) struct Args {
    /// The file to write; an existing one is left alone
    #[arg(value_name = "FILE", default_value = "scenario.toml")]
    file: PathBuf,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let refused = |error| Failure::bad_input(format!("error: cannot write {}: {error}", args.file.display()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&args.file).map_err(refused)?;
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let text = format!("{}\n#\n{}", schema_line(folder), starter());
    if let Err(error) = file.write_all(text.as_bytes()) {
        // Half a scenario is of no use, and would be in the way of the next try.
        let _ = std::fs::remove_file(&args.file);
        return Err(refused(error));
    }
    print(format_args!("wrote {0}; run it with: simctl run {0}\n", args.file.display()))?;
    Ok(Exit::Done)
}

/// The comment by which editors find the schema, where one is within reach of the folder; else how to get it.
fn schema_line(folder: &Path) -> String {
    const NAMES: [&str; 3] = ["scenario.schema.json", "schema/scenario.schema.json", "../schema/scenario.schema.json"];
    NAMES.into_iter().find(|name| folder.join(name).is_file()).map_or_else(
        || {
            "# Editors complete and check keys with the schema: `simctl schema > scenario.schema.json` in this folder, and\n\
             # `#:schema scenario.schema.json` as the first line of this file."
                .to_owned()
        },
        |name| format!("#:schema {name}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `init` writes into a folder `scenarios`, with a schema at `schema` beside or in it.
    fn written(schema: Option<&str>) -> String {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("scenarios");
        std::fs::create_dir_all(folder.join("schema")).unwrap();
        std::fs::create_dir_all(root.path().join("schema")).unwrap();
        if let Some(schema) = schema {
            std::fs::write(folder.join(schema), "{}").unwrap();
        }
        let file = folder.join("new.toml");
        execute(&Args { file: file.clone() }).unwrap_or_else(|_| panic!("{} is not written", file.display()));
        std::fs::read_to_string(file).unwrap()
    }

    #[test]
    fn the_schema_is_named_where_it_is_and_only_there() {
        for schema in ["scenario.schema.json", "schema/scenario.schema.json", "../schema/scenario.schema.json"] {
            assert!(written(Some(schema)).starts_with(&format!("#:schema {schema}\n")), "{schema}");
        }
        let without = written(None);
        assert!(!without.starts_with("#:schema") && without.contains("simctl schema >"), "{without}");
        assert!(without.ends_with(starter()));
    }
}
