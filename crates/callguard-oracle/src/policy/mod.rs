//! Policies: one to three documents, with bases, as YAML.

mod condition;
mod contract;
pub(crate) mod fields;
mod operand;
mod spec;
mod subject;
mod write;

pub(crate) use write::{HOST_OPERATORS, host_operators};

use crate::Draw;
use crate::node::Node;
use crate::pool::Pool;
use callguard_engine::policy::templates::TEMPLATES;
use callguard_engine::policy::{Bases, PolicyFile};
use spec::{Base, spec};
use write::Writer;

/// A policy set before it is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// The documents that decide.
    pub documents: Vec<Node>,
    /// The document that they may extend.
    pub base: Option<Node>,
    /// Whether all of them stand in one file.
    pub one_file: bool,
}

const BASE_FILE: &str = "base.yaml";
const BASE_NAME: &str = "base";

impl Policies {
    /// Draws a policy set.
    pub fn draw(pool: &Pool, draw: &mut Draw<'_>) -> Policies {
        let arg_types = fields::ARGUMENTS.iter().map(|(name, kind)| spec::arg_type(name, *kind, draw)).collect();
        let writer = Writer { pool, facts: draw.chance(60), defines: draw.chance(40), arg_types };
        let base = draw.maybe(18, |draw| document(BASE_NAME, spec(Base::None, 3, &writer, draw), draw));
        // Small sets are judged quickly, and more of them are seen; some are large.
        let count = draw.one(&[1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
        let documents = (0..count).map(|number| {
            let below = match base.as_ref().and_then(|base| base.get("spec")) {
                Some(spec) if draw.chance(70) => Base::Document { file: BASE_FILE, name: BASE_NAME, spec },
                _ if draw.chance(1) => Base::Template(draw.one(TEMPLATES).name),
                _ => Base::None,
            };
            let most = if draw.chance(1) { 20 } else { draw.one(&[2, 2, 3]) };
            let spec = spec(below, most, &writer, draw);
            document(&format!("p{number}"), spec, draw)
        });
        Policies { documents: documents.collect(), base, one_file: draw.chance(40) }
    }

    /// The same policies with documents and contracts in the opposite order.
    #[must_use]
    pub fn reversed(&self) -> Policies {
        let documents = self.documents.iter().rev().map(reversed).collect();
        Policies { documents, base: self.base.as_ref().map(reversed), one_file: self.one_file }
    }

    /// The files that are loaded.
    pub fn files(&self) -> Vec<PolicyFile> {
        if self.one_file {
            let texts: Vec<String> = self.documents.iter().map(Node::to_yaml).collect();
            return vec![PolicyFile::new("policies.yaml", texts.join("---\n"))];
        }
        let named = self.documents.iter().enumerate();
        named.map(|(number, document)| PolicyFile::new(format!("p{number}.yaml"), document.to_yaml())).collect()
    }
}

impl Bases for Policies {
    fn read(&self, _from: &str, reference: &str) -> Result<PolicyFile, String> {
        match &self.base {
            Some(base) if reference == BASE_FILE => Ok(PolicyFile::new(BASE_FILE, base.to_yaml())),
            _ => Err("there is no such base".to_owned()),
        }
    }
}

impl std::fmt::Display for Policies {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(base) = &self.base {
            write!(out, "# base.yaml\n{}", base.to_yaml())?;
        }
        for document in &self.documents {
            write!(out, "---\n{}", document.to_yaml())?;
        }
        Ok(())
    }
}

/// A document with its contracts and overrides in the opposite order.
fn reversed(document: &Node) -> Node {
    const LISTS: [&str; 4] = ["preconditions", "session", "postconditions", "overrides"];
    let Node::Map(entries) = document else { return document.clone() };
    let turned = entries.iter().map(|(key, node)| match node {
        Node::List(items) if LISTS.contains(&key.as_str()) => {
            (key.clone(), Node::List(items.iter().rev().cloned().collect()))
        }
        Node::Map(_) if key == "spec" => (key.clone(), reversed(node)),
        other => (key.clone(), other.clone()),
    });
    Node::Map(turned.collect())
}

fn document(name: &str, spec: Node, draw: &mut Draw<'_>) -> Node {
    let mut metadata = Node::map([("name", Node::text(name))]);
    for (key, value) in [("description", "What it is about."), ("version", "7")] {
        if draw.chance(3) {
            metadata.put(key, Node::text(value));
        }
    }
    for key in ["labels", "annotations"] {
        if draw.chance(3) {
            metadata.put(key, Node::map([("team", Node::text("core"))]));
        }
    }
    Node::map([
        ("apiVersion", Node::text("callguard/v1")),
        ("kind", Node::text("Policy")),
        ("metadata", metadata),
        ("spec", spec),
    ])
}
