//! The classes into which tests part the values of a field, each with a value that stands for it.

use super::numbers;
use super::operands::{Operands, looks_elsewhere, spells_a_number};
use super::text::{Affix, Bounds, Pattern, TextClass, holds, partition};
use callguard_engine::policy::model::{Leaf, Operand, Test};
use callguard_engine::value::{Number, Object, Value};
use std::collections::BTreeSet;

/// What a field can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// Any JSON, or nothing.
    Json,
    /// A string, or nothing.
    Text,
    /// Names, or nothing: a list that is not empty.
    Names,
    /// A count of at least so many.
    Count(u64),
}

/// What values of a class are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Missing,
    /// What it should stand in is no object.
    Blocked,
    Text,
    Number,
    Bool,
    List,
    Object,
}

/// Values on which tests agree, as far as [`ValueClass::decides`] says.
#[derive(Clone, Debug)]
pub(crate) struct ValueClass {
    pub(crate) shape: Shape,
    /// One of them; none of what is missing.
    pub(crate) value: Option<Value>,
    /// It is the only one.
    only: bool,
    /// Its tests by pattern, number or element agree.
    parted: bool,
    /// They are strings that spell numbers.
    spells: bool,
}

const TEXTS: Bounds = Bounds { steps: 2_000_000, classes: 192 };
/// Kinds of elements whose subsets are all tried.
const MOST_KINDS: usize = 6;
/// Numbers whose spellings are told apart.
const MOST_SPELLED: usize = 12;

impl ValueClass {
    fn new(shape: Shape, value: Option<Value>, only: bool) -> ValueClass {
        ValueClass { shape, value, only, parted: true, spells: false }
    }

    fn missing() -> ValueClass {
        ValueClass::new(Shape::Missing, None, true)
    }

    /// Whether every value of the class gives the leaf the same truth, in every reading.
    pub(crate) fn decides(&self, leaf: &Leaf) -> bool {
        leaf.tests.iter().all(|test| self.decides_test(test))
    }

    /// The same of one of its tests.
    pub(crate) fn decides_test(&self, test: &Test) -> bool {
        if matches!(self.shape, Shape::Missing | Shape::Blocked) {
            return true;
        }
        if looks_elsewhere(test) {
            return false;
        }
        if self.only || matches!(test, Test::Exists(_) | Test::Is(_)) {
            return true;
        }
        match (self.shape, test) {
            // What is no list is not counted, whatever it is.
            (shape, Test::Count(_)) => shape != Shape::List || self.parted,
            (_, Test::Custom(_) | Test::Detects(_)) => false,
            (shape, Test::Typed(_)) => matches!(shape, Shape::Number | Shape::Bool | Shape::Object),
            (Shape::Text, Test::Order(_, Operand::Literal(operand))) => !matches!(operand, Value::String(_)),
            (Shape::Text, Test::Equals(operands) | Test::In(operands)) => {
                let number = |operand: &Operand| matches!(operand, Operand::Literal(Value::Number(_)));
                self.parted && !(self.spells && operands.positive.iter().any(number))
            }
            (Shape::Text | Shape::Number, _) => self.parted,
            (Shape::List, Test::In(_) | Test::Contains(_) | Test::ContainsAll(_) | Test::ContainsNone(_)) => {
                self.parted
            }
            _ => true,
        }
    }
}

/// Every class of a field.
pub(crate) fn classes(domain: Domain, operands: &Operands, has_children: bool) -> Vec<ValueClass> {
    if let Domain::Count(least) = domain {
        return numbers::counts(least, &operands.numbers).into_iter().map(count_class).collect();
    }
    let mut found = vec![ValueClass::missing()];
    match domain {
        Domain::Names => found.extend(names(operands)),
        Domain::Text => found.extend(texts(operands)),
        _ => {
            found.extend(texts(operands));
            found.extend(all_numbers(operands));
            found.extend([true, false].map(|flag| ValueClass::new(Shape::Bool, Some(Value::Bool(flag)), true)));
            found.extend(lists(operands));
            found.extend(objects(has_children));
        }
    }
    found
}

/// What stands below something that is no object.
pub(crate) fn blocked() -> ValueClass {
    ValueClass::new(Shape::Blocked, None, true)
}

fn count_class((number, only, parted): (Value, bool, bool)) -> ValueClass {
    ValueClass { parted, ..ValueClass::new(Shape::Number, Some(number), only) }
}

