// Inside the sandbox: read a call, write what came of it. The types that a program may declare
// are those with `Argument` and `Answer`. The protocol is described in
// judge/kinds/call_session.py.
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, RawFd};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::exit;

extern "C" {
    fn dup(fd: RawFd) -> RawFd;
    fn dup2(from: RawFd, to: RawFd) -> RawFd;
}

thread_local! {
    static CALL: RefCell<(Vec<u8>, usize)> = const { RefCell::new((Vec::new(), 0)) };
}

/// Make calls until there are no more.
pub fn serve(call: fn() -> Outcome) -> ! {
    // What the student's program reads and prints has nothing to do with the calls.
    let (mut calls, mut answers) = unsafe { (File::from_raw_fd(dup(0)), File::from_raw_fd(dup(1))) };
    let nothing = File::open("/dev/null").unwrap_or_else(|_| exit(120));
    unsafe {
        dup2(std::os::fd::AsRawFd::as_raw_fd(&nothing), 0);
        dup2(2, 1);
    }
    send(&mut answers, &[0; 8], b'Y', &[]);
    loop {
        let mut size = [0; 4];
        if calls.read_exact(&mut size).is_err() {
            leave();
        }
        let mut frame = vec![0; u32::from_be_bytes(size) as usize];
        if calls.read_exact(&mut frame).is_err() {
            leave();
        }
        let number = frame[..8].to_vec();
        CALL.with(|state| *state.borrow_mut() = (frame, 12));
        let outcome = match catch_unwind(AssertUnwindSafe(call)) {
            Ok(outcome) => outcome,
            Err(panic) => {
                let said = said(&*panic);
                Outcome { status: b'E', body: problem(class_of(&said), &said) }
            }
        };
        let _ = std::io::stdout().flush();
        send(&mut answers, &number, outcome.status, &outcome.body);
    }
}

fn leave() -> ! {
    exit(0)
}

fn send(answers: &mut File, number: &[u8], status: u8, body: &[u8]) {
    let mut frame = ((9 + body.len()) as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(number);
    frame.push(status);
    frame.extend_from_slice(body);
    if answers.write_all(&frame).is_err() {
        exit(123);
    }
}

/// What came of a call.
pub struct Outcome {
    status: u8,
    body: Vec<u8>,
}

/// The outcome of a call that returned this.
pub fn returned<T: Answer>(value: T) -> Outcome {
    let mut body = Vec::new();
    match value.error() {
        Some(said) => Outcome { status: b'E', body: problem("Err", &said) },
        None => {
            value.write(&mut body);
            Outcome { status: b'R', body }
        }
    }
}

/// The outcome of a call that changed an argument, and what it returned besides.
pub fn changed<T: Answer, R: Answer>(argument: &T, result: R) -> Outcome {
    match result.error() {
        Some(_) => returned(result),
        None => returned(argument),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        return (*text).to_string();
    }
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// What panicked: the program on purpose, or the language at a mistake of it.
fn class_of(said: &str) -> &'static str {
    let starts = |words: &[&str]| words.iter().any(|word| said.starts_with(word));
    if starts(&["index out of bounds", "range start index", "range end index", "slice index", "byte index"]) {
        "index panic"
    } else if starts(&["attempt to divide by zero", "attempt to calculate the remainder with a divisor of zero"]) {
        "division panic"
    } else if starts(&["attempt to", "called `", "not yet implemented", "not implemented", "internal error", "the argument "]) {
        "panic of a mistake"
    } else {
        "panic"
    }
}

fn problem(class: &str, said: &str) -> Vec<u8> {
    let mut body = 1u32.to_be_bytes().to_vec();
    text(&mut body, class.as_bytes());
    text(&mut body, &said.as_bytes()[..said.len().min(1000)]);
    let trace = if class == "Err" { format!("Error: {said}\n") } else { String::new() };
    text(&mut body, &trace.as_bytes()[..trace.len().min(8000)]);
    body
}

// --- arguments ------------------------------------------------------------------------------

fn take<const N: usize>() -> [u8; N] {
    let mut data = [0; N];
    data.copy_from_slice(&bytes(N));
    data
}

fn bytes(size: usize) -> Vec<u8> {
    CALL.with(|state| {
        let (frame, at) = &mut *state.borrow_mut();
        *at += size;
        frame[*at - size..*at].to_vec()
    })
}

fn peek() -> u8 {
    CALL.with(|state| {
        let (frame, at) = &*state.borrow();
        frame[*at]
    })
}

fn tag() -> u8 {
    take::<1>()[0]
}

fn count() -> usize {
    u32::from_be_bytes(take()) as usize
}

pub trait Argument: Sized {
    fn read() -> Self;
}

/// The next argument, of whatever type the function declares.
pub fn argument<T: Argument>() -> T {
    T::read()
}

macro_rules! whole {
    ($($t:ty),*) => {$(
        impl Argument for $t {
            fn read() -> Self {
                tag();
                let value = i64::from_be_bytes(take());
                match <$t>::try_from(value) {
                    Ok(fitting) => fitting,
                    Err(_) => panic!("the argument {value} does not fit {}", stringify!($t)),
                }
            }
        }
        impl Answer for $t {
            fn write(&self, out: &mut Vec<u8>) {
                match i64::try_from(*self) {
                    Ok(value) => {
                        out.push(b'i');
                        out.extend_from_slice(&value.to_be_bytes());
                    }
                    Err(_) => {
                        out.push(b'I');
                        text(out, self.to_string().as_bytes());
                    }
                }
            }
        }
    )*};
}
whole!(i32, i64, i128, isize, u32, u64, u128, usize);

impl Argument for f64 {
    fn read() -> Self {
        tag();
        f64::from_bits(u64::from_be_bytes(take()))
    }
}
impl Argument for bool {
    fn read() -> Self {
        tag() == b't'
    }
}
impl Argument for String {
    fn read() -> Self {
        tag();
        key()
    }
}
fn key() -> String {
    let size = count();
    String::from_utf8(bytes(size)).unwrap_or_default()
}
impl<T: Argument> Argument for Option<T> {
    fn read() -> Self {
        if peek() == b'n' {
            tag();
            return None;
        }
        Some(T::read())
    }
}
impl<T: Argument> Argument for Vec<T> {
    fn read() -> Self {
        tag();
        (0..count()).map(|_| T::read()).collect()
    }
}
impl<T: Argument> Argument for HashMap<String, T> {
    fn read() -> Self {
        tag();
        (0..count()).map(|_| (key(), T::read())).collect()
    }
}
impl<T: Argument> Argument for BTreeMap<String, T> {
    fn read() -> Self {
        tag();
        (0..count()).map(|_| (key(), T::read())).collect()
    }
}
// What is borrowed lives as long as the process.
impl Argument for &'static str {
    fn read() -> Self {
        String::read().leak()
    }
}
impl<T: Argument> Argument for &'static [T] {
    fn read() -> Self {
        Vec::read().leak()
    }
}
impl<T: Argument> Argument for &'static T {
    fn read() -> Self {
        Box::leak(Box::new(T::read()))
    }
}

