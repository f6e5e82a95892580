//! Documentation pages whose commands are run: `console` blocks, in order, in one shell. `[..]` matches anything.

use std::process::Command;

/// A command, and its output according to the page.
struct Step {
    line: usize,
    command: String,
    answer: Vec<String>,
}

/// Runs the commands of a page in one shell and compares their output. `last` runs after them in any case.
///
/// # Panics
/// Panics, naming the line, at the first command that fails or has other output.
pub fn check(page: &str, text: &str, shell: &mut Command, last: &str) {
    let steps = steps(text);
    assert!(steps.len() > 3, "{page} shows few commands");
    let mut script = String::from("set -u\n");
    for (index, step) in steps.iter().enumerate() {
        // An additional line feed, because not every output ends with one.
        script.push_str(&format!("{}\nprintf '\\n@@@ {index} %s\\n' \"$?\"\n", step.command));
    }
    script.push_str(last);
    let output = shell.args(["-c", &script]).output().expect("bash starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut lines = stdout.lines();
    for (index, step) in steps.iter().enumerate() {
        let mut answer = Vec::new();
        let code = loop {
            let line = lines.next().unwrap_or_else(|| panic!("{page}:{} never ended\n{stderr}", step.line));
            match line.strip_prefix(&format!("@@@ {index} ")) {
                Some(code) => break code,
                None => answer.push(line),
            }
        };
        answer.pop_if(|last| last.is_empty());
        let place = format!("{page}:{} `{}`", step.line, step.command);
        assert_eq!(code, "0", "{place} failed\n{}\n{stderr}", answer.join("\n"));
        assert!(all_match(&step.answer, &answer), "{place} answered\n{}", answer.join("\n"));
    }
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (index, line) in page.lines().enumerate() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match line.strip_prefix("$ ") {
                Some(command) => {
                    steps.push(Step { line: index + 1, command: command.to_owned(), answer: Vec::new() });
                }
                None => steps.last_mut().expect("an answer follows a command").answer.push(line.to_owned()),
            },
            _ => {}
        }
    }
    steps
}

/// Returns whether `text` matches `pattern`, in which each `[..]` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once("[..]") {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).filter(|&at| text.is_char_boundary(at)).any(|at| matches(rest, &text[at..]))
        }),
    }
}

/// Returns whether the lines match. A line with only `[..]` stands for any number of lines.
fn all_match(patterns: &[String], lines: &[&str]) -> bool {
    match patterns.split_first() {
        None => lines.is_empty(),
        Some((pattern, rest)) if pattern == "[..]" => {
            (0..=lines.len()).any(|at| all_match(rest, &lines[at..]))
        }
        Some((pattern, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| matches(pattern, line) && all_match(rest, lines))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_they_stand_for() {
        assert!(matches("a [..] c", "a b b c"));
        assert!(!matches("a [..] c", "a b"));
        let pattern: Vec<String> = ["a", "[..]", "z"].map(str::to_owned).to_vec();
        assert!(all_match(&pattern, &["a", "z"]));
        assert!(all_match(&pattern, &["a", "b", "c", "z"]));
        assert!(!all_match(&pattern, &["a", "b"]));
    }
}
