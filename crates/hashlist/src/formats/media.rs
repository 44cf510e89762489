//! What sort of file a name, an ending or a media type speaks of. A hint and never a filter.

use crate::entry::Media;

/// By what a type of signal begins with: `ImagePDQ`, `VideoMD5`, `HASH_VIDEO_MD5`.
pub(super) fn of_name(name: &str) -> Option<Media> {
    let name = name.to_ascii_lowercase();
    if crate::kinds::names_video(&name) {
        return Some(Media::Video);
    }
    name.starts_with("image").then_some(Media::Image)
}

/// By the ending of a file or by its media type: `mp4`, `.gif`, `image/png`.
pub(super) fn of_type(name: &str) -> Option<Media> {
    let name = name.trim().trim_start_matches('.').to_ascii_lowercase();
    if let Some((family, _)) = name.split_once('/') {
        return match family {
            "image" => Some(Media::Image),
            "video" => Some(Media::Video),
            "audio" => Some(Media::Audio),
            "text" | "application" => Some(Media::Document),
            _ => Some(Media::Other),
        };
    }
    match name.as_str() {
        "" => None,
        "jpg" | "jpeg" | "jfif" | "png" | "gif" | "webp" | "bmp" | "tif" | "tiff" | "heic" | "heif" | "avif" | "svg" => Some(Media::Image),
        "mp4" | "m4v" | "mov" | "avi" | "mkv" | "webm" | "wmv" | "flv" | "3gp" | "mpg" | "mpeg" | "ts" => Some(Media::Video),
        "mp3" | "m4a" | "wav" | "ogg" | "oga" | "opus" | "flac" | "aac" | "wma" | "amr" => Some(Media::Audio),
        "pdf" | "doc" | "docx" | "odt" | "rtf" | "txt" | "epub" | "ppt" | "pptx" | "xls" | "xlsx" | "html" | "htm" => Some(Media::Document),
        _ => Some(Media::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_endings_and_types_say_what_sort_of_file() {
        for (name, media) in [("VideoMD5", Some(Media::Video)), ("ImagePDQ", Some(Media::Image)), ("Unknown", None)] {
            assert_eq!(of_name(name), media, "{name}");
        }
        for (name, media) in [
            (".MP4", Some(Media::Video)),
            ("gif", Some(Media::Image)),
            ("image/png", Some(Media::Image)),
            ("exe", Some(Media::Other)),
            ("", None),
        ] {
            assert_eq!(of_type(name), media, "{name}");
        }
    }
}
