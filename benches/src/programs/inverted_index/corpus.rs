//! The text files of a folder.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

/// Bigger files are data, not text.
const MAX_BYTES: u64 = 1 << 20;

/// The contents of all text files below `folder`, in the order of their paths. What begins with a
/// dot, and folders that builds fill, are left out; so is what is not UTF-8.
pub(super) fn read(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    read_into(folder, &mut texts);
    assert!(!texts.is_empty(), "there is no text file in {}", folder.display());
    texts
}

fn read_into(folder: &Path, texts: &mut Vec<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<_> = entries.map(|entry| (entry.file_name(), entry)).collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, entry) in entries {
        let name = name.to_string_lossy();
        let built = ["target", "node_modules", "build"].contains(&name.as_ref());
        // Links are not followed: they may lead in a circle.
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if name.starts_with('.') || (kind.is_dir() && built) {
            continue;
        }
        if kind.is_dir() {
            read_into(&entry.path(), texts);
        } else if kind.is_file()
            && entry.metadata().is_ok_and(|file| file.len() <= MAX_BYTES)
            && let Ok(text) = fs::read_to_string(entry.path())
            && !text.contains('\0')
        {
            texts.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_file_is_among_the_texts() {
        let texts = read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        assert!(texts.iter().any(|text| text.contains("among_the_texts")));
    }

    #[test]
    #[should_panic(expected = "there is no text file")]
    fn a_folder_without_texts_is_a_mistake_that_is_told() {
        read(Path::new("/nonexistent"));
    }
}
