//! Files of a program's text: included ones, and libraries.

use std::path::{Path, PathBuf};

use crate::error::{Res, error_of, syntax_error};
use crate::expand::Expander;
use crate::ports::Port;
use crate::reader;
use crate::value::{ErrorKind, Value};

impl<'gc> Expander<'gc> {
    /// The forms in the files that an `include` names.
    pub(crate) fn included(
        &mut self,
        form: Value<'gc>,
        names: &[Value<'gc>],
        fold_case: bool,
    ) -> Res<'gc, Vec<Value<'gc>>> {
        if names.is_empty() {
            return Err(syntax_error(form.source(), "expected (include \"file\" …)", &[]));
        }
        let mut forms = Vec::new();
        for name in names {
            let Value::String(name) = name else {
                return Err(syntax_error(form.source(), "include takes strings, got", &[*name]));
            };
            let name = name.text();
            let beside = self.ctx.machine.host.file_name(form.source().file);
            let beside = Path::new(&beside).parent().unwrap_or(Path::new("")).join(name.as_ref());
            let path = if beside.exists() { beside } else { PathBuf::from(name.as_ref()) };
            forms.extend(self.forms_of(&path, fold_case)?);
        }
        Ok(forms)
    }

    /// The forms of the file in which a library may be: `(a b)` is in `a/b.sld`.
    pub(super) fn library_file(&mut self, written: &str, form: Value<'gc>) -> Res<'gc, Option<Vec<Value<'gc>>>> {
        let words = written.trim_start_matches('(').trim_end_matches(')').split(' ');
        let mut relative = PathBuf::new();
        for word in words {
            if word.is_empty() || word.contains(['/', '\\']) || word.starts_with('.') {
                return Ok(None);
            }
            relative.push(word);
        }
        relative.set_extension("sld");
        let beside = self.ctx.machine.host.file_name(form.source().file);
        let mut directories = vec![Path::new(&beside).parent().unwrap_or(Path::new("")).to_path_buf()];
        directories.extend(self.ctx.machine.host.directories.borrow().iter().cloned());
        for directory in directories {
            let path = directory.join(&relative);
            if path.is_file() {
                return self.forms_of(&path, false).map(Some);
            }
        }
        Ok(None)
    }

    fn forms_of(&mut self, path: &Path, fold_case: bool) -> Res<'gc, Vec<Value<'gc>>> {
        let name = path.display().to_string();
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return Err(error_of(ErrorKind::File, format!("cannot read {name}: {error}"), &[])),
        };
        let file = self.ctx.machine.host.file_number(&name);
        let port = Port::from_bytes(bytes, false, &name, file);
        let mut state = port.state.borrow_mut();
        state.fold_case = fold_case;
        let mut forms = Vec::new();
        while let Some(form) = reader::read(self.ctx, &mut state)? {
            forms.push(form);
        }
        Ok(forms)
    }
}
