/** A security profile as it is filled in, and what is sent of it. */
import { useTranslation } from "react-i18next";
import { type Schemas, api, toldWithTag } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import type { TextOf } from "../../ui/ConflictNote";
import { usePermissionWords } from "../../ui/permission-words";
import type { Versioned } from "../../ui/use-draft";
import type { Profile } from "../users/queries";
import { type ScopeEntry, entryOf, scopeIn, scopeOf } from "./scope";
import { useScopeText } from "./use-scope-text";

export interface Draft {
  name: string;
  permissions: string[];
  scope: ScopeEntry;
}

export function freshProfile(id: string, signal?: AbortSignal): Promise<Versioned<Profile>> {
  return toldWithTag(api.GET("/api/v1/profiles/{id}", { params: { path: { id } }, ...(signal === undefined ? {} : { signal }) }));
}

export function draftOf(profile: Profile | null): Draft {
  return { name: profile?.name ?? "", permissions: profile?.permissions ?? [], scope: entryOf(scopeIn(profile?.scope ?? "all")) };
}

/** The description calls a scope an object, and a scope of all rows is a text. */
export function bodyOf({ name, permissions, scope }: Draft): Schemas["ProfileBody"] {
  return { name, permissions, scope: scopeOf(scope) } as unknown as Schemas["ProfileBody"];
}

/** What stands in its fields, in words: permissions by area, as they are chosen. */
export function useTexts(): TextOf<Draft>[] {
  const { t } = useTranslation("users");
  const { list } = useFormat();
  const words = usePermissionWords();
  const scopeText = useScopeText();
  return [
    { label: t("profile.name"), text: ({ name }) => name },
    { label: t("profile.permissions"), text: ({ permissions }) => list([...permissions].sort().map(words.titled)) },
    { label: t("scope.title"), text: ({ scope }) => scopeText(scopeOf(scope)) },
  ];
}
