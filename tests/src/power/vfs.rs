//! The VFS: it stands before SQLite's usual one and tells a watched folder's [`Disk`] what is about
//! to be done. Files elsewhere never come by here again once they are open.
//!
//! This is the only file of the project that holds `unsafe`: SQLite calls C functions with raw
//! pointers, and there is no other way below its page cache.

#![allow(unsafe_code)]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::io;
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::OnceLock;

use rusqlite::ffi;

use super::disk::{Disk, Op, Refusal, folder_of, watched};

/// What SQLite knows a watched file by. The real file lies right behind it in the same room.
#[repr(C)]
struct PowerFile {
    base: ffi::sqlite3_file,
    /// From `Box::into_raw`; freed when the file is closed.
    watched: *mut Watched,
}

struct Watched {
    disk: Disk,
    name: String,
}

/// SQLite asks for this many bytes before the real file's own.
const BEFORE: usize = size_of::<PowerFile>();

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Without xFetch: nothing is mapped, so nothing is written behind our back.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Puts the VFS before the usual one, once a process.
///
/// # Errors
/// When SQLite does not take it.
pub fn register() -> io::Result<()> {
    static TAKEN: OnceLock<bool> = OnceLock::new();
    let taken = TAKEN.get_or_init(|| {
        // SAFETY: both functions may be called at any time from any thread; the VFS that is found
        // lives as long as the process, and so does ours, which is leaked.
        unsafe {
            if ffi::sqlite3_initialize() != ffi::SQLITE_OK {
                return false;
            }
            let real = ffi::sqlite3_vfs_find(std::ptr::null());
            if real.is_null() {
                return false;
            }
            // A copy: what is not replaced here does the usual thing with names and time.
            let mut vfs = *real;
            let before = c_int::try_from(BEFORE).unwrap_or(0);
            vfs.szOsFile += before;
            vfs.zName = c"doegnrytme-power".as_ptr();
            vfs.pAppData = real.cast();
            vfs.pNext = std::ptr::null_mut();
            vfs.xOpen = Some(open);
            vfs.xDelete = Some(delete);
            ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 1) == ffi::SQLITE_OK
        }
    });
    if *taken { Ok(()) } else { Err(io::Error::other("SQLite does not take the VFS")) }
}

/// The file's name as SQLite hands it on; none for temporary files.
///
/// # Safety
/// `name` is null or ends in a zero byte.
unsafe fn path<'n>(name: *const c_char) -> Option<&'n Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller says so.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

