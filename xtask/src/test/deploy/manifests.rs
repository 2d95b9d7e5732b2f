//! Manifests of Kubernetes and the chart's values, held against their schemas; the unit, against systemd where it is.

use crate::{process, root, tools};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// What no server of Kubernetes reads: they go into the config map, or say what goes there.
const OTHERS: [&str; 3] = ["gateway.yaml", "policy.yaml", "kustomization.yaml"];

pub(super) fn check(environment: &Path) -> Result<()> {
    let mut validate = process::command(environment.join("kubernetes-validate"));
    validate.args(["--strict", "--quiet", "--kubernetes-version", "1.37.0"]);
    for entry in fs::read_dir(root().join("deploy/kubernetes")).context("no manifests")? {
        let path = entry?.path();
        let is_other = OTHERS.iter().any(|name| path.ends_with(name));
        if path.extension().is_some_and(|extension| extension == "yaml") && !is_other {
            validate.arg(path);
        }
    }
    process::run(&mut validate)?;
    values(environment)?;
    match tools::on_path("systemd-analyze") {
        Some(analyze) => unit(&analyze),
        None => {
            println!("systemd is not here: the unit is not read");
            Ok(())
        }
    }
}

/// The chart's values are what their schema says. That its templates render, the workflow shows: helm cannot be had here.
fn values(environment: &Path) -> Result<()> {
    let says = "import json, sys, jsonschema, yaml\n\
                jsonschema.validate(yaml.safe_load(open('values.yaml')), json.load(open('values.schema.json')))";
    let mut python = process::command(environment.join("python"));
    process::run(python.args(["-c", says]).current_dir(root().join("deploy/helm/callguard-gateway")))
}

fn unit(analyze: &Path) -> Result<()> {
    let unit = root().join("deploy/systemd/callguard-gateway.service");
    // The program is where it is only once it is installed: `true` stands for it.
    let text = fs::read_to_string(&unit)?.replace("/usr/local/bin/callguard ", "/bin/true ");
    let folder = crate::target_dir().join("unit");
    fs::create_dir_all(&folder)?;
    let copy = folder.join("callguard-gateway.service");
    fs::write(&copy, text)?;
    process::run(process::command(analyze).args(["verify", "--man=no"]).arg(copy))
}
