//! What a log asks of a disk, so that tests can let one fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Where files are made.
pub(crate) trait Disk: Send + std::marker::Sync + std::fmt::Debug {
    /// A file for appending that only its owner can read; a new one, if `new`.
    fn open(&self, path: &Path, new: bool) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name, which nothing may have.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if to.try_exists()? {
            let says = format!("`{}` is there already", to.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, says));
        }
        fs::rename(from, to)
    }

    /// Makes the names in a file's folder survive a loss of power.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// One file, open for appending.
pub(crate) trait DiskFile: Write + Send {
    /// What was written survives a loss of power.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts it off there.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The machine's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path, new: bool) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(private(path, new)?))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened, and a rename is as durable as the file system makes it.
        #[cfg(unix)]
        {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Opens a file for appending that only its owner can read.
pub(crate) fn private(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(!new).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Puts a file in the place of another, whole.
pub(crate) fn replace(path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = Path::new(&aside);
    match fs::remove_file(aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(aside, true)?;
    file.write_all(bytes)?;
    if durable {
        file.sync_data()?;
    }
    fs::rename(aside, path)?;
    if durable { RealDisk.sync_folder(path) } else { Ok(()) }
}
