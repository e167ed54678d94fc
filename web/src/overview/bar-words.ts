/** The time of a bar in words, the same in the chart and in the table beside it. */
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import type { Span } from "./definitions";
import type { Bar } from "./sign-in-bars";

export function useBarWords(bars: readonly Bar[], span: Span): (from: string) => string {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const zone = browserZone();
  return (from) => {
    // The first one begins where the range does, within its hour or day; the last one goes on.
    const isWholeDay = span === "last_30_days" && from !== bars[0]?.from;
    const time = isWholeDay ? format.date(from, zone) : format.minute(from, zone);
    return bars.some((bar) => bar.from === from && bar.isRunning) ? t("signIns.running", { time }) : time;
  };
}
