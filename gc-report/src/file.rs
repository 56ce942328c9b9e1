//! Results as files: JSON in and out, and the other formats that are made of them.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Deserialize;

use crate::schema::{Results, SCHEMA_VERSION};

/// Why results cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be read.
    Io(io::Error),
    /// It is no JSON, or not of this schema.
    Json(serde_json::Error),
    /// It was written to a newer schema: read it with a newer version of this crate.
    TooNew {
        /// The file's schema version.
        found: u32,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot read the results: {error}"),
            Self::Json(error) => write!(f, "these are no results of the laboratory: {error}"),
            Self::TooNew { found } => {
                write!(f, "the results have schema version {found}, and this program knows up to {SCHEMA_VERSION}")
            }
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Json(error) => Some(error),
            Self::TooNew { .. } => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl Results {
    /// The results as JSON text, on one line.
    ///
    /// # Errors
    /// None that are known: numbers that JSON cannot say, such as infinity, become `null`.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// If the text is no JSON of this schema, or of a newer version.
    ///
    /// ```
    /// use gc_report::{ReadError, Results};
    ///
    /// let newer = Results::from_json(r#"{"schema": 999, "shape": "unknown"}"#);
    /// assert!(matches!(newer, Err(ReadError::TooNew { found: 999 })));
    /// ```
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        // First the version alone: the rest of a newer file may have any shape.
        let found = serde_json::from_str::<Head>(text)?.schema;
        if found > SCHEMA_VERSION {
            return Err(ReadError::TooNew { found });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a file of results.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json), or if the file cannot be read.
    pub fn read_json(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        Self::from_json(&fs::read_to_string(path)?)
    }

    /// Writes the results as JSON. An existing file is replaced whole or not at all: the text goes into
    /// a file beside it first.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_json(&self, path: impl AsRef<Path>) -> io::Result<()> {
        write_whole(path.as_ref(), |out| Ok(serde_json::to_writer(out, self)?))
    }
}

/// Writes a file beside `path`, and gives it that name when it is complete.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let mut out = BufWriter::new(File::create(&beside)?);
    write(&mut out)?;
    out.flush()?;
    fs::rename(&beside, path)
}
