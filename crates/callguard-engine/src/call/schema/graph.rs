//! A schema as a graph: which schemas look at the same value, which at parts of it.

use super::outline::{Holds, Outline, Shape, error, known};
use crate::call::facets::OperandError;
use crate::diagnostic::did_you_mean;
use crate::value::{Object, Value};
use std::collections::{HashMap, HashSet};

/// How deep a schema may be nested, and how many schemas may look at one value in turn: with the depth of values, the
/// bound of recursion.
const MAX_DEPTH: usize = 64;
const MAX_CHAIN: usize = 32;
/// How many schemas there may be once every reference is replaced by what it names, and how deep.
const MAX_EXPANDED: usize = 20_000;
const MAX_EXPANDED_DEPTH: usize = 128;

/// Every schema within a schema, by its JSON pointer.
#[derive(Default)]
pub(super) struct Graph<'s> {
    schemas: HashMap<String, &'s Object>,
    /// Schemas that look at the same value as the one at the pointer.
    same: HashMap<String, Vec<String>>,
    /// Schemas that look at parts of it.
    parts: HashMap<String, Vec<String>>,
    anchors: HashMap<String, String>,
}

/// The schema once every reference is replaced by what it names.
pub(super) struct Expansion {
    /// How many schemas that makes; those that contain themselves count once.
    pub(super) size: usize,
    /// Whether one contains itself.
    pub(super) recursive: bool,
}

