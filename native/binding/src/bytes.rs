//! Memory of JavaScript as native code may touch it: where it lies and how long it is, nothing held beyond the call.
//!
//! Two arguments may be views of the same memory, so a slice is made for one step at a time, and a mutable one never
//! beside another of the same bytes. No JavaScript runs during a call, so nothing is detached or resized meanwhile.

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Error, Result, Status, ValueType, sys};
use std::ptr;

/// `napi_uint8_array` of the Node-API.
const UINT8_ARRAY: i32 = 1;

/// A Uint8Array of the caller's. One that is detached has no bytes.
#[derive(Clone, Copy)]
pub struct Bytes {
    start: *mut u8,
    length: usize,
}

impl Bytes {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Lets `work` read them.
    pub fn read<T>(&self, work: impl FnOnce(&[u8]) -> T) -> T {
        if self.length == 0 {
            return work(&[]);
        }
        // SAFETY: the engine says that `length` bytes lie at `start` for as long as this call lasts. A mutable slice of
        // them lives only within `write`, whose `work` touches no other `Bytes`, or beside one that does not overlap.
        work(unsafe { std::slice::from_raw_parts(self.start, self.length) })
    }

    /// Lets `work` change them; it touches no other `Bytes`.
    pub fn write<T>(&self, work: impl FnOnce(&mut [u8]) -> T) -> T {
        if self.length == 0 {
            return work(&mut []);
        }
        // SAFETY: as in `read`, and no other slice of these bytes lives.
        work(unsafe { std::slice::from_raw_parts_mut(self.start, self.length) })
    }

    /// Lets `work` read `beside` while it changes these, of which it sees a copy where the two overlap.
    pub fn write_beside<T>(&self, beside: Bytes, work: impl FnOnce(&mut [u8], &[u8]) -> T) -> T {
        let (start, other) = (self.start as usize, beside.start as usize);
        if start < other + beside.length && other < start + self.length {
            let copy = beside.read(<[u8]>::to_vec);
            return self.write(|bytes| work(bytes, &copy));
        }
        self.write(|bytes| beside.read(|other| work(bytes, other)))
    }

    /// Copies `from` to its beginning, however the two overlap; an error when there is no room.
    pub fn copy_from(&self, from: Bytes) -> Result<()> {
        if from.length > self.length {
            return Err(refused(format!("{} bytes into {}", from.length, self.length)));
        }
        if from.length > 0 && from.start != self.start {
            // SAFETY: both regions are as long as the engine says, and `copy` allows that they overlap.
            unsafe { ptr::copy(from.start, self.start, from.length) };
        }
        Ok(())
    }

    /// The bytes from `from` up to `to`; an error when they are not inside.
    pub fn part(&self, from: usize, to: usize) -> Result<Bytes> {
        if from > to || to > self.length {
            return Err(refused(format!("bytes {from} to {to} of {}", self.length)));
        }
        Ok(Bytes { start: self.start.wrapping_add(from), length: to - from })
    }

    /// A copy of exactly `N` bytes.
    pub fn array<const N: usize>(&self) -> Result<[u8; N]> {
        self.read(|bytes| bytes.try_into().map_err(|_| refused(format!("{} bytes where {N} are needed", bytes.len()))))
    }

    /// Overwrites all of them with `value`, which has to be as long.
    pub fn put(&self, value: &[u8]) -> Result<()> {
        self.write(|bytes| {
            if bytes.len() != value.len() {
                return Err(refused(format!("{} bytes into {}", value.len(), bytes.len())));
            }
            bytes.copy_from_slice(value);
            Ok(())
        })
    }
}

impl TypeName for Bytes {
    fn type_name() -> &'static str {
        "Uint8Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

// What is no Uint8Array is refused when it is taken apart.
impl ValidateNapiValue for Bytes {
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> Result<sys::napi_value> {
        Ok(ptr::null_mut())
    }
}

impl FromNapiValue for Bytes {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let (mut kind, mut length, mut start) = (-1, 0, ptr::null_mut());
        // SAFETY: `env` and `value` are those of the running call; each pointer is to a place of its own, or null.
        let status = unsafe {
            let (buffer, offset) = (ptr::null_mut(), ptr::null_mut());
            sys::napi_get_typedarray_info(env, value, &mut kind, &mut length, &mut start, buffer, offset)
        };
        if status != sys::Status::napi_ok || kind != UINT8_ARRAY {
            return Err(refused("what is no Uint8Array".to_owned()));
        }
        Ok(Bytes { start: start.cast(), length: if start.is_null() { 0 } else { length } })
    }
}

/// An Array of Uint8Arrays.
#[derive(Clone, Copy)]
pub struct List {
    env: sys::napi_env,
    value: sys::napi_value,
    length: u32,
}

impl List {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<Bytes>> {
        (0..self.length).map(|index| self.at(index))
    }

    /// One of them; an error when it is not there or no Uint8Array.
    pub fn at(&self, index: u32) -> Result<Bytes> {
        let mut element = ptr::null_mut();
        // SAFETY: the array and its environment are those of the running call.
        let status = unsafe { sys::napi_get_element(self.env, self.value, index, &mut element) };
        if status != sys::Status::napi_ok {
            return Err(refused("an array that does not give its element".to_owned()));
        }
        // SAFETY: the element is a value of this environment, alive until the call returns.
        unsafe { Bytes::from_napi_value(self.env, element) }
    }
}

impl TypeName for List {
    fn type_name() -> &'static str {
        "Uint8Array[]"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for List {
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> Result<sys::napi_value> {
        Ok(ptr::null_mut())
    }
}

impl FromNapiValue for List {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut length = 0;
        // SAFETY: `env` and `value` are those of the running call; the length goes to a place of its own.
        let status = unsafe { sys::napi_get_array_length(env, value, &mut length) };
        if status != sys::Status::napi_ok {
            return Err(refused("what is no Array".to_owned()));
        }
        Ok(List { env, value, length })
    }
}

/// The error for what cannot be taken.
pub fn refused(text: String) -> Error {
    Error::new(Status::InvalidArg, text)
}
