pub mod ogg_file;
