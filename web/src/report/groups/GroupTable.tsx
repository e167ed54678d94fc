/**
 * Rows grouped by keys: each group with its measures, expandable into its subgroups and leading to its rows, and beneath them the
 * measures of all rows.
 */
import { Button, Skeleton, Table, Text, UnstyledButton } from "@mantine/core";
import { asFailure } from "../../api/failure";
import { Empty, FailureNote, Waiting } from "../../ui/States";
import { fieldOf } from "../ask";
import type { Column, Definition, GroupsAnswer, KindOffer, SortKey } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { GroupCount } from "./GroupCount";
import { GroupLines, Measured } from "./GroupLines";
import classes from "./GroupTable.module.css";
import { bucketWords } from "./buckets";
import { measuresOf, useAll, useGroups } from "./questions";

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
  live: boolean;
}

export function GroupTable({ definition, offer, onChange, live }: Props) {
  const { t, format } = useWords();
  const groups = useGroups(definition, 1, live);
  const failure = groups.error === null ? null : <FailureNote failure={asFailure(groups.error)} onAgain={() => void groups.refetch()} />;
  if (groups.data === undefined) return failure ?? <Waiting lines={10} height={24} />;
  const [answer] = groups.data.pages;
  if (answer === undefined) return failure;
  const count = <GroupCount definition={definition} total={answer.total} live={live} />;
  if (answer.total === 0) {
    return (
      <>
        {count}
        {failure ?? <Empty what={t("report:table.empty")} advice={t("report:table.emptyAdvice")} />}
      </>
    );
  }
  const measures = measuresOf(answer);
  const all = groups.data.pages.flatMap((page) => page.groups);
  return (
    <>
      {failure}
      {count}
      <div className={classes.frame} tabIndex={0} role="region" aria-label={t("report:look.groups")}>
        <Table stickyHeader highlightOnHover verticalSpacing={4} aria-label={t("report:look.groups")} className={classes.table}>
          <Heads answer={answer} measures={measures} definition={definition} offer={offer} onChange={onChange} />
          <Table.Tbody>
            {all.map((group) => (
              <GroupLines key={JSON.stringify(group.keys)} group={group} depth={1} definition={definition} offer={offer} measures={measures} onChange={onChange} live={live} />
            ))}
          </Table.Tbody>
          <All definition={definition} offer={offer} measures={measures} shown={all.length} total={answer.total} live={live} />
        </Table>
        {groups.hasNextPage && (
          <Button m="sm" size="xs" variant="default" loading={groups.isFetchingNextPage} onClick={() => void groups.fetchNextPage()}>
            {t("report:group.moreGroups")} ({format.number(answer.total - all.length)})
          </Button>
        )}
      </div>
    </>
  );
}

interface HeadsProps {
  answer: GroupsAnswer;
  measures: readonly Column[];
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
}

/** What the groups are by, and the measures, by which they are sorted. */
function Heads({ answer, measures, definition, offer, onChange }: HeadsProps) {
  const { t } = useWords();
  const [sorted] = definition.group_sort ?? [];
  const sort = (field: string): void => {
    const dir: SortKey["dir"] = sorted?.field === field && sorted.dir === "desc" ? "asc" : "desc";
    onChange({ ...definition, group_sort: [{ field, dir }] });
  };
  const name = (key: { field: string; bucket?: string }): string => {
    const field = fieldOf(offer, key.field);
    const label = field === undefined ? key.field : labelOf(field, t);
    return key.bucket === undefined ? label : `${label} (${bucketWords(key.bucket, t)})`;
  };
  return (
    <Table.Thead>
      <Table.Tr>
        <Table.Th scope="col" className={classes.key}>
          {(definition.group_by ?? []).map(name).join(" → ")}
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
  );
}

interface AllProps {
  definition: Definition;
  offer: KindOffer;
  measures: readonly Column[];
  /** How many groups are shown, and how many there are. */
  shown: number;
  total: number;
  live: boolean;
}

/** The measures of all rows. They are asked for: not all groups may be shown, and a median is no sum of medians. */
function All({ definition, offer, measures, shown, total, live }: AllProps) {
  const { t, format } = useWords();
  const { data, error } = useAll(definition, live);
  const [all] = data?.groups ?? [];
  return (
    <Table.Tfoot>
      <Table.Tr>
        <Table.Th scope="row" className={classes.key}>
          {t("report:group.all")}
          {shown < total && (
            <Text span size="xs" c="dimmed" ml="xs">
              {" "}
              {t("report:group.someShown", { shown: format.number(shown), total: format.number(total) })}
            </Text>
          )}
        </Table.Th>
        {measures.map((measure) => (
          <Table.Td key={measure.name} className={classes.measure}>
            {all !== undefined && <Measured group={all} measure={measure} definition={definition} offer={offer} />}
            {all === undefined && (error === null ? <Skeleton height={14} width="3.5rem" ml="auto" /> : "–")}
          </Table.Td>
        ))}
      </Table.Tr>
    </Table.Tfoot>
  );
}
