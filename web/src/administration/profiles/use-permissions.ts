/** The permissions that the server knows, and how they are told in the reader's language. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import type { Permission } from "./permissions";

export function usePermissions() {
  return useQuery({
    queryKey: ["permissions"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/permissions", { signal }))).permissions,
    staleTime: Infinity,
  });
}

export interface PermissionWords {
  area: (name: string) => string;
  level: (name: string) => string;
  /** What it allows. */
  allows: (permission: Permission) => string;
}

/** What this page has no word for is told as the server calls it. */
export function usePermissionWords(): PermissionWords {
  const { t } = useTranslation("users");
  return useMemo(() => {
    const areas: Record<string, string> = t("matrix.areas", { returnObjects: true });
    const levels: Record<string, string> = t("matrix.level", { returnObjects: true });
    const abouts: Record<string, Record<string, string>> = t("matrix.allows", { returnObjects: true });
    return {
      area: (name) => areas[name] ?? name.replaceAll("_", " "),
      level: (name) => levels[name] ?? name.replaceAll("_", " "),
      allows: ({ area, level, about }) => abouts[area]?.[level] ?? about,
    };
  }, [t]);
}
