//! Starts a PostgreSQL server, prints the URL of a database in it and its folder, and runs until its input
//! ends: `cargo run --workspace --bin rollcall-test-postgres`.

use std::io::{Read, Write};

use rollcall_test_postgres::Server;

fn main() -> std::io::Result<()> {
    let server = Server::start();
    let database = server.database();
    writeln!(std::io::stdout(), "{}\n{}", database.url, server.folder().display())?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
