//! The page's beginning. Outside a browser there is nothing to begin.

fn main() {
    #[cfg(target_arch = "wasm32")]
    client::app::start();
}
