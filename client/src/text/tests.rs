//! What holds for the catalogue as a whole.
