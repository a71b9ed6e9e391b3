//! Sound as speech servers take it: of a known kind, within bounds. Nothing is decoded or turned into another kind.

use std::fmt;

use crate::failure::Failure;
use crate::media::refused;
use crate::ports::{MEDIA_BYTES_MAX, Media};

/// Longest sound, in seconds; a client who talks longer needs a person.
pub const SOUND_SECONDS_MAX: u32 = 600;
/// Opus always counts in this, whatever was recorded. Source: RFC 7845, section 4.
const OPUS_PER_S: u64 = 48_000;
/// Of a page of Ogg: its mark, then a version and a flag, then the position. Source: RFC 3533, section 6.
const OGG: &[u8] = b"OggS";
const OGG_POSITION: std::ops::Range<usize> = 6..14;

/// A container that speech servers know by the ending of a file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundKind {
    Ogg,
    Mp3,
    Mp4,
    Wav,
    Webm,
    Flac,
}

impl SoundKind {
    /// Without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Ogg => "ogg",
            Self::Mp3 => "mp3",
            Self::Mp4 => "m4a",
            Self::Wav => "wav",
            Self::Webm => "webm",
            Self::Flac => "flac",
        }
    }

    pub fn mime(self) -> &'static str {
        match self {
            Self::Ogg => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "audio/mp4",
            Self::Wav => "audio/wav",
            Self::Webm => "audio/webm",
            Self::Flac => "audio/flac",
        }
    }

    /// By the first bytes: what a server calls a file is often wrong.
    fn of(bytes: &[u8]) -> Option<Self> {
        let tail = |from: usize| bytes.get(from..).unwrap_or_default();
        match bytes {
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            // Eleven bits of a frame, and a layer that exists.
            [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Some(Self::Mp3),
            [b'R', b'I', b'F', b'F', ..] if tail(8).starts_with(b"WAVE") => Some(Self::Wav),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(Self::Webm),
            _ if tail(4).starts_with(b"ftyp") => Some(Self::Mp4),
            _ => None,
        }
    }
}

/// What is given to be heard.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound {
    kind: SoundKind,
    bytes: Vec<u8>,
}

impl Sound {
    /// Refuses what is no sound by its bytes or by its server's own word, and what is too large or too long.
    pub fn read(media: Media) -> Result<Self, Failure> {
        let kind = SoundKind::of(&media.bytes).ok_or_else(|| refused("the file is no sound that is known"))?;
        if !media.mime.as_deref().is_none_or(may_sound) {
            return Err(refused("the server says that the file is no sound"));
        }
        if media.bytes.len() > MEDIA_BYTES_MAX {
            return Err(refused("the sound is too large"));
        }
        if seconds(&media.bytes).is_some_and(|seconds| seconds > u64::from(SOUND_SECONDS_MAX)) {
            return Err(refused("the sound is too long"));
        }
        Ok(Self { kind, bytes: media.bytes })
    }

    pub fn kind(&self) -> SoundKind {
        self.kind
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Shows kind and size: the sound is somebody's voice.
impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sound").field("kind", &self.kind).field("bytes", &self.bytes.len()).finish()
    }
}

/// Telegram's server says nothing but that a file is bytes; Instagram's voice notes are videos without a picture.
fn may_sound(mime: &str) -> bool {
    let name = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    name.starts_with("audio/")
        || matches!(
            name.as_str(),
            "" | "video/mp4" | "video/ogg" | "video/webm" | "application/ogg" | "application/octet-stream"
        )
}

/// How long Opus in Ogg sounds, by its last page; `None` for everything else.
fn seconds(bytes: &[u8]) -> Option<u64> {
    let is_opus = bytes.get(..64).unwrap_or(bytes).windows(8).any(|window| window == b"OpusHead");
    let last = bytes.windows(OGG.len()).rposition(|window| window == OGG).filter(|_| is_opus)?;
    let position = bytes.get(last..)?.get(OGG_POSITION)?;
    Some(u64::from_le_bytes(position.try_into().ok()?) / OPUS_PER_S)
}

#[cfg(test)]
mod tests {
    use super::{SOUND_SECONDS_MAX, Sound, SoundKind};
    use crate::ports::{MEDIA_BYTES_MAX, Media};

    fn read(mime: Option<&str>, bytes: &[u8]) -> Option<SoundKind> {
        let media = Media { mime: mime.map(str::to_owned), bytes: bytes.to_vec() };
        Sound::read(media).ok().map(|sound| sound.kind())
    }

    /// A page of Ogg: mark, version, flag, position, serial, number, checksum, one segment.
    fn page(seconds: u64, content: &[u8]) -> Vec<u8> {
        let position = (seconds * 48_000).to_le_bytes();
        [b"OggS\0\0", &position[..], &[0; 12], &[1, 19], content].concat()
    }

    #[test]
    fn a_sound_is_known_by_its_first_bytes_and_not_disowned_by_its_server() {
        let cases: [(&str, &[u8], Option<SoundKind>); 13] = [
            ("audio/ogg; codecs=opus", b"OggS\0\x02", Some(SoundKind::Ogg)),
            ("application/octet-stream", b"OggS\0\x02", Some(SoundKind::Ogg)),
            ("audio/mpeg", b"ID3\x04\0", Some(SoundKind::Mp3)),
            ("audio/mpeg", b"\xff\xfb\x90\0", Some(SoundKind::Mp3)),
            ("video/mp4", b"\0\0\0\x18ftypM4A ", Some(SoundKind::Mp4)),
            ("audio/wav", b"RIFF\x24\0\0\0WAVEfmt ", Some(SoundKind::Wav)),
            ("audio/webm", b"\x1a\x45\xdf\xa3\x01", Some(SoundKind::Webm)),
            ("audio/flac", b"fLaC\0", Some(SoundKind::Flac)),
            ("text/html", b"OggS\0\x02", None),
            ("image/png", b"\x89PNG\r\n", None),
            ("audio/ogg", b"<html>", None),
            ("audio/wav", b"RIFF\x24\0\0\0AVI LIST", None),
            ("audio/ogg", b"", None),
        ];
        for (mime, bytes, expected) in cases {
            assert_eq!(read(Some(mime), bytes), expected, "{mime}, {bytes:?}");
        }
        assert_eq!(read(None, b"OggS\0\x02"), Some(SoundKind::Ogg));
    }

    #[test]
    fn ten_minutes_are_heard_and_not_a_second_more() {
        let max = u64::from(SOUND_SECONDS_MAX);
        for (length, expected) in [(6, Some(SoundKind::Ogg)), (max, Some(SoundKind::Ogg)), (max + 1, None)] {
            let voice = [page(0, b"OpusHead"), page(length, b"voice")].concat();
            assert_eq!(read(Some("audio/ogg"), &voice), expected, "{length} seconds");
        }
    }

    #[test]
    fn sixteen_megabytes_are_enough() {
        let mut voice = vec![0; MEDIA_BYTES_MAX];
        voice[..4].copy_from_slice(b"fLaC");
        assert_eq!(read(None, &voice), Some(SoundKind::Flac));
        voice.push(0);
        assert_eq!(read(None, &voice), None);
    }
}
