/** Whose something is, and what a kind of report is called. */
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";

interface Owned {
  mine: boolean;
  owner: string;
  owner_name?: string | null;
}

/** The owner in a word; the names of keys can be long, so whoever shows it cuts it off. */
export function useOwnerName(): (owned: Owned) => string {
  const { t } = useTranslation("library");
  return ({ mine, owner, owner_name }) => {
    if (mine) return t("saved.me");
    return owner === "operator" ? t("saved.operator") : (owner_name ?? owner);
  };
}

export function useKindName(): (kind: string) => string {
  const { t } = useTranslation("shell");
  return (kind) => t(`page.${kind as "login_logout"}`, { defaultValue: kind });
}

/** A definition's range, short: a preset in words, bounds as they stand there. */
export function useRangeWords(): (definition: Schemas["ReportDefinition"]) => string {
  const { t } = useTranslation("report");
  return (definition) => {
    const { range = {} } = definition as { range?: { preset?: string; from?: string; to?: string } };
    const { preset, from, to } = range;
    if (preset !== undefined) return t(`preset.${preset as "yesterday"}`, { defaultValue: preset });
    return from === undefined && to === undefined ? t("range.label") : `${from ?? "…"} – ${to ?? "…"}`;
  };
}
