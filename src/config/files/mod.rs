//! The shared config files: where they are, how their bytes become text, and how they are written.

pub(super) mod ini;
pub(super) mod paths;
pub(super) mod text;
pub(super) mod words;
