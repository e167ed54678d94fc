/** Dates, numbers and durations in the reader's locale. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { localeOf } from "./index";
import { type Format, formatFor } from "./format";

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => formatFor(localeOf(i18n.language)), [i18n.language]);
}
