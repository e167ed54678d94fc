/** How a receiver verifies a call: the examples of docs/webhooks.md. */
export const VERIFYING = [
  {
    language: "Python",
    code: `import base64, hashlib, hmac, time

def is_genuine(secret: str, headers, body: bytes) -> bool:
    message_id, sent = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(sent)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = message_id.encode() + b"." + sent.encode() + b"." + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))`,
  },
  {
    language: "Node",
    code: `import { createHmac, timingSafeEqual } from "node:crypto";

export function isGenuine(secret, headers, body) {
  const id = headers["webhook-id"], sent = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(sent)) <= 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", key).update(\`\${id}.\${sent}.\`).update(body).digest("base64");
  const expected = Buffer.from(\`v1,\${mac}\`);
  return headers["webhook-signature"].split(" ").some((given) => {
    const bytes = Buffer.from(given);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}`,
  },
] as const;
