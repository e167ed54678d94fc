/** A row with all of its fields, what it changed, its JSON, and what is related to it. */
import { ActionIcon, Drawer, Group, Tabs, Text, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { asFailure } from "../../api/failure";
import { CopyText } from "../../ui/CopyText";
import { Empty, FailureNote, Waiting } from "../../ui/States";
import { askPage } from "../ask";
import { shownZone } from "../definition";
import { keyColumn } from "../keys";
import type { Definition, KindOffer, Row } from "../types";
import { useWords } from "../words";
import { Difference, hasDifference } from "./Difference";
import { Fields } from "./Fields";
import { Related } from "./Related";

interface Props {
  /** The key of the row; null while none is opened. */
  rowKey: string | null;
  definition: Definition;
  offer: KindOffer;
  onClose: () => void;
  onStep: (by: -1 | 1) => void;
  canStep: { back: boolean; on: boolean };
}

export function RowDrawer({ rowKey, definition, offer, onClose, onStep, canStep }: Props) {
  const { t } = useWords();
  const { data, error, isPending, refetch } = useRow(rowKey, definition, offer);
  return (
    <Drawer
      opened={rowKey !== null}
      onClose={onClose}
      // It stays where it is once it was opened: who opened it knows where the focus was.
      returnFocus={false}
      position="right"
      size="min(40rem, 100vw)"
      overlayProps={{ backgroundOpacity: 0.15 }}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
      title={
        <Group gap="xs">
          <Text fw={650}>{t("report:drawer.title")}</Text>
          <Tooltip label={t("report:drawer.previous")}>
            <ActionIcon size="sm" variant="default" disabled={!canStep.back} onClick={() => onStep(-1)} aria-label={t("report:drawer.previous")}>
              <IconChevronUp size={14} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t("report:drawer.next")}>
            <ActionIcon size="sm" variant="default" disabled={!canStep.on} onClick={() => onStep(1)} aria-label={t("report:drawer.next")}>
              <IconChevronDown size={14} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      }
    >
      {isPending && <Waiting lines={12} />}
      {error !== null && <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />}
      {data === null && <Empty what={t("report:drawer.gone")} advice={t("report:drawer.goneAdvice")} />}
      {data != null && <Row row={data} definition={definition} offer={offer} />}
    </Drawer>
  );
}

function Row({ row, definition, offer }: { row: Row; definition: Definition; offer: KindOffer }) {
  const { t } = useWords();
  const withChanges = hasDifference(row);
  return (
    <Tabs defaultValue={withChanges ? "changes" : "fields"} keepMounted={false}>
      <Tabs.List mb="sm">
        {withChanges && <Tabs.Tab value="changes">{t("report:drawer.changes")}</Tabs.Tab>}
        <Tabs.Tab value="fields">{t("report:drawer.fields")}</Tabs.Tab>
        <Tabs.Tab value="related">{t("report:drawer.related")}</Tabs.Tab>
        <Tabs.Tab value="json">{t("report:drawer.json")}</Tabs.Tab>
      </Tabs.List>
      {withChanges && (
        <Tabs.Panel value="changes">
          <Difference row={row} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="fields">
        <Fields row={row} definition={definition} offer={offer} />
      </Tabs.Panel>
      <Tabs.Panel value="related">
        <Related row={row} definition={definition} zone={shownZone(definition, offer)} />
      </Tabs.Panel>
      <Tabs.Panel value="json">
        <CopyText text={JSON.stringify(row, null, 2)} label={t("report:drawer.json")} />
      </Tabs.Panel>
    </Tabs>
  );
}

/** The row with all columns of its kind, as the report knows it; null if it isn't in the report any more. */
function useRow(rowKey: string | null, definition: Definition, offer: KindOffer) {
  return useQuery({
    queryKey: ["row", definition.report, definition.time_zone, definition.clock, definition.as_of_seq, definition.range, rowKey],
    queryFn: async ({ signal }): Promise<Row | null> => {
      const filters = [{ field: keyColumn(definition.report), op: "in" as const, values: [rowKey ?? ""] }];
      const { group_by: _, group_sort: __, measures: ___, ...rest } = definition;
      const columns = offer.columns.map(({ name }) => name);
      const answer = await askPage({ ...rest, columns, filters, sort: [] }, { limit: 1 }, signal);
      return (answer.rows[0] as Row | undefined) ?? null;
    },
    enabled: rowKey !== null,
  });
}
