//! Destinations: where reports are delivered to.
//!
//! A kind of destination is a file here: `folder`, `s3`, `smtp` and `webhook`. Each puts a [`Parcel`] there without overwriting anything, and knows
//! its own if it was put there before: a run that is begun again delivers once.

mod config;
mod deliver;
mod folder;
mod manage;
mod names;
mod parcel;
mod reach;
mod s3;
mod smtp;
mod steps;
mod test;
mod webhook;

pub use config::{Addressing, Config, Encryption, FolderConfig, Kind, MailForm, S3Config, Secret, Security, SmtpConfig, WebhookConfig};
pub use manage::DestinationWish;
pub use parcel::{Delivered, DeliveryFailure, Parcel};
pub use steps::Step;
pub use test::Tested;
