/** What is sent of a destination's form. */
import { describe, expect, it } from "vitest";
import { newSigningSecret, toSend, whereTo } from "./fields";

describe("toSend", () => {
  it("leaves out what is empty", () => {
    const config = { host: "mail.example.com", from: "a@example.com", to: ["b@example.com"], port: undefined, reply_to: "", username: null };
    expect(toSend("smtp", config)).toEqual({ host: "mail.example.com", from: "a@example.com", to: ["b@example.com"] });
  });

  it("leaves out what means nothing beside the rest", () => {
    expect(toSend("s3", { bucket: "reports", allow_http: true, kms_key_id: "k" })).toEqual({ bucket: "reports" });
    const meant = { bucket: "reports", endpoint: "http://minio:9000", allow_http: true, server_side_encryption: "aws:kms", kms_key_id: "k" };
    expect(toSend("s3", meant)).toEqual(meant);
  });

  it("sends no field of another kind", () => {
    expect(toSend("folder", { path: "/srv/reports", bucket: "reports" })).toEqual({ path: "/srv/reports" });
  });
});

describe("whereTo", () => {
  it("tells where each kind leads", () => {
    expect(whereTo("folder", { path: "/srv/reports" })).toBe("/srv/reports");
    expect(whereTo("s3", { bucket: "reports", prefix: "team" })).toBe("reports/team");
    expect(whereTo("smtp", { to: ["a@example.com", "b@example.com"] })).toBe("a@example.com, b@example.com");
    expect(whereTo("webhook", { url: "https://hooks.example.com" })).toBe("https://hooks.example.com");
  });
});

describe("newSigningSecret", () => {
  it("makes 32 bytes that are never the same", () => {
    const secret = newSigningSecret();
    expect(secret).toMatch(/^whsec_/);
    expect(atob(secret.slice("whsec_".length))).toHaveLength(32);
    expect(newSigningSecret()).not.toBe(secret);
  });
});
