//! The installation's key: 32 random bytes in a file only its owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of the key and of everything derived from it.
pub const KEY_BYTES: usize = 32;

/// A secret from which others are derived. `Debug` shows nothing.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(***)")
    }
}

impl Key {
    /// Reads the key, or makes one when there is no file. A file others may read is refused.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Self::create(path);
        }
        let file = File::open(path).with_context(|| format!("Ключ {} не читается", path.display()))?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            bail!("Ключ {0} могут прочитать другие. Закройте его: chmod 600 {0}", path.display());
        }
        let mut bytes = Vec::with_capacity(KEY_BYTES);
        file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        match <[u8; KEY_BYTES]>::try_from(bytes) {
            Ok(key) => Ok(Self(key)),
            Err(_) => bail!("Ключ {} испорчен: нужно ровно 32 байта. Верните его из копии", path.display()),
        }
    }

    fn create(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).with_context(|| format!("Папка {} не создаётся", folder.display()))?;
        }
        let key = Self::random()?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("Ключ {} не записывается", path.display()))?;
        file.write_all(&key.0)?;
        file.sync_all()?;
        Ok(key)
    }

    /// Makes a fresh key.
    pub fn random() -> Result<Self> {
        Ok(Self(random_bytes()?))
    }

    /// Signs `message` for one `purpose`; keys of different purposes tell nothing of each other.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> [u8; KEY_BYTES] {
        hmac(&hmac(&self.0, purpose.as_bytes()), message)
    }
}

/// Takes `N` bytes from the operating system's generator.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("Система не даёт случайных чисел")?;
    Ok(bytes)
}

fn hmac(key: &[u8; KEY_BYTES], message: &[u8]) -> [u8; KEY_BYTES] {
    // RFC 2104: a key shorter than the block is filled up with zeros.
    let mut block = [0; 64];
    block[..KEY_BYTES].copy_from_slice(key);
    Hmac::<Sha256>::new(&block.into()).chain_update(message).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_survives_a_restart_and_is_closed_to_others() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("deep/nochnik.key");
        let made = Key::open(&path)?;
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        assert_eq!(made.sign("a", b"x"), Key::open(&path)?.sign("a", b"x"));
        assert_ne!(made.sign("a", b"x"), made.sign("b", b"x"));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        assert!(Key::open(&path).is_err());
        Ok(())
    }
}
