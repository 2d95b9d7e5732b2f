//! Other engines, in a process of their own: they are measured in the same rounds and are no part of our build.
//!
//! Their program is told on its standard input what to do, a line each, and answers with a line: `list` with the subjects
//! as a JSON list, `sample PLACE MICROSECONDS` with a figure.

use crate::report::Unit;
use crate::rounds::{Bench, Case, Options, Sampler, Subject};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct Listed {
    family: String,
    case: String,
    contracts: usize,
    engine: String,
    unit: Unit,
    bytes: Option<usize>,
}

/// The running program.
pub(crate) struct Peers {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

struct Remote {
    peers: Rc<RefCell<Peers>>,
    place: usize,
}

impl Peers {
    /// Builds and starts the program, and takes over its subjects.
    pub(crate) fn start(options: &Options) -> Result<Vec<Subject>> {
        let mut command = Command::new(build()?);
        command.args(&options.filter).args(options.quick.then_some("--quick"));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("the peers do not start")?;
        let (to, from) = (child.stdin.take().context("no pipe")?, child.stdout.take().context("no pipe")?);
        let mut peers = Peers { child, to, from: BufReader::new(from) };
        let listed: Vec<Listed> = serde_json::from_str(&peers.ask("list")?).context("the peers list nothing")?;
        let peers = Rc::new(RefCell::new(peers));
        let subject = |(place, listed): (usize, Listed)| Subject {
            case: Case::new(&listed.family, listed.case, listed.contracts),
            engine: listed.engine,
            unit: listed.unit,
            bytes: listed.bytes,
            sampler: Box::new(Remote { peers: Rc::clone(&peers), place }),
        };
        Ok(listed.into_iter().enumerate().map(subject).collect())
    }

    fn ask(&mut self, line: &str) -> Result<String> {
        writeln!(self.to, "{line}").and_then(|()| self.to.flush()).context("the peers have ended")?;
        let mut answer = String::new();
        if self.from.read_line(&mut answer)? == 0 {
            bail!("the peers have ended: {}", self.child.wait()?);
        }
        Ok(answer)
    }
}

impl Drop for Peers {
    /// Waits for the program, which ends with its input.
    fn drop(&mut self) {
        // A program that has ended already is what is wanted.
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

impl Sampler for Remote {
    fn sample(&mut self, budget: Duration) -> Result<f64> {
        let question = format!("sample {} {}", self.place, budget.as_micros());
        let answer = self.peers.borrow_mut().ask(&question)?;
        answer.trim().parse().with_context(|| format!("a peer says `{}`", answer.trim()))
    }
}

/// The peers' side: answers until nobody asks any more.
///
/// # Errors
/// A subject does not work, or the other side says what this one does not know.
pub fn serve(mut bench: Bench) -> Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words.as_slice() {
            ["list"] => serde_json::to_string(&bench.subjects.iter().map(listed).collect::<Vec<_>>())?,
            ["sample", place, micros] => {
                let subject = bench.subjects.get_mut(place.parse::<usize>()?).context("there is no such subject")?;
                subject.sampler.sample(Duration::from_micros(micros.parse()?))?.to_string()
            }
            _ => bail!("what is `{line}`?"),
        };
        println!("{answer}");
    }
    Ok(())
}

fn listed(subject: &Subject) -> Listed {
    Listed {
        family: subject.case.family.clone(),
        case: subject.case.name.clone(),
        contracts: subject.case.contracts,
        engine: subject.engine.clone(),
        unit: subject.unit,
        bytes: subject.bytes,
    }
}

/// Builds `benches/peers`, which has a lock file of its own.
fn build() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no parent")?.join("peers/Cargo.toml");
    let target = std::env::current_exe()?.ancestors().nth(3).context("no target directory")?.join("peers");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release", "--locked", "--manifest-path"]).arg(manifest);
    cargo.arg("--target-dir").arg(&target);
    let status = cargo.status().context("cargo does not start")?;
    if !status.success() {
        bail!("the peers cannot be built; `--no-peers` leaves them out");
    }
    Ok(target.join("release/callguard-bench-peers"))
}
