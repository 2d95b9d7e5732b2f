//! One of several processes that use a store: this program once more, told what to do by its environment.

use crate::kinds::open;
use callguard::engine::call::Principal;
use callguard::store::{MemoryStore, Store};
use callguard::{Before, Guard, Object, ToolEnvelope, Value};
use jiff::Timestamp;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

/// Of all calls with one seed so many run.
pub(crate) const LIMIT: usize = 100;
/// Where the store is.
const ADDRESS: &str = "CALLGUARD_TEST_STORE";

/// A process that waits to be told.
pub(crate) struct Worker {
    child: Child,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(address: &str) -> Worker {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "worker::a_worker_runs_no_more_than_the_limit", "--nocapture"]).env(ADDRESS, address);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let (tell, hear) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Worker { child, tell, hear }
    }

    pub(crate) fn tell(&mut self, what: &str) {
        writeln!(self.tell, "{what}").unwrap();
    }

    /// What it says next, behind its mark.
    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        while self.hear.read_line(&mut line).unwrap() > 0 {
            if let Some((_, said)) = line.split_once("worker: ") {
                return said.trim().to_owned();
            }
            line.clear();
        }
        panic!("the worker has ended");
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn finish(mut self) {
        self.tell("end");
        assert!(self.child.wait().unwrap().success());
    }
}

pub(crate) fn guard(store: Arc<dyn Store>) -> Guard {
    let policy = format!(
        "apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:
  tools:\n    - {{ name: launch, side_effect: irreversible }}
    - {{ name: read, side_effect: read }}
  session:
    - {{ id: calls, limit: {{ calls: {LIMIT}, window: 1h }} }}
    - {{ id: spend, limit: {{ sum: args.amount, at_most: {} }} }}
    - {{ id: tries, limit: {{ attempts: 1000000 }} }}\n",
        LIMIT * 2
    );
    Guard::builder().yaml("p.yaml", policy).store(store).build().unwrap()
}

pub(crate) fn call(tool: &str, session: &str) -> ToolEnvelope {
    let args: Object = [("amount".to_owned(), Value::from(1))].into_iter().collect();
    let call = ToolEnvelope::new(tool, args, Timestamp::UNIX_EPOCH);
    ToolEnvelope { session_id: Some(session.to_owned()), principal: Principal::default(), ..call }
}

/// How many of so many calls at once run.
pub(crate) async fn crowd(guard: &Guard, session: &str, calls: usize, seed: u64) -> usize {
    let mut running = Vec::with_capacity(calls);
    for place in 0..calls as u64 {
        let (guard, call) = (guard.clone(), call("read", session));
        // Not all at once, and not the same way twice.
        let pause =
            (place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed.wrapping_mul(1_442_695_040_888_963_407))
                >> 33)
                % 20;
        running.push(tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
            let fails = pause % 5 == 0;
            let tool = async |_| if fails { Err("it failed") } else { Ok(Value::Null) };
            guard.run(call, tool).await.is_ok()
        }));
    }
    let mut ran = 0;
    for one in running {
        ran += usize::from(one.await.unwrap());
    }
    ran
}

/// Does what it is told; told nothing, it is a test of itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_runs_no_more_than_the_limit() {
    let Ok(address) = std::env::var(ADDRESS) else {
        assert_eq!(crowd(&guard(Arc::new(MemoryStore::new())), "alone", 250, 1).await, LIMIT);
        return;
    };
    let guard = guard(open(&address));
    println!("worker: ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["crowd", session, calls, seed] => {
                let ran = crowd(&guard, session, calls.parse().unwrap(), seed.parse().unwrap()).await;
                println!("worker: {ran}");
            }
            ["start", tool, session] => {
                let Before::Allowed(permit) = guard.before(call(tool, session)).await else {
                    panic!("it does not run")
                };
                // Started, and never heard of again.
                std::mem::forget(permit.start());
                println!("worker: started");
            }
            _ => return,
        }
    }
}
