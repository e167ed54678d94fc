/** Words and formats that everything about reports needs at once. */
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Format } from "../i18n/format";
import { useFormat } from "../i18n/use-format";

export type ReportWords = TFunction<["report", "fields", "common"]>;

export function useWords(): { t: ReportWords; format: Format } {
  const { t } = useTranslation(["report", "fields", "common"]);
  return { t, format: useFormat() };
}
