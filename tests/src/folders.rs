//! Replaces folders by older copies or by other folders.

use std::path::Path;

/// Replaces a folder by a copy of another one.
///
/// # Panics
/// Panics when the disk refuses.
pub fn replace(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).expect("deleted");
    }
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("readable").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            replace(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}
