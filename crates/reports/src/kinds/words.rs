//! How people read the words of closed vocabularies.

use crate::field::Word;

/// Activities of access events.
pub(super) const OPERATIONS: &[Word] = &[
    ("sign_in", "Sign In"),
    ("sign_out", "Sign Out"),
    ("forced_sign_in", "Forcible Sign In"),
    ("forced_sign_out", "Forcible Sign Out"),
    ("impersonation_start", "Impersonation Start"),
    ("impersonation_end", "Impersonation End"),
    ("system_start", "System Start"),
    ("system_stop", "System Stop"),
];

/// Outcomes.
pub(super) const RESULTS: &[Word] = &[("success", "Successful"), ("failure", "Failed")];

/// Outcomes as the activity audit spells them.
pub(super) const OUTCOMES: &[Word] = &[("success", "SUCCESS"), ("failure", "FAILURE")];

/// Categories of events.
pub(super) const CATEGORIES: &[Word] = &[
    ("access", "Access"),
    ("activity", "Activity"),
    ("webhook_failure", "Webhook failure"),
    ("integration_failure", "Integration failure"),
];

/// Effects of activities.
pub(super) const EFFECTS: &[Word] = &[("change", "Change"), ("read", "Read")];

/// Who or what caused an event.
pub(super) const CAUSES: &[Word] = &[("user", "User"), ("system", "System")];

/// Why sessions ended.
pub(super) const END_REASONS: &[Word] = &[
    ("signed_out", "Signed out"),
    ("forced_out", "Signed out by force"),
    ("system_signed_out", "Signed out by the system"),
    ("superseded", "Signed in again"),
    ("superseded_by_force", "Taken over by a forced sign-in"),
    ("expired", "Expired"),
    ("system_restart", "System restarted"),
    ("still_open", "Still open"),
    ("unknown_login", "Sign-in unknown"),
];

/// Kinds of sessions.
pub(super) const SESSION_KINDS: &[Word] = &[("sign_in", "Sign-in"), ("impersonation", "Impersonation")];
