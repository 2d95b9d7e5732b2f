//! Python values to JSON values and back. What JSON cannot say is refused, never guessed at.

use callguard::engine::value::JsonLimits;
use callguard::{Number, Object, Value};
use pyo3::exceptions::{PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyBool, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType};
use pyo3::{IntoPyObjectExt, intern};

/// As deep as JSON text may be; a cycle is deeper.
const MOST_DEPTH: usize = 64;

/// Why a value has no JSON form, in words without its content.
pub(crate) enum NotJson {
    /// Its type has none.
    Type(String),
    /// It has none itself.
    Value(String),
    /// Reading it was interrupted, which says nothing of it.
    Interrupted(PyErr),
}

type Read<T> = Result<T, NotJson>;

/// A Python value as JSON: `None`, `bool`, `int`, finite `float` and `Decimal`, `str`, lists, tuples, and dictionaries with
/// text keys; a string or number of a subclass counts as what it is.
pub(crate) fn to_value(value: &Bound<'_, PyAny>) -> Read<Value> {
    Reader { reads_results: false, left: usize::MAX }.at_depth(value, 0)
}

/// A tool's result as contracts read it: sets, mappings, dataclasses and pydantic models too, where they are no larger than
/// a result may be.
pub(crate) fn to_output(value: &Bound<'_, PyAny>) -> Read<Value> {
    Reader { reads_results: true, left: JsonLimits::RESULT.bytes }.at_depth(value, 0)
}

/// A dictionary as an object.
pub(crate) fn to_object(value: &Bound<'_, PyAny>) -> Read<Object> {
    match to_value(value)? {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Object::default()),
        other => Err(NotJson::Type(format!("a dict is expected where there is {}", other.type_name()))),
    }
}

impl From<NotJson> for PyErr {
    fn from(why: NotJson) -> PyErr {
        match why {
            NotJson::Type(why) => PyTypeError::new_err(why),
            NotJson::Value(why) => PyValueError::new_err(why),
            NotJson::Interrupted(error) => error,
        }
    }
}

struct Reader {
    /// Whether it reads what has a usual form as JSON beside what is JSON.
    reads_results: bool,
    /// Bytes of text, and values, that it may still read: a mapping may never end.
    left: usize,
}

impl Reader {
    fn at_depth(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> Read<Value> {
        if depth > MOST_DEPTH {
            return Err(NotJson::Value(format!(
                "a value is nested more than {MOST_DEPTH} deep, or holds itself; pass data that JSON can say"
            )));
        }
        self.spend(1)?;
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Value::String(self.text(text)?));
        }
        if value.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(flag) = value.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if let Ok(whole) = value.cast::<PyInt>() {
            return integer(whole);
        }
        if let Ok(float) = value.cast::<PyFloat>() {
            return number(value, float.value().is_finite().then(|| shortest(float.value())));
        }
        if let Ok(list) = value.cast::<PyList>() {
            return self.items(value, list.iter().map(Ok), depth);
        }
        if let Ok(tuple) = value.cast::<PyTuple>() {
            return self.items(value, tuple.iter().map(Ok), depth);
        }
        match value.cast::<PyDict>() {
            // What a subclass makes of its items is what whoever reads a result will see.
            Ok(dict) if !self.reads_results || value.is_exact_instance_of::<PyDict>() => {
                // Taken out first: reading one item may change the others.
                self.object(value, dict.iter().collect::<Pairs<'_>>().into_iter().map(Ok), depth)
            }
            _ => self.foreign(value, depth),
        }
    }

    /// What only its own code can tell of.
    fn foreign(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> Read<Value> {
        if let Some(text) = decimal(value).map_err(failed(value))? {
            return number(value, text);
        }
        if self.reads_results
            && let Some(read) = self.result(value, depth)?
        {
            return Ok(read);
        }
        Err(NotJson::Type(format!(
            "a value of type `{}` is not JSON; pass str, int, float, Decimal, bool, None, lists and dicts",
            type_name(value)
        )))
    }

    fn result(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> Read<Option<Value>> {
        let failed = failed(value);
        if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
            return self.items(value, value.try_iter().map_err(failed)?, depth).map(Some);
        }
        if let Some(items) = items_of_mapping(value).map_err(failed)? {
            let pairs = items.try_iter().map_err(failed)?.map(|pair| pair?.extract());
            return self.object(value, pairs, depth).map(Some);
        }
        if let Some(fields) = fields_of_dataclass(value).map_err(failed)? {
            return self.object(value, fields.into_iter().map(Ok), depth).map(Some);
        }
        let dumped = dumped(value).map_err(failed)?;
        dumped.map(|dumped| self.at_depth(&dumped, depth.saturating_add(1))).transpose()
    }

    fn items<'py>(
        &mut self,
        of: &Bound<'_, PyAny>,
        items: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
        depth: usize,
    ) -> Read<Value> {
        let item =
            |item: PyResult<Bound<'py, PyAny>>| self.at_depth(&item.map_err(failed(of))?, depth.saturating_add(1));
        items.map(item).collect::<Read<_>>().map(Value::List)
    }

