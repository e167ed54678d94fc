/** Permissions in the reader's language. What this page has no word for is told as the server calls it. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";

export interface PermissionWords {
  area: (name: string) => string;
  level: (name: string) => string;
  /** What it allows. */
  allows: (permission: Pick<Schemas["PermissionAnswer"], "area" | "level" | "about">) => string;
  /** A permission by its name, such as `users view`: its area, and what it allows there. */
  named: (permission: string) => { area: string; allows: string };
  /** A permission by its name in short, as it is chosen: its area and its level. */
  titled: (permission: string) => string;
}

export function usePermissionWords(): PermissionWords {
  const { t } = useTranslation("users");
  return useMemo(() => {
    const areas: Record<string, string> = t("matrix.areas", { returnObjects: true });
    const levels: Record<string, string> = t("matrix.level", { returnObjects: true });
    const abouts: Record<string, Record<string, string>> = t("matrix.allows", { returnObjects: true });
    const area = (name: string): string => areas[name] ?? name.replaceAll("_", " ");
    const level = (name: string): string => levels[name] ?? name.replaceAll("_", " ");
    const parts = (permission: string): [string, string] => {
      const [areaName = "", levelName = ""] = permission.split(" ");
      return [areaName, levelName];
    };
    return {
      area,
      level,
      allows: (permission) => abouts[permission.area]?.[permission.level] ?? permission.about,
      named: (permission) => {
        const [areaName, levelName] = parts(permission);
        return { area: area(areaName), allows: abouts[areaName]?.[levelName] ?? level(levelName) };
      },
      titled: (permission) => {
        const [areaName, levelName] = parts(permission);
        return `${area(areaName)}: ${level(levelName)}`;
      },
    };
  }, [t]);
}
