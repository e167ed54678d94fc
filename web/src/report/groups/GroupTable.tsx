/**
 * Rows grouped by keys: each group with its measures, expandable into its subgroups and leading to its rows, with sums.
 */
import { ActionIcon, Anchor, Button, ScrollArea, Table, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconListDetails } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asFailure } from "../../api/failure";
import { Empty, FailureNote, Waiting } from "../../ui/States";
import { askGroups, asked, fieldOf, narrowed } from "../ask";
import { groupedBy, shownZone } from "../definition";
import type { Column, Definition, Group, GroupsAnswer, KindOffer, SortKey, Value } from "../types";
import { labelOf, valueText } from "../vocabulary";
import { type ReportWords, useWords } from "../words";
import classes from "./GroupTable.module.css";
import { bucketWords } from "./buckets";
import { keyText } from "./keys";

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
}

const PAGE_GROUPS = 200;

export function GroupTable({ definition, offer, onChange }: Props) {
  const { t, format } = useWords();
  const groups = useGroups(definition, 1);
  if (groups.error !== null) return <FailureNote failure={asFailure(groups.error)} onAgain={() => void groups.refetch()} />;
  if (groups.data === undefined) return <Waiting lines={10} height={24} />;
  const [answer] = groups.data.pages;
  if (answer === undefined || answer.total === 0) return <Empty what={t("report:table.empty")} advice={t("report:table.emptyAdvice")} />;
  const measures = measuresOf(answer);
  const all = groups.data.pages.flatMap((page) => page.groups);
  const sort = (name: string): void => {
    const [first] = definition.group_sort ?? [];
    const dir: SortKey["dir"] = first?.field === name && first.dir === "desc" ? "asc" : "desc";
    onChange({ ...definition, group_sort: [{ field: name, dir }] });
  };
  const keys = definition.group_by ?? [];
  const [sorted] = definition.group_sort ?? [];
  const name = (key: { field: string; bucket?: string }): string => {
    const field = fieldOf(offer, key.field);
    const label = field === undefined ? key.field : labelOf(field, t);
    return key.bucket === undefined ? label : `${label} (${bucketWords(key.bucket, t)})`;
  };
  return (
    <ScrollArea className={classes.frame} type="auto">
      <Table stickyHeader highlightOnHover verticalSpacing={4} aria-label={t("report:look.groups")} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">
              {keys.map(name).join(" → ")}
            </Table.Th>
            {measures.map((measure) => (
              <Table.Th key={measure.name} scope="col" className={classes.measure} aria-sort={sorted?.field === measure.name ? (sorted.dir === "asc" ? "ascending" : "descending") : undefined}>
                <UnstyledButton className="sort-button" onClick={() => sort(measure.name)} title={measure.meaning}>
                  {labelOf(measure, t)}
                  {answer.approximate.includes(measure.name) && ` (${t("report:group.approximate")})`}
                </UnstyledButton>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.map((group) => (
            <GroupLines key={JSON.stringify(group.keys)} group={group} depth={1} definition={definition} offer={offer} measures={measures} onChange={onChange} />
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th scope="row">{t("report:group.sum", { count: all.length })}</Table.Th>
            {measures.map((measure) => (
              <Table.Td key={measure.name} className={classes.measure}>
                {measureText(sumOf(all, measure.name), measure, definition, offer, format, t)}
              </Table.Td>
            ))}
          </Table.Tr>
        </Table.Tfoot>
      </Table>
      {groups.hasNextPage && (
        <Button m="sm" size="xs" variant="default" loading={groups.isFetchingNextPage} onClick={() => void groups.fetchNextPage()}>
          {t("report:group.moreGroups")} ({format.number(answer.total - all.length)})
        </Button>
      )}
    </ScrollArea>
  );
}

interface LinesProps {
  group: Group;
  depth: number;
  definition: Definition;
  offer: KindOffer;
  measures: readonly Column[];
  onChange: (definition: Definition) => void;
}

/** A group, and its subgroups once it is expanded. */
function GroupLines({ group, depth, definition, offer, measures, onChange }: LinesProps) {
  const { t, format } = useWords();
  const [isExpanded, setIsExpanded] = useState(false);
  const keys = definition.group_by ?? [];
  const key = keys[depth - 1];
  const isLast = depth >= keys.length;
  const label = key === undefined ? "" : keyText(group, key, definition, offer, format, t);
  const within = narrowed(definition, group.drill_down);
  const showRows = (): void => onChange(groupedBy(within, []));
  return (
    <>
      <Table.Tr>
        <Table.Th scope="row" className={classes.key} data-depth={depth}>
          {isLast ? (
            <span className={classes.leaf} />
          ) : (
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-expanded={isExpanded}
              aria-label={t(isExpanded ? "report:group.collapse" : "report:group.expand", { group: label })}
              onClick={() => setIsExpanded(!isExpanded)}
            >
              {isExpanded ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
            </ActionIcon>
          )}
          <Anchor component="button" type="button" size="sm" onClick={showRows} title={t("report:group.drillDown", { group: label })}>
            {label}
          </Anchor>
          <IconListDetails size={14} aria-hidden className={classes.hint} />
        </Table.Th>
        {measures.map((measure) => (
          <Table.Td key={measure.name} className={classes.measure}>
            {measureText(group.measures[measure.name] as Value | undefined, measure, definition, offer, format, t)}
          </Table.Td>
        ))}
      </Table.Tr>
      {isExpanded && <Subgroups definition={within} depth={depth + 1} offer={offer} measures={measures} onChange={onChange} />}
    </>
  );
}

function Subgroups({ definition, depth, offer, measures, onChange }: Omit<LinesProps, "group">) {
  const { t } = useWords();
  const groups = useGroups(definition, depth);
  const columns = measures.length + 1;
  if (groups.error !== null || groups.data === undefined) {
    return (
      <Table.Tr>
        <Table.Td colSpan={columns}>
          {groups.error === null ? <Waiting lines={2} height={16} /> : <FailureNote failure={asFailure(groups.error)} onAgain={() => void groups.refetch()} />}
        </Table.Td>
      </Table.Tr>
    );
  }
  return (
    <>
      {groups.data.pages
        .flatMap((page) => page.groups)
        .map((group) => (
          <GroupLines key={JSON.stringify(group.keys)} group={group} depth={depth} definition={definition} offer={offer} measures={measures} onChange={onChange} />
        ))}
      {groups.hasNextPage && (
        <Table.Tr>
          <Table.Td colSpan={columns}>
            <Button size="compact-xs" variant="default" onClick={() => void groups.fetchNextPage()}>
              {t("report:group.moreGroups")}
            </Button>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function useGroups(definition: Definition, depth: number) {
  return useInfiniteQuery({
    queryKey: ["groups", definition.report, asked(definition), depth],
    queryFn: ({ pageParam, signal }) => askGroups(definition, depth, PAGE_GROUPS, pageParam, signal) as Promise<GroupsAnswer>,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

function measuresOf(answer: GroupsAnswer): Column[] {
  const keys = answer.group_by.map(({ name }) => name);
  return answer.columns.filter(({ name }) => !keys.includes(name));
}

function measureText(value: Value | undefined, measure: Column, definition: Definition, offer: KindOffer, format: ReturnType<typeof useWords>["format"], t: ReportWords): string {
  return valueText(value, measure, shownZone(definition, offer), format, t) ?? "";
}

/** The sum over groups, of what adds up. */
export function sumOf(groups: readonly Group[], measure: string): Value {
  if (measure !== "count" && measure !== "duration_sum") return null;
  return groups.reduce((sum, group) => sum + Number((group.measures as Record<string, unknown>)[measure] ?? 0), 0);
}
