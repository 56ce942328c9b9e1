//! What a program holds of the world outside: files, sockets, channels, threads, errors.
//!
//! Each may have a destructor, which runs at a safepoint after the object has died.

use core::any::Any;
use core::error::Error;
use core::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Cursor, Write};
use std::net::{AddrParseError, TcpListener, TcpStream, UdpSocket};
use std::num::{ParseFloatError, ParseIntError, TryFromIntError};
use std::str::Utf8Error;
use std::string::FromUtf8Error;
use std::sync::{Barrier, Condvar, mpsc};
use std::thread::{JoinHandle, Thread};

use super::*;

leaves! {
    File;
    TcpListener; TcpStream; UdpSocket;
    io::Stdin; io::Stdout; io::Stderr;
    Thread; Condvar; Barrier;

    fmt::Error;
    io::Error; io::ErrorKind;
    ParseIntError; ParseFloatError; TryFromIntError;
    core::str::ParseBoolError; core::char::ParseCharError;
    AddrParseError;
    Utf8Error;
    FromUtf8Error, owning |error| error.as_bytes().len();
}

statics! {
    [T: 'static] JoinHandle<T>;
    [T: 'static] mpsc::Sender<T>;
    [T: 'static] mpsc::SyncSender<T>;
    [T: 'static] mpsc::Receiver<T>;
    [R: 'static] BufReader<R>, owning |reader| reader.capacity();
    [W: Write + 'static] BufWriter<W>, owning |writer| writer.capacity();
    [T: 'static] Cursor<T>;
}

unsized_leaves! {
    dyn Any; dyn Any + Send; dyn Any + Send + Sync;
    dyn Error; dyn Error + Send; dyn Error + Send + Sync;
}
