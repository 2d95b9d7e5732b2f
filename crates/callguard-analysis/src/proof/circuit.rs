//! Formulas for the solver: gates that are made once, Kleene's logic as two of them, and a bound on the search.

use batsat::{Callbacks, Lit, Solver, SolverInterface, lbool};
use callguard_engine::decide::Truth;
use std::collections::HashMap;

/// A truth: certainly true, certainly false, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tri {
    pub(crate) t: Lit,
    pub(crate) f: Lit,
}

/// What a search ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// There is an assignment.
    Yes,
    /// There is none.
    No,
    /// It was given up.
    GaveUp,
}

/// Gates over a solver.
pub(crate) struct Circuit {
    solver: Solver<Bounded>,
    yes: Lit,
    gates: HashMap<Vec<u32>, Lit>,
}

/// Clauses that the solver may learn, all searches together.
const MOST_LEARNT: u64 = 400_000;

struct Bounded {
    left: u64,
}

impl Callbacks for Bounded {
    fn on_new_clause(&mut self, _clause: &[Lit], _kind: batsat::clause::Kind) {
        self.left = self.left.saturating_sub(1);
    }

    fn stop(&self) -> bool {
        self.left == 0
    }
}

impl Circuit {
    pub(crate) fn new() -> Circuit {
        let mut solver = Solver::new(Default::default(), Bounded { left: MOST_LEARNT });
        let yes = Lit::new(solver.new_var_default(), true);
        let mut circuit = Circuit { solver, yes, gates: HashMap::new() };
        circuit.clause(&[yes]);
        circuit
    }

    pub(crate) fn yes(&self) -> Lit {
        self.yes
    }

    pub(crate) fn no(&self) -> Lit {
        !self.yes
    }

    pub(crate) fn constant(&self, truth: Truth) -> Tri {
        let (yes, no) = (self.yes, !self.yes);
        match truth {
            Truth::True => Tri { t: yes, f: no },
            Truth::False => Tri { t: no, f: yes },
            Truth::Unknown => Tri { t: no, f: no },
        }
    }

    /// A literal of which nothing is known.
    pub(crate) fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var(lbool::TRUE, true), true)
    }

    /// A truth of which nothing is known.
    pub(crate) fn fresh_tri(&mut self) -> Tri {
        let (t, f) = (self.fresh(), self.fresh());
        self.clause(&[!t, !f]);
        Tri { t, f }
    }

    pub(crate) fn clause(&mut self, literals: &[Lit]) {
        self.solver.add_clause_reuse(&mut literals.to_vec());
    }

    /// Exactly one of them holds.
    pub(crate) fn exactly_one(&mut self, literals: &[Lit]) {
        self.clause(literals);
        // A ladder: from the first that holds on, no other may.
        let mut taken = !self.yes;
        for literal in literals {
            self.clause(&[!*literal, !taken]);
            let next = self.fresh();
            self.clause(&[!*literal, next]);
            self.clause(&[!taken, next]);
            taken = next;
        }
    }

    pub(crate) fn and(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let mut parts: Vec<Lit> = literals.into_iter().filter(|part| *part != self.yes).collect();
        parts.sort_unstable_by_key(Lit::idx);
        parts.dedup();
        if parts.contains(&!self.yes) || parts.iter().any(|part| parts.contains(&!*part)) {
            return !self.yes;
        }
        match parts.as_slice() {
            [] => return self.yes,
            [only] => return *only,
            _ => {}
        }
        let key: Vec<u32> = parts.iter().map(Lit::idx).collect();
        if let Some(gate) = self.gates.get(&key) {
            return *gate;
        }
        let gate = self.fresh();
        let mut all = vec![gate];
        for part in &parts {
            self.clause(&[!gate, *part]);
            all.push(!*part);
        }
        self.clause(&all);
        self.gates.insert(key, gate);
        gate
    }

    pub(crate) fn or(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let negated: Vec<Lit> = literals.into_iter().map(|literal| !literal).collect();
        !self.and(negated)
    }

    pub(crate) fn all(&mut self, parts: &[Tri]) -> Tri {
        Tri { t: self.and(parts.iter().map(|part| part.t)), f: self.or(parts.iter().map(|part| part.f)) }
    }

    pub(crate) fn any(&mut self, parts: &[Tri]) -> Tri {
        Tri { t: self.or(parts.iter().map(|part| part.t)), f: self.and(parts.iter().map(|part| part.f)) }
    }

    /// Looks for an assignment under these assumptions.
    pub(crate) fn solve(&mut self, assumptions: &[Lit]) -> Found {
        let answer = self.solver.solve_limited(assumptions);
        if answer == lbool::TRUE {
            Found::Yes
        } else if answer == lbool::FALSE {
            Found::No
        } else {
            Found::GaveUp
        }
    }

    /// Whether it holds in the assignment that was found.
    pub(crate) fn holds(&self, literal: Lit) -> bool {
        self.solver.value_lit(literal) == lbool::TRUE
    }
}

impl std::ops::Not for Tri {
    type Output = Tri;

    fn not(self) -> Tri {
        Tri { t: self.f, f: self.t }
    }
}