fn all_numbers(operands: &Operands) -> Vec<ValueClass> {
    numbers::all(&operands.numbers).into_iter().map(count_class).collect()
}

/// One without entries, and one with: whether it is filled is asked of required fields.
fn objects(has_children: bool) -> Vec<ValueClass> {
    let empty = ValueClass::new(Shape::Object, Some(Value::Object(Object::default())), !has_children);
    let mut object = Object::default();
    object.insert("x", Value::from(1));
    let filled = ValueClass::new(Shape::Object, Some(Value::Object(object)), false);
    if has_children { vec![empty] } else { vec![empty, filled] }
}

fn texts(operands: &Operands) -> Vec<ValueClass> {
    let mut patterns: BTreeSet<Pattern> = operands.patterns.clone();
    patterns.extend(operands.literals.iter().map(|literal| Pattern::Exactly(literal.clone())));
    let spells = spells_a_number();
    if operands.spelled_numbers {
        patterns.insert(spells.clone());
        let spelled = operands.numbers.iter().map(|number| Pattern::Exactly(number.as_str().to_owned()));
        patterns.extend(spelled);
    }
    let patterns: Vec<Pattern> = patterns.into_iter().collect();
    match partition(&patterns, TEXTS) {
        Some(found) => found.into_iter().flat_map(|class| text_classes(&patterns, class, &spells, operands)).collect(),
        None => unparted(&patterns),
    }
}

/// The class; of strings that spell numbers one for each number that something is compared with, and one for the rest.
fn text_classes(patterns: &[Pattern], class: TextClass, spells: &Pattern, operands: &Operands) -> Vec<ValueClass> {
    let holding = || patterns.iter().zip(&class.holds).filter(|(_, holds)| **holds).map(|(pattern, _)| pattern);
    let only = holding().any(|pattern| matches!(pattern, Pattern::Exactly(_)));
    let text = |text: String| ValueClass::new(Shape::Text, Some(Value::String(text)), only);
    if only || !holding().any(|pattern| pattern == spells) {
        return vec![text(class.shortest)];
    }
    let numbers = &operands.numbers;
    if numbers.len() > MOST_SPELLED {
        return vec![ValueClass { spells: true, ..text(class.shortest) }];
    }
    let fits = |spelled: &String| holds(patterns, spelled).as_ref() == Some(&class.holds);
    let mut found: Vec<ValueClass> = Vec::new();
    for number in numbers {
        let spelled = spellings(number.as_str()).into_iter().find(|spelled| fits(spelled));
        // Where none of a few spellings is in the class, nothing is said of it.
        let open = ValueClass { spells: true, ..text(class.shortest.clone()) };
        found.push(spelled.map_or(open, text));
    }
    let other = (0..10_000_u64).map(|step| step.wrapping_mul(7919)).map(Number::from);
    let mut others = other.filter(|other| !numbers.contains(other)).take(8);
    let rest = others.find_map(|other| spellings(other.as_str()).into_iter().find(|spelled| fits(spelled)));
    let open = ValueClass { spells: true, ..text(class.shortest.clone()) };
    found.push(rest.map_or(open, text));
    found
}

/// Ways to write a number that mean the same.
fn spellings(number: &str) -> [String; 7] {
    [
        number.to_owned(),
        format!(" {number}"),
        format!("{number} "),
        format!("+{number}"),
        format!("{number}e0"),
        format!("  {number}  "),
        format!("++{number}e0   "),
    ]
}

/// Where patterns are too many: the literals, and one class of everything else.
fn unparted(patterns: &[Pattern]) -> Vec<ValueClass> {
    let literals = patterns.iter().filter_map(|pattern| match pattern {
        Pattern::Exactly(text) => Some(text.clone()),
        _ => None,
    });
    let mut found: Vec<ValueClass> =
        literals.map(|text| ValueClass::new(Shape::Text, Some(Value::String(text)), true)).collect();
    let rest = ValueClass::new(Shape::Text, Some(Value::from("a")), false);
    found.push(ValueClass { parted: false, ..rest });
    found
}

/// Lists of names: of each kind of name some or none.
fn names(operands: &Operands) -> Vec<ValueClass> {
    lists(operands)
        .into_iter()
        .filter(|class| !matches!(&class.value, Some(Value::List(items)) if items.is_empty()))
        .collect()
}

