/** What has become of an import. */
import { Button, Group, Paper, ScrollArea, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { Warning } from "../../ui/Warning";
import type { Rejected } from "./import-file";

interface DoneProps {
  answer: Schemas["ImportAnswer"];
  onAgain: () => void;
  onClose: () => void;
}

export function ImportDone({ answer, onAgain, onClose }: DoneProps) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const format = useFormat();
  return (
    <Stack gap="md" role="status">
      <Group gap="xs">
        <IconCircleCheck size={20} aria-hidden />
        <Title order={3}>{t("import.done")}</Title>
      </Group>
      <SimpleGrid cols={3} spacing="sm">
        {(["added", "changed", "unchanged"] as const).map((count) => (
          <Paper key={count} withBorder p="sm">
            <Text size="xs" c="dimmed">
              {t(`import.${count}`)}
            </Text>
            <Text size="xl" fw={650}>
              {format.number(answer[count])}
            </Text>
          </Paper>
        ))}
      </SimpleGrid>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onAgain}>
          {t("import.another")}
        </Button>
        <Button onClick={onClose} data-autofocus>
          {shared("action.close")}
        </Button>
      </Group>
    </Stack>
  );
}

export function ImportRefused({ rejected, total }: { rejected: readonly Rejected[]; total: number }) {
  const { t } = useTranslation("users");
  const format = useFormat();
  const hasLines = rejected.some(({ line }) => line > 0);
  return (
    <Stack gap="xs">
      <Warning role="alert" icon={<IconAlertTriangle aria-hidden />} title={t("import.refused")}>
        <Text size="sm">{t("import.refusedText", { count: total, shown: format.number(total) })}</Text>
        {total > rejected.length && <Text size="sm">{t("import.onlyFirst", { shown: format.number(rejected.length) })}</Text>}
      </Warning>
      <ScrollArea.Autosize mah={280} className="list" type="auto" viewportProps={{ tabIndex: 0, "aria-label": t("import.errors") }}>
        <Table stickyHeader verticalSpacing={4} aria-label={t("import.errors")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" className="numeric">
                {hasLines ? t("import.line") : t("import.record")}
              </Table.Th>
              <Table.Th scope="col">{t("import.column")}</Table.Th>
              <Table.Th scope="col">{t("import.reason")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rejected.map(({ index, line, field, reason }) => (
              <Table.Tr key={index}>
                <Table.Td className="numeric">{format.number(hasLines ? line : index + 1)}</Table.Td>
                <Table.Td>{field ?? "–"}</Table.Td>
                <Table.Td>{reason}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Stack>
  );
}
