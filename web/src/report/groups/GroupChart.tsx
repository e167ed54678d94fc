/** The outermost groups as a chart: how many rows each has. The table beneath it says the same in numbers. */
import { BarChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { Box } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { askGroups, asked, fieldOf } from "../ask";
import type { Definition, Group, GroupsAnswer, KindOffer } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { keyText } from "./keys";

const MOST = 24;

/** How many rows a group has. */
function countOf(group: Group): number {
  const measures = group.measures as Record<string, unknown>;
  return typeof measures.count === "number" ? measures.count : 0;
}

export function GroupChart({ definition, offer }: { definition: Definition; offer: KindOffer }) {
  const { t, format } = useWords();
  const [key] = definition.group_by ?? [];
  const { data } = useQuery({
    queryKey: ["group-chart", definition.report, asked(definition)],
    queryFn: ({ signal }) => askGroups(definition, 1, MOST, undefined, signal) as Promise<GroupsAnswer>,
  });
  if (key === undefined || data === undefined || data.groups.length < 2) return <Box h={data === undefined ? 160 : 0} />;
  const field = fieldOf(offer, key.field);
  const label = field === undefined ? key.field : labelOf(field, t);
  const bars = data.groups.map((group) => ({ name: keyText(group, key, definition, offer, format, t), rows: countOf(group) }));
  const title = t("report:chart.by", { field: label });
  return (
    <Box role="img" aria-label={`${title}: ${bars.map(({ name, rows }) => `${name} ${format.number(rows)}`).join(", ")}`}>
      <BarChart
        h={160}
        data={bars}
        dataKey="name"
        series={[{ name: "rows", label: t("report:chart.title"), color: "rollcall.8" }]}
        tickLine="none"
        gridAxis="x"
        valueFormatter={format.number}
        yAxisProps={{ tickFormatter: format.compact, width: 48 }}
        barProps={{ isAnimationActive: false, maxBarSize: 48 }}
      />
    </Box>
  );
}
