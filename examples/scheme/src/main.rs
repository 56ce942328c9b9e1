//! `gc-scheme`: runs a program, or reads, evaluates and prints.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use gc_core::{Config, Stress};
use gc_scheme::{Interpreter, Options, SchemeError};

mod repl;

/// A Scheme (R7RS-small) on a garbage-collected heap.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The program; without one, a read-eval-print loop.
    file: Option<PathBuf>,
    /// What the program's `(command-line)` returns after its name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// The most memory that the program may use: bytes, or with a K, M or G.
    #[arg(long, value_parser = bytes)]
    heap_limit: Option<usize>,
    /// Reports each collection on the standard error.
    #[arg(long)]
    gc_log: bool,
    /// Collects all the time, moves all objects, and checks the heap.
    #[arg(long)]
    gc_stress: bool,
    /// With `--gc-stress`: calls and back-edges between two collections.
    #[arg(long, default_value_t = 1000)]
    gc_stress_pace: u32,
    /// Reports times and sizes when the program is done.
    #[arg(long)]
    gc_summary: bool,
    /// Writes a page on the collector's pauses, times and memory when the program is done.
    #[arg(long, value_name = "PAGE")]
    gc_report: Option<PathBuf>,
    /// A directory in which libraries are looked for.
    #[arg(short = 'I', long = "library-path")]
    library_path: Vec<PathBuf>,
}

fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.trim_end_matches(['B', 'b', 'i']).char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&text[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    let number: usize = digits.parse().map_err(|_| format!("`{text}` is not a size such as 64M"))?;
    number.checked_mul(unit).filter(|&bytes| bytes >= 4 << 20).ok_or_else(|| "at least 4M are needed".into())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut config = Config::default();
    if arguments.gc_stress {
        config = config.stress(Stress::all()).verify(true);
    }
    let name = arguments.file.as_ref().map(|file| file.display().to_string());
    let mut scheme = Interpreter::new(Options {
        config,
        heap_limit: arguments.heap_limit,
        arguments: name.into_iter().chain(arguments.arguments).collect(),
        patience: if arguments.gc_stress { arguments.gc_stress_pace } else { 0 },
        output: Box::new(std::io::BufWriter::new(std::io::stdout())),
        time_limit: None,
    });
    if arguments.gc_log {
        scheme.set_listener(Some(Box::new(|event| eprintln!("gc: {event:?}"))));
    }
    for directory in &arguments.library_path {
        scheme.add_library_directory(directory);
    }
    if arguments.gc_report.is_some() {
        let name = arguments.file.as_ref().and_then(|file| file.file_stem());
        scheme.record(&name.map_or("gc-scheme".into(), |name| name.to_string_lossy()));
    }
    let code = match &arguments.file {
        None => repl::run(&mut scheme),
        Some(file) => match scheme.run_file(file) {
            Ok(_) => ExitCode::SUCCESS,
            Err(SchemeError::Exit(code)) => ExitCode::from(code as u8),
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::from(70)
            }
        },
    };
    if let (Some(page), Some(results)) = (&arguments.gc_report, scheme.recorded())
        && let Err(error) = results.write_page(page)
    {
        eprintln!("error: cannot write {}: {error}", page.display());
        return ExitCode::from(74);
    }
    if arguments.gc_summary {
        eprintln!("{}", scheme.stats());
        let pauses = scheme.pauses();
        eprintln!("{} pauses, median {} ns, longest {} ns", pauses.count(), pauses.quantile(0.5), pauses.max_ns());
    }
    code
}
