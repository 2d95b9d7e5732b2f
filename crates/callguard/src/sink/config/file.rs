//! The sink `file`.

use super::SinkConfig;
use crate::audit_log::LogKey;
use crate::settings::{Cx, SecretSource, Section};
use crate::sink::{FileAuditOptions, FileAuditSink, Sync};
use callguard_engine::source::Node;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) fn read(node: &Node, cx: &mut Cx) -> Option<SinkConfig> {
    let mut section = Section::of(node, "file", cx)?;
    let path = section.required("path", cx);
    let mut options = FileAuditOptions::default();
    let words = [("flush", Sync::Flush), ("group", Sync::Group), ("every", Sync::Every)];
    if let Some(sync) = section.word("sync", &words, cx) {
        options = options.sync(sync);
    }
    if let Some(mut checkpoint) = section.section("checkpoint", cx) {
        let every = checkpoint.count("every", cx).unwrap_or(1000);
        let after = checkpoint.duration("after", cx).unwrap_or(Duration::from_secs(60));
        checkpoint.finish(cx);
        options = options.checkpoint(every, after);
    }
    if let Some(mut rotate) = section.section("rotate", cx) {
        if let Some(size) = rotate.size("size", cx) {
            options = options.rotate_size(size);
        }
        if let Some(age) = rotate.duration("after", cx) {
            options = options.rotate_after(age);
        }
        rotate.finish(cx);
    }
    if let Some(keep) = section.count("keep", cx) {
        options = options.keep(usize::try_from(keep).unwrap_or(usize::MAX));
    }
    if let Some(compress) = section.flag("compress", cx) {
        options = options.compress(compress);
    }
    let key = section.node("signing_key", cx).and_then(|node| SecretSource::read(node, "signing_key", cx));
    section.finish(cx);
    Some(SinkConfig::File { path: PathBuf::from(path?), options: Box::new(options), key })
}

pub(super) fn open(
    path: &Path,
    options: &FileAuditOptions,
    key: Option<&SecretSource>,
) -> Result<FileAuditSink, String> {
    let mut options = options.clone();
    if let Some(key) = key {
        let key = match key {
            SecretSource::File(path) => LogKey::read(path),
            SecretSource::Env(name) => LogKey::from_env(name),
        };
        options = options.signing_key(key.map_err(|error| error.to_string())?);
    }
    options.open(path).map_err(|error| format!("`{}`: {error}", path.display()))
}
