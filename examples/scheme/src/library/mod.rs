//! Libraries: `import`, `define-library`, `cond-expand`, `include`.

mod files;
mod standard;

use gc_core::{Gc, Trace};

use crate::compile::tree::Node;
use crate::context::Ctx;
use crate::environment::Environment;
use crate::error::{Res, syntax_error};
use crate::expand::{Denotation, Env, Expander, Meaning, strip, symbol_of};
use crate::value::{Value, list_elements};

/// A library: what it exports.
#[derive(Trace)]
pub(crate) struct Library<'gc> {
    exports: Gc<'gc, [Export<'gc>]>,
}

#[derive(Clone, Copy, Trace)]
struct Export<'gc> {
    name: Gc<'gc, str>,
    denotation: Denotation<'gc>,
}

pub(crate) const FEATURES: [&str; 9] = [
    "r7rs",
    "exact-closed",
    "exact-complex-no",
    "ieee-float",
    "full-unicode",
    "ratios",
    "posix",
    "gc-scheme",
    "srfi-69",
];

/// How a library's name is written: `(scheme base)`.
fn written<'gc>(ctx: Ctx<'gc>, name: Value<'gc>) -> Res<'gc, Option<String>> {
    let Some(parts) = list_elements(name) else { return Ok(None) };
    let mut words = Vec::with_capacity(parts.len());
    for part in parts {
        match strip(ctx, part)? {
            Value::Symbol(word) => words.push(word.as_ref().to_owned()),
            Value::Int(number) => words.push(number.to_string()),
            _ => return Ok(None),
        }
    }
    Ok(Some(format!("({})", words.join(" "))))
}

impl<'gc> Expander<'gc> {
    fn symbol_name(&self, identifier: Value<'gc>) -> Option<&'gc str> {
        symbol_of(identifier).map(Gc::as_ref)
    }

    /// A library by its name. What must run first to make it is added to `nodes`.
    fn library(
        &mut self,
        form: Value<'gc>,
        name: Value<'gc>,
        nodes: &mut Vec<Node<'gc>>,
    ) -> Res<'gc, Gc<'gc, Library<'gc>>> {
        let shown = strip(self.ctx, name)?;
        let Some(written) = written(self.ctx, name)? else {
            return Err(syntax_error(form.source(), "not the name of a library:", &[shown]));
        };
        if let Some(library) = self.known_library(&written)? {
            return Ok(library);
        }
        if let Some(forms) = self.library_file(&written, form)? {
            for form in forms {
                let environment = self.ctx.machine.interaction;
                nodes.push(self.top_level(form, environment)?);
            }
            if let Some(library) = self.ctx.machine.libraries.get(written.as_str()) {
                return Ok(library);
            }
        }
        Err(syntax_error(form.source(), "there is no library", &[shown]))
    }

