/** Up to which moment an answer is complete, and how its sources do. */
import { Button, Group, Popover, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconClock } from "@tabler/icons-react";
import { type SourceHealth, type Watermark, hasEvents } from "./types";
import { type ReportWords, useWords } from "./words";

interface Props {
  watermark: Watermark;
  /** The seq that the definition asks for. */
  asOf: number | undefined;
  /** The zone in which the report shows its times. */
  zone: string;
}

export function WatermarkNote({ watermark, asOf, zone }: Props) {
  const { t, format } = useWords();
  const { complete, complete_to, held_back_by, sources, seq } = watermark;
  const isTroubled = sources.some((source) => troubles(source, t, format).length > 0);
  const holding = sources.find(({ source }) => source === held_back_by);
  const told = complete
    ? t("report:watermark.complete")
    : complete_to == null
      ? t("report:watermark.unknown")
      : t("report:watermark.completeTo", { moment: format.minute(complete_to, zone) });
  // How sources do says nothing against an answer that is complete.
  const StateIcon = complete ? IconCircleCheck : isTroubled ? IconAlertTriangle : IconClock;
  return (
    <Popover position="bottom-start" shadow="md" width="min(680px, calc(100vw - 2rem))" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button size="compact-sm" variant="subtle" color="gray" c="inherit" leftSection={<StateIcon size={16} aria-hidden />} aria-label={`${t("report:watermark.button")}: ${told}`}>
          {told}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap="xs">
          {holding !== undefined && (
            <Text size="sm">{t("report:watermark.heldBack", { source: holding.source, moment: format.moment(holding.newest_event_time, zone) })}</Text>
          )}
          <Table.ScrollContainer minWidth={560}>
            <Table verticalSpacing={4} aria-label={t("report:watermark.sources")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("report:watermark.source")}</Table.Th>
                  <Table.Th>{t("report:watermark.newest")}</Table.Th>
                  <Table.Th>{t("report:watermark.received")}</Table.Th>
                  <Table.Th>{t("report:watermark.state")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {sources.map((source) => (
                  <Table.Tr key={source.source}>
                    <Table.Td>{source.source}</Table.Td>
                    <Table.Td className="moment">{hasEvents(source) ? format.moment(source.newest_event_time, zone) : "–"}</Table.Td>
                    <Table.Td className="moment">{format.moment(source.last_received_at, zone)}</Table.Td>
                    <Table.Td>
                      <SourceState source={source} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          <Text size="xs" c="dimmed">
            {asOf === undefined ? t("report:watermark.seq", { seq: format.number(seq) }) : t("report:watermark.asOf", { seq: format.number(asOf) })} ·{" "}
            {zone}
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function SourceState({ source }: { source: SourceHealth }) {
  const { t, format } = useWords();
  const told = troubles(source, t, format);
  if (told.length === 0) return hasEvents(source) ? t("report:watermark.fine") : t("report:watermark.none");
  return told.map((trouble) => (
    <Group key={trouble} gap={6} wrap="nowrap">
      <IconAlertTriangle size={16} aria-hidden />
      {trouble}
    </Group>
  ));
}

function troubles(source: SourceHealth, t: ReportWords, format: ReturnType<typeof useWords>["format"]): string[] {
  const { silent_seconds, clock_ahead_seconds, behind_seconds } = source;
  return [
    silent_seconds == null ? null : t("report:watermark.silent", { time: format.roughly(silent_seconds) }),
    clock_ahead_seconds == null ? null : t("report:watermark.ahead", { time: format.roughly(clock_ahead_seconds) }),
    behind_seconds == null ? null : t("report:watermark.behind", { time: format.roughly(behind_seconds) }),
  ].filter((text) => text !== null);
}