impl<'s> Graph<'s> {
    /// Reads a schema.
    pub(super) fn read(schema: &'s Value) -> Result<Graph<'s>, OperandError> {
        let mut graph = Graph::default();
        let mut references = Vec::new();
        graph.enter(String::new(), schema, MAX_DEPTH, &mut references)?;
        for (from, reference) in references {
            let to = graph.target(reference)?;
            graph.same.entry(from).or_default().push(to);
        }
        graph.check_chains()?;
        Ok(graph)
    }

    fn enter(
        &mut self,
        pointer: String,
        schema: &'s Value,
        depth: usize,
        references: &mut Vec<(String, &'s str)>,
    ) -> Result<(), OperandError> {
        let deeper = depth.checked_sub(1).ok_or_else(|| error("the schema is nested deeper than 64", "use `$defs`"))?;
        let Value::Object(object) = schema else { return Ok(()) };
        self.schemas.insert(pointer.clone(), object);
        for (keyword, value) in object.iter() {
            let at = format!("{pointer}/{}", escape(keyword));
            let holds = known(keyword, &at)?;
            if holds == Holds::Plain {
                self.note(&pointer, keyword, value, references)?;
            }
            for (at, inner) in inner(&at, value, holds) {
                match holds {
                    Holds::Same(_) => self.same.entry(pointer.clone()).or_default().push(at.clone()),
                    Holds::Part(_) => self.parts.entry(pointer.clone()).or_default().push(at.clone()),
                    Holds::Definitions | Holds::Plain => {}
                }
                self.enter(at, inner, deeper, references)?;
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        pointer: &str,
        keyword: &str,
        value: &'s Value,
        references: &mut Vec<(String, &'s str)>,
    ) -> Result<(), OperandError> {
        match (keyword, value.as_str()) {
            ("$ref", Some(target)) => references.push((pointer.to_owned(), target)),
            ("$anchor", Some(name)) => {
                self.anchors.insert(name.to_owned(), pointer.to_owned());
            }
            ("$id", _) if !pointer.is_empty() => {
                let help = "leave it out, and refer with `#/$defs/NAME`";
                return Err(error(format!("`{pointer}` has an `$id` of its own"), help));
            }
            _ => {}
        }
        Ok(())
    }

    fn target(&self, reference: &str) -> Result<String, OperandError> {
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(error(
                format!("`$ref: {reference}` points outside the schema, and nothing is fetched"),
                "copy the schema into `$defs` and refer to it with `#/$defs/NAME`",
            ));
        };
        let pointer = if fragment.is_empty() || fragment.starts_with('/') { Some(fragment) } else { None };
        let pointer = pointer.or_else(|| self.anchors.get(fragment).map(String::as_str));
        pointer.filter(|pointer| self.schemas.contains_key(*pointer)).map(str::to_owned).ok_or_else(|| {
            let known = self.schemas.keys().filter(|known| known.starts_with("/$defs/")).map(String::as_str);
            let help = match did_you_mean(fragment, known) {
                Some(near) => format!("did you mean `#{near}`?"),
                None => "refer to a schema under `$defs`: `#/$defs/NAME`".to_owned(),
            };
            error(format!("`$ref: {reference}` names no schema"), help)
        })
    }

    /// No schema may lead to itself on the same value: it would never end.
    fn check_chains(&self) -> Result<(), OperandError> {
        let mut chains = HashMap::new();
        let mut pointers: Vec<&String> = self.same.keys().collect();
        pointers.sort_unstable();
        pointers.into_iter().try_for_each(|pointer| self.chain(pointer, 0, &mut chains).map(|_| ()))
    }

    fn chain<'g>(
        &'g self,
        pointer: &'g str,
        before: usize,
        chains: &mut HashMap<&'g str, Option<usize>>,
    ) -> Result<usize, OperandError> {
        match chains.get(pointer) {
            Some(Some(length)) => return Ok(*length),
            Some(None) => {
                return Err(error(
                    format!("`#{pointer}` refers to itself without looking at a part of the value"),
                    "put the reference under `properties` or `items`",
                ));
            }
            None => {}
        }
        let too_long =
            || error(format!("`#{pointer}` leads over more than {MAX_CHAIN} schemas"), "refer more directly");
        if before > MAX_CHAIN {
            return Err(too_long());
        }
        chains.insert(pointer, None);
        let mut longest = 0;
        for next in self.same.get(pointer).into_iter().flatten() {
            longest = longest.max(self.chain(next, before + 1, chains)? + 1);
        }
        if longest > MAX_CHAIN {
            return Err(too_long());
        }
        chains.insert(pointer, Some(longest));
        Ok(longest)
    }

    /// How large the schema really is.
    pub(super) fn expand(&self) -> Result<Expansion, OperandError> {
        let mut expander = Expander { graph: self, open: HashSet::new(), done: HashMap::new(), recursive: false };
        let (size, _) = expander.expand("", 0)?;
        if size > MAX_EXPANDED {
            let message = format!("the schema makes more than {MAX_EXPANDED} once its references are followed");
            return Err(error(message, "refer to one schema from fewer places"));
        }
        Ok(Expansion { size, recursive: expander.recursive })
    }

    /// Names and patterns of properties, of the root and of everything that looks at the same value.
    pub(super) fn outline(&self, explainable: bool) -> Outline {
        let mut outline = Outline { explainable, names: HashSet::new(), patterns: Vec::new() };
        let mut seen = HashSet::new();
        let mut rest = vec![""];
        while let Some(pointer) = rest.pop() {
            if !seen.insert(pointer) {
                continue;
            }
            rest.extend(self.same.get(pointer).into_iter().flatten().map(String::as_str));
            let Some(schema) = self.schemas.get(pointer) else { continue };
            outline.names.extend(keys(schema, "properties"));
            outline.patterns.extend(keys(schema, "patternProperties"));
        }
        outline
    }
}

struct Expander<'g> {
    graph: &'g Graph<'g>,
    /// The schemas that contain the one at hand.
    open: HashSet<&'g str>,
    /// Size and height of the others.
    done: HashMap<&'g str, (usize, usize)>,
    recursive: bool,
}

impl<'g> Expander<'g> {
    fn expand(&mut self, pointer: &'g str, depth: usize) -> Result<(usize, usize), OperandError> {
        let (size, height) = match self.done.get(pointer) {
            Some(known) => *known,
            None if self.open.contains(pointer) => {
                self.recursive = true;
                (1, 0)
            }
            None if depth > MAX_EXPANDED_DEPTH => (1, 1),
            None => {
                self.open.insert(pointer);
                let (mut size, mut height) = (1_usize, 0);
                let graph = self.graph;
                for next in [&graph.same, &graph.parts].into_iter().filter_map(|edges| edges.get(pointer)).flatten() {
                    let (inner_size, inner_height) = self.expand(next, depth + 1)?;
                    size = size.saturating_add(inner_size);
                    height = height.max(inner_height + 1);
                }
                self.open.remove(pointer);
                self.done.insert(pointer, (size, height));
                (size, height)
            }
        };
        if depth + height > MAX_EXPANDED_DEPTH {
            let message = format!("the schema is deeper than {MAX_EXPANDED_DEPTH} once its references are followed");
            return Err(error(message, "refer more directly"));
        }
        Ok((size, height))
    }
}

fn keys(schema: &Object, keyword: &str) -> Vec<String> {
    match schema.get(keyword) {
        Some(Value::Object(object)) => object.iter().map(|(name, _)| name.to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// The schemas that a keyword holds, with their pointers. Of the wrong type there are none: the meta-schema says so.
fn inner<'s>(at: &str, value: &'s Value, holds: Holds) -> Vec<(String, &'s Value)> {
    let shape = match holds {
        Holds::Plain => return Vec::new(),
        Holds::Definitions => Shape::Map,
        Holds::Same(shape) | Holds::Part(shape) => shape,
    };
    match (shape, value) {
        (Shape::One, value) => vec![(at.to_owned(), value)],
        (Shape::List, Value::List(items)) => {
            items.iter().enumerate().map(|(place, item)| (format!("{at}/{place}"), item)).collect()
        }
        (Shape::Map, Value::Object(object)) => {
            object.iter().map(|(key, item)| (format!("{at}/{}", escape(key)), item)).collect()
        }
        _ => Vec::new(),
    }
}

fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}
