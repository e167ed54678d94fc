/** A destination as it is filled in, and what is sent of it. */
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import type { TextOf } from "../../ui/ConflictNote";
import type { Versioned } from "../../ui/use-draft";
import type { Secret } from "../settings/SecretField";
import { tagOf } from "../settings/use-change";
import { type Config, type Destination, type Field, type Kind, kindOf, toSend } from "./fields";

export type Body = Schemas["DestinationBody"];

export interface Draft {
  name: string;
  kind: Kind;
  config: Config;
  secret: Secret;
  sessionToken: string;
}

export function draftOf(destination: Destination | null): Versioned<Draft> {
  const { name = "", kind = "", config = {}, version = 0 } = destination ?? {};
  return { value: { name, kind: kindOf(kind) ?? "folder", config, secret: undefined, sessionToken: "" }, tag: tagOf(version) };
}

/** A temporary key of S3 has two secrets, which go as an object. */
export function bodyOf({ name, kind, config, secret, sessionToken }: Draft): Body {
  const both = typeof secret === "string" && sessionToken !== "" ? { secret_access_key: secret, session_token: sessionToken } : secret;
  const body = { name, kind, config: toSend(kind, config) as Record<string, never> };
  return secret === undefined ? body : { ...body, secret: both as string | null };
}

/** What stands in its fields, in words. */
export function useTexts(fields: readonly Field[]): TextOf<Draft>[] {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const textOf = (value: unknown): string => {
    if (value === true || value === false) return common(value ? "word.yes" : "word.no");
    if (Array.isArray(value)) return value.join(", ");
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  return [
    { label: t("destinations.name"), text: ({ name }) => name },
    ...fields.map(({ name }) => ({ label: t(`destinations.field.${name}`), text: ({ config }: Draft) => textOf(config[name]) })),
  ];
}
