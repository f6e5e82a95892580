//! `foldline modules`: the verdict on each file in the modules folder.

use super::client::{Client, Request};
use super::output::{self, Format, Output};
use super::stop::Outcome;
use foldline_api::{ModuleReport, ModuleReports, Verdict};

/// List the files in the modules folder, with the verdict on each
#[derive(Debug, clap::Args)]
pub(super) struct Modules {
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

impl Modules {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let request = Request::to(&["modules"]);
        match self.output {
            Format::Json => out.json_line(client.get_bytes(request)?.trim_ascii_end()),
            Format::Text => print(&client.get::<ModuleReports>(request)?.modules, out),
        }
    }
}

fn print(modules: &[ModuleReport], out: &mut Output) -> Outcome {
    if modules.is_empty() {
        return out.line("no modules: drop NAME@VERSION.wasm into the modules folder");
    }
    let mut table = output::table(&["FILE", "VERDICT", "CODE", "MODULE", "DIGEST"]);
    for module in modules {
        let name = match (&module.name, &module.version) {
            (Some(name), Some(version)) => format!("{name}@{version}"),
            (Some(name), None) => name.clone(),
            (None, _) => "-".to_owned(),
        };
        // Twelve digits are enough to distinguish the modules of a folder.
        let digest = module.digest.as_deref().map_or("-", |digest| digest.get(..12).unwrap_or(digest));
        let code = module.code.as_deref().unwrap_or("-");
        table.add_row([module.file.as_str(), verdict(module.verdict), code, &name, digest]);
    }
    out.line(table.trim_fmt())?;
    for module in modules {
        if !module.parameters.is_empty() {
            out.line(format_args!("{}: {}", module.file, module.parameters))?;
        }
        if let Some(reason) = &module.reason {
            out.line(format_args!("{}: {reason}", module.file))?;
        }
    }
    Ok(())
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Registered => "registered",
        Verdict::Rejected => "rejected",
        Verdict::Waiting => "waiting",
        Verdict::Ignored => "ignored",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    #[test]
    fn each_file_has_its_verdict_and_those_not_folded_code_and_reason() {
        let host = FakeHost::start(|_| {
            let answer = r#"{"modules":[
                {"file":"bad.wasm","name":null,"version":null,"digest":null,"verdict":"rejected",
                 "code":"invalid_module","reason":"it is no component"},
                {"file":"flags@0.1.0.wasm","name":"flags","version":"0.1.0+3f2a","parameters":{"orders":6,"within":"1h"},
                 "digest":"fedcba9876543210","verdict":"accepted","reason":null},
                {"file":"like-count@0.1.0.wasm","name":"like-count","version":"0.1.0",
                 "digest":"0123456789abcdef","verdict":"accepted","reason":null},
                {"file":"notes.txt","name":null,"version":null,"digest":null,"verdict":"ignored",
                 "code":"ignored_extension","reason":"it is not named NAME@VERSION.wasm"}]}"#;
            (200, answer.to_owned())
        });
        let (outcome, printed) = printed(|out| Modules { output: Format::Text }.run(&host.client(), out));
        outcome.unwrap();
        let expected = "\
FILE                   VERDICT   CODE               MODULE            DIGEST
bad.wasm               rejected  invalid_module     -                 -
flags@0.1.0.wasm       accepted  -                  flags@0.1.0+3f2a  fedcba987654
like-count@0.1.0.wasm  accepted  -                  like-count@0.1.0  0123456789ab
notes.txt              ignored   ignored_extension  -                 -
bad.wasm: it is no component
flags@0.1.0.wasm: orders = 6, within = \"1h\"
notes.txt: it is not named NAME@VERSION.wasm
";
        assert_eq!(printed, expected);
    }
}
