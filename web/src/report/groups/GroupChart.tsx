/** The first of the outermost groups as a chart: how many rows each has. The table beneath it says the same in numbers, of all. */
import { BarChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { Box, Text } from "@mantine/core";
import { fieldOf } from "../ask";
import type { Definition, Group, KindOffer } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { keyText } from "./keys";
import { useFirstGroups } from "./questions";

const MOST = 24;

/** How many rows a group has. */
function countOf(group: Group): number {
  const measures = group.measures as Record<string, unknown>;
  return typeof measures.count === "number" ? measures.count : 0;
}

export function GroupChart({ definition, offer, live }: { definition: Definition; offer: KindOffer; live: boolean }) {
  const { t, format } = useWords();
  const [key] = definition.group_by ?? [];
  const { data } = useFirstGroups(definition, MOST, live);
  if (key === undefined || data === undefined || data.groups.length < 2) return <Box h={data === undefined ? 160 : 0} />;
  const field = fieldOf(offer, key.field);
  const label = field === undefined ? key.field : labelOf(field, t);
  const bars = data.groups.map((group) => ({ name: keyText(group, key, definition, offer, format, t), rows: countOf(group) }));
  const part = bars.length < data.total ? t("report:chart.first", { shown: format.number(bars.length), total: format.number(data.total) }) : null;
  const title = [t("report:chart.by", { field: label }), part].filter((text) => text !== null).join(", ");
  return (
    <Box>
      {part !== null && (
        <Text size="xs" c="dimmed" mb={4}>
          {title}
        </Text>
      )}
      <Box role="img" aria-label={`${title}: ${bars.map(({ name, rows }) => `${name} ${format.number(rows)}`).join(", ")}`}>
        <BarChart
          h={160}
          data={bars}
          dataKey="name"
          series={[{ name: "rows", label: t("report:chart.rows"), color: "rollcall.8" }]}
          tickLine="none"
          gridAxis="x"
          valueFormatter={format.number}
          // So few ticks that none is left out for want of room: their steps are even.
          yAxisProps={{ tickFormatter: format.compact, width: 48, tickCount: 4, interval: 0, allowDecimals: false }}
          xAxisProps={{ interval: "equidistantPreserveStart" }}
          barProps={{ isAnimationActive: false, maxBarSize: 48 }}
        />
      </Box>
    </Box>
  );
}
