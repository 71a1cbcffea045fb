//! Random calls against the recorder's promise, judged by a reader that shares no code with it,
//! and its files in the hands of other people's players.

#[cfg(test)]
#[path = "recording/calls.rs"]
mod calls;
#[cfg(test)]
#[path = "recording/commands.rs"]
mod commands;
#[cfg(test)]
#[path = "recording/damage.rs"]
mod damage;
#[cfg(test)]
#[path = "recording/disk.rs"]
mod disk;
#[path = "../../tests/src/ogg_file.rs"]
pub mod ogg_file;
#[cfg(test)]
#[path = "recording/peaks.rs"]
mod peaks;
#[cfg(test)]
#[path = "recording/players.rs"]
mod players;
#[cfg(test)]
#[path = "recording/readers.rs"]
mod readers;
#[cfg(test)]
#[path = "recording/sound.rs"]
mod sound;
#[cfg(test)]
#[path = "recording/toc.rs"]
mod toc;
#[cfg(test)]
#[path = "recording/vectors.rs"]
mod vectors;