    fn known_library(&mut self, written: &str) -> Res<'gc, Option<Gc<'gc, Library<'gc>>>> {
        if let Some(library) = self.ctx.machine.libraries.get(written) {
            return Ok(Some(library));
        }
        let Some(names) = standard::exports(written) else { return Ok(None) };
        let mut exports = Vec::new();
        for name in names {
            let Value::Symbol(symbol) = self.ctx.symbol(name)? else { continue };
            if let Some(denotation) = self.ctx.machine.core.get(Value::Symbol(symbol)) {
                exports.push(Export { name: symbol, denotation });
            }
        }
        self.register(written, &exports).map(Some)
    }

    fn register(&self, written: &str, exports: &[Export<'gc>]) -> Res<'gc, Gc<'gc, Library<'gc>>> {
        let mc = self.ctx.mc;
        let exports = Gc::try_from_slice(mc, exports)?;
        let library = Gc::try_new(mc, Library { exports })?;
        self.ctx.machine.libraries.try_insert(mc, Gc::try_from_str(mc, written)?, library)?;
        Ok(library)
    }

    /// The names and meanings that an import set stands for.
    fn import_set(
        &mut self,
        form: Value<'gc>,
        set: Value<'gc>,
        nodes: &mut Vec<Node<'gc>>,
        depth: usize,
    ) -> Res<'gc, Vec<Export<'gc>>> {
        let parts = list_elements(set).unwrap_or_default();
        let malformed = || syntax_error(form.source(), "not an import set:", &[set]);
        let modifier = match parts[..] {
            [word, Value::Pair(_), ..] => self.symbol_name(word),
            _ => None,
        };
        let Some(modifier @ ("only" | "except" | "prefix" | "rename")) = modifier else {
            return Ok(self.library(form, set, nodes)?.exports.to_vec());
        };
        if depth > 100 {
            return Err(malformed());
        }
        let mut exports = self.import_set(form, parts[1], nodes, depth + 1)?;
        let arguments = &parts[2..];
        let missing = |name: Value<'gc>| syntax_error(form.source(), "not exported by the library:", &[name]);
        match modifier {
            "only" | "except" => {
                let mut names = Vec::with_capacity(arguments.len());
                for &name in arguments {
                    let symbol = symbol_of(name).ok_or_else(malformed)?;
                    if !exports.iter().any(|export| export.name.ptr_eq(symbol)) {
                        return Err(missing(name));
                    }
                    names.push(symbol);
                }
                let only = modifier == "only";
                exports.retain(|export| names.iter().any(|name| name.ptr_eq(export.name)) == only);
            }
            "prefix" => {
                let [prefix] = arguments else { return Err(malformed()) };
                let prefix = self.symbol_name(*prefix).ok_or_else(malformed)?;
                for export in &mut exports {
                    let name = format!("{prefix}{}", export.name);
                    export.name = self.ctx.machine.symbols.intern(self.ctx.mc, &name)?;
                }
            }
            _ => {
                let mut renamed = Vec::new();
                for &pair in arguments {
                    let [from, to] = list_elements(pair).unwrap_or_default()[..] else { return Err(malformed()) };
                    let (from, to) = (symbol_of(from).ok_or_else(malformed)?, symbol_of(to).ok_or_else(malformed)?);
                    let Some(at) = exports.iter().position(|export| export.name.ptr_eq(from)) else {
                        return Err(missing(Value::Symbol(from)));
                    };
                    renamed.push((at, to));
                }
                for (at, to) in renamed {
                    exports[at].name = to;
                }
            }
        }
        Ok(exports)
    }

    /// The forms of the first clause of a `cond-expand` whose requirement is met.
    pub(crate) fn cond_expand(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        _env: Env<'gc>,
    ) -> Res<'gc, Vec<Value<'gc>>> {
        for &clause in &parts[1..] {
            let clause = list_elements(clause).unwrap_or_default();
            let Some((&requirement, forms)) = clause.split_first() else {
                return Err(syntax_error(form.source(), "expected (cond-expand (requirement form …) …)", &[]));
            };
            if self.is_met(form, requirement, 0)? {
                return Ok(forms.to_vec());
            }
        }
        Ok(Vec::new())
    }

    fn is_met(&mut self, form: Value<'gc>, requirement: Value<'gc>, depth: usize) -> Res<'gc, bool> {
        if let Some(feature) = self.symbol_name(requirement) {
            return Ok(feature == "else" || FEATURES.contains(&feature));
        }
        let parts = list_elements(requirement).unwrap_or_default();
        let word = parts.first().and_then(|&word| self.symbol_name(word));
        if depth > 100 {
            return Err(syntax_error(form.source(), "a feature requirement is nested too deeply", &[]));
        }
        match (word, &parts[..]) {
            (Some("and"), [_, all @ ..]) => {
                for &part in all {
                    if !self.is_met(form, part, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Some("or"), [_, any @ ..]) => {
                for &part in any {
                    if self.is_met(form, part, depth + 1)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (Some("not"), &[_, part]) => Ok(!self.is_met(form, part, depth + 1)?),
            (Some("library"), &[_, name]) => match written(self.ctx, name)? {
                Some(written) => Ok(self.known_library(&written)?.is_some()
                    || self.library_file(&written, form).is_ok_and(|file| file.is_some())),
                None => Ok(false),
            },
            _ => {
                let shown = strip(self.ctx, requirement)?;
                Err(syntax_error(form.source(), "not a feature requirement:", &[shown]))
            }
        }
    }
}

/// `(import set …)`
pub(crate) fn import<'gc>(
    expander: &mut Expander<'gc>,
    form: Value<'gc>,
    sets: &[Value<'gc>],
    environment: Gc<'gc, Environment<'gc>>,
) -> Res<'gc, Node<'gc>> {
    let mut nodes = Vec::new();
    for &set in sets {
        for export in expander.import_set(form, set, &mut nodes, 0)? {
            environment.set(expander.ctx, Value::Symbol(export.name), export.denotation)?;
        }
    }
    Ok(Node::sequence(nodes))
}

/// `(define-library name declaration …)`
pub(crate) fn define_library<'gc>(
    expander: &mut Expander<'gc>,
    form: Value<'gc>,
    parts: &[Value<'gc>],
) -> Res<'gc, Node<'gc>> {
    let ctx = expander.ctx;
    let usage = || syntax_error(form.source(), "expected (define-library (name …) declaration …)", &[]);
    let [_, name, declarations @ ..] = parts else { return Err(usage()) };
    let written = written(ctx, *name)?.ok_or_else(usage)?;
    let environment = Gc::try_new(ctx.mc, Environment::empty(ctx.mc, &written, false)?)?;
    let (mut exports, mut bodies, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
    let mut queue: std::collections::VecDeque<Value<'gc>> = declarations.iter().copied().collect();
    while let Some(declaration) = queue.pop_front() {
        let parts = list_elements(declaration).unwrap_or_default();
        let word = parts.first().and_then(|&word| expander.symbol_name(word));
        match word {
            Some("export") => exports.extend_from_slice(&parts[1..]),
            Some("import") => {
                for &set in &parts[1..] {
                    for export in expander.import_set(declaration, set, &mut nodes, 0)? {
                        environment.set(ctx, Value::Symbol(export.name), export.denotation)?;
                    }
                }
            }
            Some("begin") => bodies.extend_from_slice(&parts[1..]),
            Some(word @ ("include" | "include-ci")) => {
                bodies.extend(expander.included(declaration, &parts[1..], word == "include-ci")?);
            }
            Some("include-library-declarations") => {
                let included = expander.included(declaration, &parts[1..], false)?;
                included.into_iter().rev().for_each(|part| queue.push_front(part));
            }
            Some("cond-expand") => {
                let chosen = expander.cond_expand(declaration, &parts, Env::Top(environment))?;
                chosen.into_iter().rev().for_each(|part| queue.push_front(part));
            }
            _ => {
                let shown = strip(ctx, declaration)?;
                return Err(syntax_error(form.source(), "not a declaration of a library:", &[shown]));
            }
        }
    }
    nodes.push(expander.top_level_all(bodies, environment)?);
    let mut exported = Vec::with_capacity(exports.len());
    for spec in exports {
        let (inner, outer) = match list_elements(spec).as_deref() {
            Some(&[word, inner, outer]) if expander.symbol_name(word) == Some("rename") => (inner, outer),
            _ => (spec, spec),
        };
        let (Some(_), Some(name)) = (symbol_of(inner), symbol_of(outer)) else {
            return Err(syntax_error(form.source(), "not an export:", &[spec]));
        };
        let denotation = match Env::Top(environment).lookup(inner) {
            Some(Meaning::Known(Denotation::Global(global))) if !global.defined.get() && !global.constant.get() => {
                return Err(syntax_error(form.source(), "exported, but not defined:", &[inner]));
            }
            Some(Meaning::Known(denotation)) => denotation,
            _ => return Err(syntax_error(form.source(), "exported, but not defined:", &[inner])),
        };
        exported.push(Export { name, denotation });
    }
    expander.register(&written, &exported)?;
    Ok(Node::sequence(nodes))
}

/// Everything that programs may see, for a read-eval-print loop.
pub(crate) fn import_all<'gc>(ctx: Ctx<'gc>, environment: Gc<'gc, Environment<'gc>>) -> Res<'gc, ()> {
    for (name, denotation) in ctx.machine.core.names() {
        if !name.as_ref().starts_with('%') {
            environment.set(ctx, Value::Symbol(name), denotation)?;
        }
    }
    Ok(())
}

/// A new environment with these imports, for `eval`.
pub(crate) fn environment_of<'gc>(ctx: Ctx<'gc>, sets: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let environment = Gc::try_new(ctx.mc, Environment::empty(ctx.mc, "environment", true)?)?;
    let mut expander = Expander::new(ctx);
    for &set in sets {
        let mut nodes = Vec::new();
        for export in expander.import_set(set, set, &mut nodes, 0)? {
            environment.set(ctx, Value::Symbol(export.name), export.denotation)?;
        }
        if !nodes.is_empty() {
            return Err(crate::error::error("a library must be imported before `environment` can name it:", &[set]));
        }
    }
    Ok(Value::Environment(environment))
}