    fn object<'py>(
        &mut self,
        of: &Bound<'_, PyAny>,
        pairs: impl Iterator<Item = PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>,
        depth: usize,
    ) -> Read<Value> {
        let mut object = Object::default();
        for pair in pairs {
            let (key, value) = pair.map_err(failed(of))?;
            let Ok(key) = key.cast::<PyString>() else {
                return Err(NotJson::Type(format!("a key of type `{}` is not JSON; keys are str", type_name(&key))));
            };
            object.insert(self.text(key)?, self.at_depth(&value, depth.saturating_add(1))?);
        }
        Ok(Value::Object(object))
    }

    /// A lone surrogate is no text that anybody else can read.
    fn text(&mut self, text: &Bound<'_, PyString>) -> Read<String> {
        let text: String =
            text.extract().map_err(|_| NotJson::Value("a str holds a lone surrogate, which is not text".to_owned()))?;
        self.spend(text.len())?;
        Ok(text)
    }

    fn spend(&mut self, bytes: usize) -> Read<()> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| NotJson::Value("a value is larger than a result may be".to_owned()))?;
        Ok(())
    }
}

/// What an exception of a value's own code comes to: of what it says nothing is repeated.
fn failed<'v>(value: &'v Bound<'_, PyAny>) -> impl Fn(PyErr) -> NotJson + Copy + 'v {
    |error| match error.is_instance_of::<PyException>(value.py()) {
        true => NotJson::Value(format!("a value of type `{}` cannot be read: it raises", type_name(value))),
        false => NotJson::Interrupted(error),
    }
}

fn integer(whole: &Bound<'_, PyInt>) -> Read<Value> {
    if let Ok(small) = whole.extract::<i64>() {
        return number(whole, Some(small.to_string()));
    }
    // The digits as Python writes them, whatever a subclass makes of `str`.
    let digits = whole.py().get_type::<PyInt>().call_method1(intern!(whole.py(), "__repr__"), (whole,));
    number(whole, Some(digits.and_then(|digits| digits.extract()).map_err(failed(whole))?))
}

fn number(value: &Bound<'_, PyAny>, text: Option<String>) -> Read<Value> {
    let number = text.and_then(|text| Number::parse(&text.replace("E+", "E")));
    number
        .map(Value::Number)
        .ok_or_else(|| NotJson::Value(format!("a {} that is not finite is not JSON", type_name(value))))
}

/// As JSON: the fewest digits that give the float back.
fn shortest(float: f64) -> String {
    format!("{float:?}")
}

/// The text of a `Decimal`; within, `None` where it is not finite.
fn decimal(value: &Bound<'_, PyAny>) -> PyResult<Option<Option<String>>> {
    if !value.is_instance(decimal_class(value.py())?)? {
        return Ok(None);
    }
    let finite: bool = value.call_method0(intern!(value.py(), "is_finite"))?.extract()?;
    Ok(Some(finite.then(|| value.str().map(|text| text.to_string())).transpose()?))
}

fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}

fn items_of_mapping<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    static MAPPING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match value.is_instance(MAPPING.import(value.py(), "collections.abc", "Mapping")?)? {
        true => value.call_method0(intern!(value.py(), "items")).map(Some),
        false => Ok(None),
    }
}

type Pairs<'py> = Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>;

fn fields_of_dataclass<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Pairs<'py>>> {
    let Some(fields) = on_class(value, intern!(value.py(), "__dataclass_fields__"))? else { return Ok(None) };
    let pair = |name: PyResult<Bound<'py, PyAny>>| {
        let name = name?;
        let field = value.getattr(name.cast::<PyString>()?)?;
        Ok((name, field))
    };
    fields.try_iter()?.map(pair).collect::<PyResult<_>>().map(Some)
}

/// What a pydantic model makes of itself.
fn dumped<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = value.py();
    match on_class(value, intern!(py, "model_dump"))?.filter(|dump| dump.is_callable()) {
        Some(dump) => dump.call((value,), Some(&[(intern!(py, "mode"), "json")].into_py_dict(py)?)).map(Some),
        None => Ok(None),
    }
}

/// An attribute of an instance's class: an instance may answer to any name.
fn on_class<'py>(value: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if value.is_instance_of::<PyType>() { Ok(None) } else { value.get_type().getattr_opt(name) }
}

fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

/// A JSON value as Python has it: a number that is written as a whole one is an `int`, any other a `float`, or a `Decimal`
/// where a float would be another number.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(number) => python_number(py, number)?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::List(items) => {
            let items = items.iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(object) => dict(py, object)?.into_any(),
    })
}

/// An object as a dictionary.
pub(crate) fn dict<'py>(py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in object.iter() {
        dict.set_item(key, to_python(py, value)?)?;
    }
    Ok(dict)
}

fn python_number<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    let text = number.as_str();
    if let Ok(small) = text.parse::<i64>() {
        return small.into_bound_py_any(py);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && let Ok(large) = py.get_type::<PyInt>().call1((text,))
    {
        return Ok(large);
    }
    match text.parse::<f64>() {
        Ok(float) if Number::parse(&shortest(float)).is_some_and(|said| said == *number) => float.into_bound_py_any(py),
        _ => decimal_class(py)?.call1((text,)),
    }
}
