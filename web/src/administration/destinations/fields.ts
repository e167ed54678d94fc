/** What each kind of destination is configured with, in the order of its form; docs/destinations.md says what it means. */
import type { Schemas } from "../../api/client";

export const KINDS = ["folder", "s3", "smtp", "webhook"] as const;
export type Kind = (typeof KINDS)[number];
export type Config = Record<string, unknown>;

/** A destination as those see it who may see destinations. */
export type Destination = Schemas["Destination"] & Schemas["Shown"];

export type FieldName =
  | "path"
  | "bucket"
  | "region"
  | "endpoint"
  | "addressing"
  | "allow_http"
  | "access_key_id"
  | "prefix"
  | "server_side_encryption"
  | "kms_key_id"
  | "ca_certificate"
  | "host"
  | "port"
  | "security"
  | "allow_unprotected"
  | "username"
  | "from"
  | "reply_to"
  | "to"
  | "as"
  | "max_attachment_bytes"
  | "url"
  | "inline_limit_bytes";

export type Choice = "path" | "virtual_host" | "AES256" | "aws:kms" | "starttls" | "implicit_tls" | "none" | "attachment" | "link";

export interface Field {
  name: FieldName;
  /** `mebibytes` are shown as such and sent as bytes; `mails` is a list of addresses, `lines` a text of several lines. */
  type: "text" | "number" | "mebibytes" | "flag" | "choice" | "mails" | "lines";
  required?: true;
  choices?: readonly Choice[];
  /** What holds if nothing is said. */
  otherwise?: string | number;
  max?: number;
  /** Whether it means anything beside the others. */
  when?: (config: Config) => boolean;
}

export const FIELDS: Readonly<Record<Kind, readonly Field[]>> = {
  folder: [{ name: "path", type: "text", required: true, otherwise: "/srv/reports" }],
  s3: [
    { name: "bucket", type: "text", required: true, otherwise: "reports" },
    { name: "region", type: "text", otherwise: "us-east-1" },
    { name: "access_key_id", type: "text", required: true, otherwise: "AKIA…" },
    { name: "prefix", type: "text", otherwise: "rollcall" },
    { name: "endpoint", type: "text", otherwise: "https://minio.example:9000" },
    { name: "addressing", type: "choice", choices: ["path", "virtual_host"] },
    { name: "allow_http", type: "flag", when: ({ endpoint }) => isFilled(endpoint) },
    { name: "server_side_encryption", type: "choice", choices: ["AES256", "aws:kms"] },
    { name: "kms_key_id", type: "text", when: (config) => config.server_side_encryption === "aws:kms" },
    { name: "ca_certificate", type: "lines", otherwise: "-----BEGIN CERTIFICATE-----" },
  ],
  smtp: [
    { name: "host", type: "text", required: true, otherwise: "mail.example.com" },
    { name: "security", type: "choice", choices: ["starttls", "implicit_tls", "none"] },
    { name: "port", type: "number", max: 65_535 },
    { name: "allow_unprotected", type: "flag", when: ({ security }) => security === "none" },
    { name: "username", type: "text", otherwise: "rollcall" },
    { name: "from", type: "text", required: true, otherwise: "Rollcall <rollcall@example.com>" },
    { name: "reply_to", type: "text", otherwise: "reports@example.com" },
    { name: "to", type: "mails", required: true, otherwise: "lead@example.com" },
    { name: "as", type: "choice", choices: ["attachment", "link"] },
    { name: "max_attachment_bytes", type: "mebibytes", otherwise: 20, max: 100, when: (config) => config.as !== "link" },
    { name: "ca_certificate", type: "lines", otherwise: "-----BEGIN CERTIFICATE-----" },
  ],
  webhook: [
    { name: "url", type: "text", required: true, otherwise: "https://hooks.example.com/reports" },
    { name: "allow_http", type: "flag" },
    { name: "inline_limit_bytes", type: "mebibytes", otherwise: 1, max: 16 },
  ],
};

export function kindOf(text: string): Kind | undefined {
  return KINDS.find((kind) => kind === text);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== "" && value !== false;
}

/** The configuration as it is sent: what is empty, or means nothing beside the rest, is left out. */
export function toSend(kind: Kind, config: Config): Config {
  const meant = FIELDS[kind].filter(({ name, when }) => isFilled(config[name]) && (when === undefined || when(config)));
  return Object.fromEntries(meant.map(({ name }) => [name, config[name]]));
}

/** Where a destination leads, in short. */
export function whereTo(kind: string, config: Config): string {
  const text = (name: string): string => {
    const value = config[name];
    return typeof value === "string" ? value : "";
  };
  switch (kind) {
    case "folder":
      return text("path");
    case "s3":
      return [text("bucket"), text("prefix")].filter((part) => part !== "").join("/");
    case "smtp":
      return Array.isArray(config.to) ? config.to.join(", ") : "";
    default:
      return text("url");
  }
}

/** A signing secret as Standard Webhooks has it: 32 random bytes. */
export function newSigningSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}
