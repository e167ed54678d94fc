//! What people sign in to: the source that tells of it, and the channel.

/// Name of the source that tells of failed webhooks and integrations.
pub(crate) const INTEGRATION_SOURCE: &str = "integration-hub";

/// Something to sign in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Surface {
    /// The agents' page in a browser.
    Portal,
    /// The installed client of some agents. It has session ids and sends signs of life.
    Desktop,
    /// The telephone. It restarts now and then.
    Phone,
    /// A queue of the telephone system.
    Queue,
    /// The administration pages.
    Admin,
}

impl Surface {
    /// The source that tells of it.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Surface::Portal => "agent-portal",
            Surface::Desktop => "desktop",
            Surface::Phone | Surface::Queue => "phone-system",
            Surface::Admin => "admin",
        }
    }

    /// Whether it belongs to the telephone system, which knows people by their extension, tells whole
    /// seconds, and ends every session when it restarts.
    pub(crate) fn is_telephony(self) -> bool {
        matches!(self, Surface::Phone | Surface::Queue)
    }

    /// Whether its source names sessions by an id.
    pub(crate) fn has_session_ids(self) -> bool {
        self == Surface::Desktop
    }
}