// --- results --------------------------------------------------------------------------------

fn text(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    out.extend_from_slice(data);
}

pub trait Answer {
    fn write(&self, out: &mut Vec<u8>);
    fn error(&self) -> Option<String> {
        None
    }
}

impl Answer for () {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'n');
    }
}
impl Answer for f64 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'd');
        out.extend_from_slice(&self.to_bits().to_be_bytes());
    }
}
impl Answer for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(if *self { b't' } else { b'f' });
    }
}
impl Answer for str {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b's');
        text(out, self.as_bytes());
    }
}
impl Answer for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}
impl Answer for char {
    fn write(&self, out: &mut Vec<u8>) {
        self.to_string().write(out);
    }
}
impl<T: Answer> Answer for [T] {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'l');
        out.extend_from_slice(&(self.len() as u32).to_be_bytes());
        for item in self {
            item.write(out);
        }
    }
}
impl<T: Answer> Answer for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_slice().write(out);
    }
}
impl<T: Answer> Answer for VecDeque<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().collect::<Vec<_>>().write(out);
    }
}
impl<T: Answer> Answer for HashMap<String, T> {
    fn write(&self, out: &mut Vec<u8>) {
        pairs(self.len(), self.iter(), out);
    }
}
impl<T: Answer> Answer for BTreeMap<String, T> {
    fn write(&self, out: &mut Vec<u8>) {
        pairs(self.len(), self.iter(), out);
    }
}
fn pairs<'a, T: Answer + 'a>(size: usize, items: impl Iterator<Item = (&'a String, &'a T)>, out: &mut Vec<u8>) {
    out.push(b'm');
    out.extend_from_slice(&(size as u32).to_be_bytes());
    for (name, value) in items {
        text(out, name.as_bytes());
        value.write(out);
    }
}
impl<T: Answer + ?Sized> Answer for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}
impl<T: Answer> Answer for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.push(b'n'),
        }
    }
}
impl<T: Answer, E: Debug> Answer for Result<T, E> {
    fn write(&self, out: &mut Vec<u8>) {
        if let Ok(value) = self {
            value.write(out);
        }
    }
    fn error(&self) -> Option<String> {
        self.as_ref().err().map(|error| format!("{error:?}"))
    }
}
