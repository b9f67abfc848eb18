//! Sets what the linker needs for a Node-API library on this platform.

fn main() {
    napi_build::setup();
}