fn code(refusal: Refusal, broken: c_int) -> c_int {
    match refusal {
        Refusal::Full => ffi::SQLITE_FULL,
        Refusal::Broken => broken,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over our VFS, whose pAppData is the real one, a name that ends in a zero
    // byte or null, and room for `szOsFile` bytes, of which the real file gets all but the first.
    unsafe {
        let real = (*vfs).pAppData.cast::<ffi::sqlite3_vfs>();
        let Some(open) = (*real).xOpen else { return ffi::SQLITE_MISUSE };
        let found = path(name).and_then(|path| Some((watched(path)?, !path.exists())));
        let Some(((disk, name_there), fresh)) = found else {
            return open(real, name, file, flags, out);
        };
        (*file).pMethods = std::ptr::null();
        let asked = if fresh && flags & ffi::SQLITE_OPEN_CREATE != 0 {
            disk.does(Op::Make(name_there.clone()))
        } else {
            disk.opens()
        };
        if let Err(refusal) = asked {
            return code(refusal, ffi::SQLITE_IOERR);
        }
        let result = open(real, name, inner(file), flags, out);
        if result != ffi::SQLITE_OK {
            return result;
        }
        let power = file.cast::<PowerFile>();
        (*power).watched = Box::into_raw(Box::new(Watched { disk, name: name_there }));
        (*power).base.pMethods = &raw const METHODS;
        result
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: as in `open`.
    unsafe {
        let real = (*vfs).pAppData.cast::<ffi::sqlite3_vfs>();
        let Some(delete) = (*real).xDelete else { return ffi::SQLITE_MISUSE };
        if let Some((disk, name_there)) = path(name).filter(|p| p.exists()).and_then(watched) {
            let folder = folder_of(&name_there).to_owned();
            let mut done = disk.does(Op::Delete(name_there));
            if done.is_ok() && sync_folder != 0 {
                done = disk.does(Op::SyncFolder(folder));
            }
            if let Err(refusal) = done {
                return code(refusal, ffi::SQLITE_IOERR_DELETE);
            }
        }
        delete(real, name, sync_folder)
    }
}

/// The real file behind ours.
///
/// # Safety
/// `file` was opened by [`open`], or is about to be.
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: SQLite gave room for both, and the room is aligned to eight bytes as `BEFORE` is.
    unsafe { file.cast::<PowerFile>().add(1).cast() }
}

/// Tells the disk of something; what it refuses as SQLite's code.
///
/// # Safety
/// `file` was opened by [`open`] and is not closed.
unsafe fn tell(file: *mut ffi::sqlite3_file, broken: c_int, op: impl Fn(String) -> Op) -> c_int {
    // SAFETY: the caller says so, and `watched` lives until the file is closed.
    let watched = unsafe { &*(*file.cast::<PowerFile>()).watched };
    match watched.disk.does(op(watched.name.clone())) {
        Ok(()) => ffi::SQLITE_OK,
        Err(refusal) => code(refusal, broken),
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once, and the box was made when it was opened.
    unsafe {
        drop(Box::from_raw((*file.cast::<PowerFile>()).watched));
        let real = inner(file);
        (*(*real).pMethods).xClose.map_or(ffi::SQLITE_MISUSE, |close| close(real))
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands over an open file and that many bytes.
    unsafe {
        let count = usize::try_from(length).unwrap_or(0);
        let fresh = std::slice::from_raw_parts(bytes.cast::<u8>(), count);
        let place = u64::try_from(at).unwrap_or(0);
        let told =
            tell(file, ffi::SQLITE_IOERR_WRITE, |name| Op::Write(name, place, fresh.to_vec()));
        if told != ffi::SQLITE_OK {
            return told;
        }
        let real = inner(file);
        let write = (*(*real).pMethods).xWrite;
        write.map_or(ffi::SQLITE_MISUSE, |write| write(real, bytes, length, at))
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite hands over an open file.
    unsafe {
        let length = u64::try_from(size).unwrap_or(0);
        let told = tell(file, ffi::SQLITE_IOERR_TRUNCATE, |name| Op::Cut(name, length));
        if told != ffi::SQLITE_OK {
            return told;
        }
        let real = inner(file);
        (*(*real).pMethods).xTruncate.map_or(ffi::SQLITE_MISUSE, |truncate| truncate(real, size))
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite hands over an open file.
    unsafe {
        let told = tell(file, ffi::SQLITE_IOERR_FSYNC, Op::Sync);
        if told != ffi::SQLITE_OK {
            return told;
        }
        let real = inner(file);
        (*(*real).pMethods).xSync.map_or(ffi::SQLITE_MISUSE, |sync| sync(real, flags))
    }
}

/// Methods that go through to the real file as they are.
macro_rules! through {
    ($($name:ident => $method:ident ($($argument:ident: $kind:ty),*);)*) => {
        $(unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $kind)*) -> c_int {
            // SAFETY: SQLite hands over an open file, and the other arguments are the real one's.
            unsafe {
                let real = inner(file);
                let method = (*(*real).pMethods).$method;
                method.map_or(ffi::SQLITE_MISUSE, |method| method(real $(, $argument)*))
            }
        })*
    };
}

through! {
    read => xRead(bytes: *mut c_void, length: c_int, at: ffi::sqlite3_int64);
    file_size => xFileSize(size: *mut ffi::sqlite3_int64);
    lock => xLock(level: c_int);
    unlock => xUnlock(level: c_int);
    check_reserved => xCheckReservedLock(out: *mut c_int);
    control => xFileControl(op: c_int, argument: *mut c_void);
    sector_size => xSectorSize();
    characteristics => xDeviceCharacteristics();
    shm_map => xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void);
    shm_lock => xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap => xShmUnmap(delete: c_int);
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: SQLite hands over an open file.
    unsafe {
        let real = inner(file);
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}
