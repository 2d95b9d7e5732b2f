//! Python values to JSON values and back. What JSON cannot say is refused, never guessed at.

use callguard::{Number, Object, Value};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

/// As deep as JSON text may be; a cycle is deeper.
const MOST_DEPTH: usize = 64;

/// A Python value as JSON: `None`, `bool`, `int`, finite `float` and `Decimal`, `str`, lists, tuples, and dictionaries with
/// text keys; a string or number of a subclass counts as what it is.
pub(crate) fn to_value(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    at_depth(value, 0)
}

/// A dictionary as an object.
pub(crate) fn to_object(value: &Bound<'_, PyAny>) -> PyResult<Object> {
    match to_value(value)? {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Object::default()),
        other => Err(PyTypeError::new_err(format!("a dict is expected where there is {}", other.type_name()))),
    }
}

fn at_depth(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > MOST_DEPTH {
        return Err(PyValueError::new_err(format!(
            "a value is nested more than {MOST_DEPTH} deep, or holds itself; pass data that JSON can say"
        )));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Value::String(text_of(text)?));
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
    if let Ok(dict) = value.cast::<PyDict>() {
        return object(dict, depth);
    }
    if let Ok(list) = value.cast::<PyList>() {
        return items(list.iter(), depth);
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return items(tuple.iter(), depth);
    }
    if is_decimal(value)? {
        let finite: bool = value.call_method0(intern!(value.py(), "is_finite"))?.extract()?;
        return number(value, finite.then(|| value.str().map(|text| text.to_string())).transpose()?);
    }
    Err(PyTypeError::new_err(format!(
        "a value of type `{}` is not JSON; pass str, int, float, Decimal, bool, None, lists and dicts",
        type_name(value)
    )))
}

fn items<'py>(items: impl Iterator<Item = Bound<'py, PyAny>>, depth: usize) -> PyResult<Value> {
    items.map(|item| at_depth(&item, depth.saturating_add(1))).collect::<PyResult<_>>().map(Value::List)
}

fn object(dict: &Bound<'_, PyDict>, depth: usize) -> PyResult<Value> {
    let mut object = Object::default();
    for (key, value) in dict.iter() {
        let Ok(key) = key.cast::<PyString>() else {
            let found = type_name(&key);
            return Err(PyTypeError::new_err(format!("a key of type `{found}` is not JSON; keys are str")));
        };
        object.insert(text_of(key)?, at_depth(&value, depth.saturating_add(1))?);
    }
    Ok(Value::Object(object))
}

/// A lone surrogate is no text that anybody else can read.
fn text_of(text: &Bound<'_, PyString>) -> PyResult<String> {
    text.extract().map_err(|_| PyValueError::new_err("a str holds a lone surrogate, which is not text"))
}

fn integer(whole: &Bound<'_, PyInt>) -> PyResult<Value> {
    if let Ok(small) = whole.extract::<i64>() {
        return number(whole, Some(small.to_string()));
    }
    // The digits as Python writes them, whatever a subclass makes of `str`.
    let digits = whole.py().get_type::<PyInt>().call_method1(intern!(whole.py(), "__repr__"), (whole,))?;
    number(whole, Some(digits.extract()?))
}

fn number(value: &Bound<'_, PyAny>, text: Option<String>) -> PyResult<Value> {
    let number = text.and_then(|text| Number::parse(&text.replace("E+", "E")));
    number
        .map(Value::Number)
        .ok_or_else(|| PyValueError::new_err(format!("a {} that is not finite is not JSON", type_name(value))))
}

/// As JSON: the fewest digits that give the float back.
fn shortest(float: f64) -> String {
    format!("{float:?}")
}

fn is_decimal(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let decimal = value.py().import(intern!(value.py(), "decimal"))?.getattr(intern!(value.py(), "Decimal"))?;
    value.is_instance(&decimal)
}

pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

/// A JSON value as Python has it: a number that is written as a whole one is an `int`, any other a `float`.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(number) => python_number(py, number.as_str())?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::List(items) => {
            let items = items.iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(object) => {
            let dict = PyDict::new(py);
            for (key, value) in object.iter() {
                dict.set_item(key, to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

fn python_number<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(small) = text.parse::<i64>() {
        return Ok(small.into_pyobject(py)?.into_any());
    }
    match text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        true => py.get_type::<PyInt>().call1((text,)),
        false => py.get_type::<PyFloat>().call1((text,)),
    }
}
