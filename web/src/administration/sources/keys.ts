/** API keys: what the server tells of them, what they can do, and until when they count. */

/** A key as `GET /keys` tells it. The server's description gives its name to another shape, so it is spelt here. */
export interface ApiKey {
  id: string;
  name: string;
  state: string;
  scopes: string[];
  data_scope: unknown;
  created_by: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

/** The scopes with the names of their words. */
export const KEY_SCOPES = [
  { scope: "events:write", word: "eventsWrite" },
  { scope: "reports:read", word: "reportsRead" },
  { scope: "reports:write", word: "reportsWrite" },
  { scope: "reports:admin", word: "reportsAdmin" },
  { scope: "directory:read", word: "directoryRead" },
  { scope: "directory:write", word: "directoryWrite" },
  { scope: "quarantine:read", word: "quarantineRead" },
  { scope: "settings:write", word: "settingsWrite" },
  { scope: "access:read", word: "accessRead" },
  { scope: "access:write", word: "accessWrite" },
  { scope: "metrics:read", word: "metricsRead" },
  { scope: "store:archive", word: "storeArchive" },
  { scope: "store:admin", word: "storeAdmin" },
] as const;

/** A day's end in this browser's zone, as the API takes it. */
export function endOfDay(date: string): string {
  return new Date(`${date}T23:59:59`).toISOString();
}
