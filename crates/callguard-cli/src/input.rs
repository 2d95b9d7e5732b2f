//! What commands read: JSON of the command line, policies.

use crate::screen::Failure;
use callguard::engine::decide::HostPaths;
use callguard::engine::policy::PolicyFile;
use callguard::{Disk, Object, Principal, Value, parse_json, policy_files};
use std::sync::Arc;

/// A JSON object given as an option.
pub(crate) fn object(option: &str, text: &str) -> Result<Object, Failure> {
    match parse_json(text.as_bytes()) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Failure::Usage(format!("`{option}` takes a JSON object, such as '{{\"path\": \"README.md\"}}'"))),
        Err(error) => Err(Failure::Usage(format!("`{option}` is not JSON that can be judged: {error}"))),
    }
}

/// A principal given as an option.
pub(crate) fn principal(text: &str) -> Result<Principal, Failure> {
    Principal::from_object(&object("--principal", text)?)
        .map_err(|error| Failure::Usage(format!("`--principal`: {error}")))
}

/// The policy files of the command line.
pub(crate) fn policies(names: &[String]) -> Result<Vec<PolicyFile>, Failure> {
    policy_files(names).map_err(Failure::Usage)
}

/// Where the paths of this process start: its folder and its home, links followed on its disk.
pub(crate) fn host_paths() -> HostPaths {
    let here = std::env::current_dir().ok().map(|path| path.to_string_lossy().into_owned());
    HostPaths {
        workspace: here,
        home: std::env::home_dir().map(|path| path.to_string_lossy().into_owned()),
        resolver: Arc::new(Disk),
    }
}
