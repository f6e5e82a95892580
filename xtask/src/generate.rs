//! `cargo xtask generate`: records of a social network, and exactly what `reducers/feed-item` must show of them.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use foldline_social::{Generator, Model, Settings};

use crate::progress::Progress;
use crate::say::say;

/// What `generate` can be told.
#[derive(Args)]
pub struct Options {
    /// The seed: equal options write equal bytes on every machine.
    #[arg(long, value_name = "N", default_value_t = 2026)]
    seed: u64,
    /// The number of records.
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    events: u64,
    /// The number of users, at most a quarter of the records [default: a hundredth].
    #[arg(long, value_name = "N")]
    users: Option<u32>,
    /// Where to write the records, one a line as `foldline append FILE` takes them; `-` is stdout.
    #[arg(long, value_name = "FILE", default_value = "-")]
    to: PathBuf,
    /// Also write what `feed-item` must show to this file: a document a line, by post, with exact counts. They are kept in
    /// memory, some 50 bytes for each different like.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<()> {
    let Options { seed, events, .. } = *options;
    let users = options.users.unwrap_or_else(|| Settings::users_of(events));
    let settings = Settings { seed, events, users };
    write(settings, &options.to, options.answers.as_deref())
}

/// Writes the records to a file or to stdout, and the documents to another file.
pub fn write(settings: Settings, to: &Path, answers: Option<&Path>) -> Result<()> {
    let Settings { seed, events, users } = settings;
    ensure!(users > 0, "a network without users has no events");
    ensure!(
        u64::from(users) * 4 <= events,
        "{users} users need {} events or more: each has a first one, and some are active",
        u64::from(users) * 4
    );
    say!("generating {events} events of {users} users from seed {seed}");
    let mut model = answers.map(|_| Model::default());
    let context = || format!("writing {}", to.display());
    let written = if to == Path::new("-") {
        write_records(settings, std::io::stdout().lock(), model.as_mut())
    } else {
        write_records(settings, File::create(to).with_context(context)?, model.as_mut())
    };
    match written {
        // Nobody wants the rest, as behind `head`. Answers would be to other records than those that were taken.
        Err(error) if error.kind() == ErrorKind::BrokenPipe && answers.is_none() => return Ok(()),
        written => written.with_context(context)?,
    }
    if let (Some(model), Some(answers)) = (model, answers) {
        write_documents(&model, answers).with_context(|| format!("writing {}", answers.display()))?;
    }
    Ok(())
}

fn write_records(settings: Settings, to: impl Write, mut model: Option<&mut Model>) -> std::io::Result<()> {
    let mut to = BufWriter::with_capacity(1 << 20, to);
    let mut progress = Progress::new("generating", settings.events);
    let mut line = Vec::new();
    for record in Generator::new(settings) {
        line.clear();
        record.print(&mut line);
        to.write_all(&line)?;
        if let Some(model) = &mut model {
            model.add(&record);
        }
        progress.step();
    }
    to.flush()
}

fn write_documents(model: &Model, to: &Path) -> std::io::Result<()> {
    let mut to = BufWriter::with_capacity(1 << 20, File::create(to)?);
    for (_, document) in model.documents() {
        writeln!(to, "{document}")?;
    }
    to.flush()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn generate(folder: &Path, arguments: &[&str]) -> Result<()> {
        let files = ["records", "answers"].map(|file| folder.join(file).display().to_string());
        let fixed = ["generate", "--to", &files[0], "--answers", &files[1]];
        run(&Line::try_parse_from(fixed.iter().chain(arguments).copied()).unwrap().options)
    }

    #[test]
    fn records_and_answers_are_written_and_the_same_again() {
        let folder = std::env::temp_dir().join(format!("foldline-generate-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        let both = [(); 2].map(|()| {
            generate(&folder, &["--events", "5000", "--seed", "7"]).unwrap();
            (read("records"), read("answers"))
        });
        let few = generate(&folder, &["--events", "100", "--users", "26"]);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(both[0] == both[1], "two runs differ");
        let (records, answers) = &both[0];
        assert_eq!(records.lines().count(), 5_000);
        let documents: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(documents.len() > 50, "{} documents", documents.len());
        assert!(documents.iter().all(|it| it["author"]["key"].is_string() && it["views"].is_u64()));
        assert!(few.unwrap_err().to_string().starts_with("26 users need 104 events"));
    }
}
