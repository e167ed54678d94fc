/** How a source is, in a few words: the worst that there is to say of it. */
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconClockExclamation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/use-format";
import { type SourceHealth, hasEvents } from "../report/types";
import { Sign } from "./Sign";

export function SourceState({ source }: { source: SourceHealth }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const { silent_seconds: silent, clock_ahead_seconds: ahead, behind_seconds: late } = source;
  if (typeof silent === "number") return <Sign icon={IconAlertTriangle} tone="bad" words={t("sources.silent", { time: format.roughly(silent) })} />;
  if (typeof ahead === "number") return <Sign icon={IconAlertTriangle} tone="bad" words={t("sources.ahead", { time: format.roughly(ahead) })} />;
  // It tells of what came last, which need not be what is newest: somebody may have sent in what is old.
  if (typeof late === "number") return <Sign icon={IconClockExclamation} tone="dimmed" words={t("sources.behind", { time: format.roughly(late) })} />;
  if (!hasEvents(source)) return <Sign icon={IconCircleDashed} tone="dimmed" words={t("sources.none")} />;
  return <Sign icon={IconCircleCheck} tone="good" words={t("sources.fine")} />;
}
