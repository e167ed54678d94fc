/** The command that sends events to this server, to be pasted into a shell. */

export interface Sending {
  /** Where the server lies. */
  base: string;
  format: string;
  source: string;
  /** The zone of times that bear none; empty if they do. */
  zone: string;
  /** The time of the example. */
  now: string;
}

/** What the file with the records is usually called. */
const FILES: Readonly<Record<string, string>> = {
  csv: "events.csv",
  keycloak: "keycloak.log",
  "keycloak-admin": "keycloak.log",
  "asterisk-queue-log": "/var/log/asterisk/queue_log",
  "amazon-connect-agent-events": "agent-events.json",
  wtmp: "/var/log/wtmp",
};

export function sendCommand({ base, format, source, zone, now }: Sending): string {
  const name = escaped(source.trim() === "" ? format : source.trim());
  const key = `-H "authorization: Bearer $KEY"`;
  if (format === "native") {
    const event = { event_time: now, category: "access", activity: "sign_in", outcome: "success", account: "mara.lind" };
    return `curl -sS '${base}/api/v1/events?source=${name}' \\\n  ${key} -H 'content-type: application/json' \\\n  -d '[${JSON.stringify(event)}]'`;
  }
  const times = zone === "" ? "" : `&time_zone=${escaped(zone)}`;
  return `curl -sS '${base}/api/v1/sources/${name}/records?format=${escaped(format)}${times}' \\\n  ${key} \\\n  --data-binary @${FILES[format] ?? "records"}`;
}

/** A text inside an address that stands in single quotes. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll("'", "%27");
}
