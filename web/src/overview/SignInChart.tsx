/** Sign-ins over time as bars. A bar that is clicked opens its rows; the table beside it does the same by keyboard. */
import { BarChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { toSearch } from "../report/address";
import { marksOf } from "../report/marks";
import { useBarWords } from "./bar-words";
import { type Span, attempts } from "./definitions";
import classes from "./overview.module.css";
import { type Bar, stepsTo, sumOf } from "./sign-in-bars";

export function SignInChart({ bars, span }: { bars: readonly Bar[]; span: Span }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const navigate = useNavigate();
  const zone = browserZone();
  const { others, most, mostFrom, success, failure } = sumOf(bars);
  const marks = new Map(marksOf(bars, zone, span === "last_24_hours" ? 12 : 10).map(({ from, isDay }) => [from, isDay]));
  const label = (from: string): string => (marks.get(from) === false ? format.time(from, zone) : format.shortDate(from, zone));
  const told = useBarWords(bars, span);
  const steps = stepsTo(most);
  const series = [
    { name: "success", label: t("signIns.success"), color: "var(--ov-success)" },
    { name: "failure", label: t("signIns.failure"), color: "var(--ov-failure)" },
    ...(others > 0 ? [{ name: "others", label: t("signIns.others"), color: "var(--ov-others)" }] : []),
  ];
  const open = (place: unknown): void => {
    const bar = bars[Number(place)];
    if (bar === undefined) return;
    const definition = attempts(zone, { from: bar.from, to: bar.to });
    void navigate({ to: "/report/$kind", params: { kind: definition.report }, search: toSearch(definition) });
  };
  const alternative = t("signIns.alternative", {
    success: format.number(success),
    failure: format.number(failure),
    most: format.number(most),
    from: mostFrom === "" ? "–" : format.minute(mostFrom, zone),
  });
  return (
    <div role="img" aria-label={alternative} className={classes.chart}>
      <BarChart
        h="100%"
        data={bars.map((bar) => ({ ...bar }))}
        dataKey="from"
        type="stacked"
        series={series}
        withLegend
        gridAxis="x"
        tickLine="none"
        valueFormatter={(value) => format.number(value)}
        xAxisProps={{ ticks: [...marks.keys()], tickFormatter: label, minTickGap: 16 }}
        yAxisProps={{ width: 48, ticks: steps, domain: [0, steps.at(-1) ?? 1], interval: 0, tickFormatter: (value: number) => format.number(value) }}
        legendProps={{ itemSorter: null }}
        tooltipProps={{ labelFormatter: (from: unknown) => told(String(from)) }}
        barProps={{ isAnimationActive: false, maxBarSize: 36 }}
        barChartProps={{ accessibilityLayer: false, onClick: ({ activeTooltipIndex }) => open(activeTooltipIndex) }}
      />
    </div>
  );
}
