//! The read-eval-print loop.

use std::process::ExitCode;

use gc_scheme::{Interpreter, SchemeError};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// Where the lines of earlier sessions are kept.
fn history() -> Option<std::path::PathBuf> {
    std::env::home_dir().map(|home| home.join(".gc_scheme_history"))
}

/// Reads, evaluates and prints, until the input ends.
pub(crate) fn run(scheme: &mut Interpreter) -> ExitCode {
    let mut editor = match DefaultEditor::new() {
        Ok(editor) => editor,
        Err(error) => {
            eprintln!("error: no terminal: {error}");
            return ExitCode::from(70);
        }
    };
    let history = history();
    if let Some(history) = &history {
        // There is none the first time.
        let _ = editor.load_history(history);
    }
    let mut text = String::new();
    let code = loop {
        match editor.readline(if text.is_empty() { "> " } else { "  " }) {
            Ok(line) => {
                text.push_str(&line);
                text.push('\n');
                if text.trim().is_empty() {
                    text.clear();
                    continue;
                }
                // The datum goes on in the next line.
                if !scheme.is_complete(&text) {
                    continue;
                }
                match scheme.eval(&text) {
                    Ok(value) if value.is_empty() => {}
                    Ok(value) => println!("{value}"),
                    Err(SchemeError::Exit(code)) => break ExitCode::from(code as u8),
                    Err(error) => eprintln!("error: {error}"),
                }
                // Whether it can be kept is of no importance.
                let _ = editor.add_history_entry(text.trim_end());
                text.clear();
            }
            Err(ReadlineError::Interrupted) => text.clear(),
            Err(ReadlineError::Eof) => break ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                break ExitCode::from(70);
            }
        }
    };
    if let Some(history) = &history {
        let _ = editor.save_history(history);
    }
    code
}