/// Lists, by which of the wanted elements they have, and how many in all.
fn lists(operands: &Operands) -> Vec<ValueClass> {
    let Some(kinds) = kinds(operands) else { return single_lists(operands) };
    let mut found = Vec::new();
    let most = 1_usize.checked_shl(u32::try_from(kinds.len()).unwrap_or(u32::MAX)).unwrap_or(1);
    for chosen in 0..most {
        let has = |index: usize| chosen.checked_shr(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0) & 1 == 1;
        let items: Vec<Value> =
            kinds.iter().enumerate().filter(|(index, _)| has(*index)).map(|(_, kind)| kind.clone()).collect();
        found.extend(
            lengths(&items, operands).map(|items| ValueClass::new(Shape::List, Some(Value::List(items)), false)),
        );
    }
    found
}

/// The same elements, in lists of every length that makes a difference.
fn lengths(items: &[Value], operands: &Operands) -> impl Iterator<Item = Vec<Value>> {
    let Some(last) = items.last() else { return vec![Vec::new()].into_iter() };
    let mut all = vec![items.to_vec()];
    for length in operands.lengths.iter().filter(|length| **length > items.len()) {
        let mut longer = items.to_vec();
        longer.resize(*length, last.clone());
        all.push(longer);
    }
    all.into_iter()
}

/// One element of each kind; `None` where they are too many, or too different, for their subsets to be tried.
fn kinds(operands: &Operands) -> Option<Vec<Value>> {
    let texts = operands.elements.iter().map(|(value, ignore_case)| Some((value.as_str()?, *ignore_case)));
    let texts: Vec<(&str, bool)> = texts.collect::<Option<Vec<_>>>()?;
    let patterns: BTreeSet<Pattern> =
        texts.iter().map(|(text, ignore_case)| Pattern::affix(Affix::Whole, text, *ignore_case)).collect();
    let patterns: Vec<Pattern> = patterns.into_iter().collect();
    let mut kinds: Vec<Value> =
        partition(&patterns, TEXTS)?.into_iter().map(|class| Value::String(plain(&patterns, class))).collect();
    // Numbers that an operand spells, lists and objects: not known to be unequal.
    if !texts.is_empty() {
        kinds.push(Value::List(Vec::new()));
    }
    (kinds.len() <= MOST_KINDS).then_some(kinds)
}

/// Of the texts that no operand is, a word.
fn plain(patterns: &[Pattern], class: TextClass) -> String {
    if class.holds.contains(&true) || !class.shortest.is_empty() {
        return class.shortest;
    }
    let mut words = ('a'..='z').map(String::from);
    words.find(|word| holds(patterns, word).as_ref() == Some(&class.holds)).unwrap_or(class.shortest)
}

/// Where subsets are too many: lists of one element, and everything else.
fn single_lists(operands: &Operands) -> Vec<ValueClass> {
    let single = |value: &Value| ValueClass::new(Shape::List, Some(Value::List(vec![value.clone()])), true);
    let mut found: Vec<ValueClass> = operands.elements.iter().map(|(value, _)| single(value)).collect();
    found.push(ValueClass::new(Shape::List, Some(Value::List(Vec::new())), true));
    let rest = ValueClass::new(Shape::List, Some(Value::List(vec![Value::from("a"), Value::from("b")])), false);
    found.push(ValueClass { parted: false, ..rest });
    found
}

/// Whether a leaf looks at nothing of a list but which elements it has.
pub(crate) fn reads_elements_only(leaf: &Leaf) -> bool {
    let by_element = |test: &Test| {
        matches!(
            test,
            Test::Exists(_)
                | Test::Is(_)
                | Test::In(_)
                | Test::Contains(_)
                | Test::ContainsAll(_)
                | Test::ContainsNone(_)
        )
    };
    leaf.tests.iter().all(|test| by_element(test) && !looks_elsewhere(test) && !folds(test))
}

fn folds(test: &Test) -> bool {
    match test {
        Test::In(operands) | Test::Contains(operands) | Test::ContainsAll(operands) | Test::ContainsNone(operands) => {
            operands.ignore_case
                || !operands.positive.iter().all(|operand| matches!(operand, Operand::Literal(Value::String(_))))
        }
        _ => false,
    }
}
