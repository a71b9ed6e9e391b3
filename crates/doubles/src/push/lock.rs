//! Unlocks a push as a browser does: RFC 8188 with the keys of RFC 8291.

use aes_gcm::{Aes128Gcm, KeyInit, Nonce, aead::Aead};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, ecdh::diffie_hellman, elliptic_curve::sec1::ToEncodedPoint};
use sha2::Sha256;

const SALT_BYTES: usize = 16;
/// Salt, record size and the length of the key that follows.
const HEAD_BYTES: usize = SALT_BYTES + 4 + 1;
const KEY_BYTES: usize = 65;
/// Ends the text of the last record; zeros may follow.
const LAST_RECORD: u8 = 2;

/// The text of a push of one record; `None` when it is not one for this browser.
pub fn unlock(body: &[u8], browser: &SecretKey, auth: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = body.split_at_checked(HEAD_BYTES)?;
    let (salt, sizes) = head.split_at_checked(SALT_BYTES)?;
    let record_size = u32::from_be_bytes(sizes[..4].try_into().ok()?) as usize;
    if usize::from(sizes[4]) != KEY_BYTES {
        return None;
    }
    let (sender_key, record) = rest.split_at_checked(KEY_BYTES)?;
    if record.len() > record_size {
        return None;
    }
    let sender = PublicKey::from_sec1_bytes(sender_key).ok()?;
    let (key, nonce) = keys(salt, browser, &sender, auth)?;
    let plain = Aes128Gcm::new_from_slice(&key).ok()?.decrypt(Nonce::from_slice(&nonce), record).ok()?;
    let end = plain.iter().rposition(|byte| *byte != 0)?;
    (plain[end] == LAST_RECORD).then(|| plain[..end].to_vec())
}

fn keys(salt: &[u8], browser: &SecretKey, sender: &PublicKey, auth: &[u8]) -> Option<([u8; 16], [u8; 12])> {
    let shared = diffie_hellman(browser.to_nonzero_scalar(), sender.as_affine());
    let own = browser.public_key().to_encoded_point(false);
    let info = [b"WebPush: info\0".as_slice(), own.as_bytes(), sender.to_encoded_point(false).as_bytes()].concat();
    let mut secret = [0; 32];
    Hkdf::<Sha256>::new(Some(auth), shared.raw_secret_bytes()).expand(&info, &mut secret).ok()?;
    let content = Hkdf::<Sha256>::new(Some(salt), &secret);
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    content.expand(b"Content-Encoding: aes128gcm\0", &mut key).ok()?;
    content.expand(b"Content-Encoding: nonce\0", &mut nonce).ok()?;
    Some((key, nonce))
}
