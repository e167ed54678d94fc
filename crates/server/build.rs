//! Makes sure that there is a page to embed.
//!
//! `make` builds the page into `web/dist` first. Where that was not done, a notice takes its place, so
//! that the server compiles without Node.

use std::path::Path;

const NOTICE: &str = r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Rollcall</title>
  </head>
  <body>
    <h1>Rollcall</h1>
    <p>This binary was built without its page. Build it with <code>make</code>, or use the API at <code>api/v1</code>.</p>
  </body>
</html>
"#;

fn main() -> std::io::Result<()> {
    let dist = Path::new("../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    let index = dist.join("index.html");
    if !index.exists() {
        std::fs::create_dir_all(dist)?;
        std::fs::write(index, NOTICE)?;
    }
    Ok(())
}
