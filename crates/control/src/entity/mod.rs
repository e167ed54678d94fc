//! Entities: the tables as SeaORM sees them. Nothing of them leaves this crate; the repositories speak
//! in the types of the domain.

// SeaORM's derive makes public items, whatever the visibility of the module.
#![allow(unreachable_pub)]

pub(crate) mod api_key;
