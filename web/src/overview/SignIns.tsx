/** Sign-ins and failures over time, as a chart or as a table. */
import { Group, SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { Card, Nothing } from "./Card";
import { SPANS, type Span, attempts } from "./definitions";
import classes from "./overview.module.css";
import { histogramOf } from "./questions";
import { ReportLink } from "./ReportLink";
import { barsOf } from "./sign-in-bars";
import { SignInTable } from "./SignInTable";

// Charts are large: they come when they are looked at.
const SignInChart = lazy(async () => ({ default: (await import("./SignInChart")).SignInChart }));

const BUCKETS: Record<Span, string> = { last_24_hours: "hour", last_7_days: "six_hours", last_30_days: "day" };

export function SignIns() {
  const { t } = useTranslation("overview");
  const [span, setSpan] = useState<Span>("last_7_days");
  const [look, setLook] = useState<"chart" | "table">("chart");
  const definition = attempts(browserZone(), { preset: span });
  const asked = useQuery(histogramOf(definition, { bucket: BUCKETS[span], split: "outcome" }));
  return (
    <Card
      title={t("signIns.title")}
      asked={asked}
      height="high"
      className={classes.wide}
      tools={
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label={t("signIns.range")}
            value={span}
            onChange={setSpan}
            data={SPANS.map((value) => ({ value, label: t(`signIns.${value}`) }))}
          />
          <SegmentedControl
            size="xs"
            aria-label={t("signIns.show")}
            value={look}
            onChange={(chosen) => setLook(chosen === "table" ? "table" : "chart")}
            data={[
              { value: "chart", label: t("signIns.chart") },
              { value: "table", label: t("signIns.table") },
            ]}
          />
        </Group>
      }
      all={<ReportLink to={definition}>{t("signIns.open")}</ReportLink>}
    >
      {(answer) => {
        if (answer.total === 0) return <Nothing what={t("signIns.empty")} />;
        const bars = barsOf(answer);
        if (look === "table") return <SignInTable bars={bars} span={span} />;
        return (
          <Suspense fallback={<Skeleton className={classes.high} />}>
            <SignInChart bars={bars} span={span} />
          </Suspense>
        );
      }}
    </Card>
  );
}
