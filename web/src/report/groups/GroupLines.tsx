/** A group as a line of the table, and its subgroups beneath it. */
import { ActionIcon, Anchor, Button, Table } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconListDetails } from "@tabler/icons-react";
import { useState } from "react";
import { asFailure } from "../../api/failure";
import { FailureNote, Waiting } from "../../ui/States";
import { narrowed } from "../ask";
import { groupedBy, shownZone } from "../definition";
import type { Column, Definition, Group, KindOffer, Value } from "../types";
import { valueText } from "../vocabulary";
import { useWords } from "../words";
import classes from "./GroupTable.module.css";
import { keyText } from "./keys";
import { useGroups } from "./questions";

interface LinesProps {
  group: Group;
  depth: number;
  definition: Definition;
  offer: KindOffer;
  measures: readonly Column[];
  onChange: (definition: Definition) => void;
  live: boolean;
}

/** A group, and its subgroups once it is expanded. */
export function GroupLines({ group, depth, definition, offer, measures, onChange, live }: LinesProps) {
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
          <Anchor component="button" type="button" size="sm" className={classes.rows} onClick={showRows} title={t("report:group.drillDown", { group: label })}>
            {label}
          </Anchor>
          <IconListDetails size={14} aria-hidden className={classes.hint} />
        </Table.Th>
        {measures.map((measure) => (
          <Table.Td key={measure.name} className={classes.measure}>
            <Measured group={group} measure={measure} definition={definition} offer={offer} />
          </Table.Td>
        ))}
      </Table.Tr>
      {isExpanded && <Subgroups definition={within} depth={depth + 1} offer={offer} measures={measures} onChange={onChange} live={live} />}
    </>
  );
}

function Subgroups({ definition, depth, offer, measures, onChange, live }: Omit<LinesProps, "group">) {
  const { t } = useWords();
  const groups = useGroups(definition, depth, live);
  const columns = measures.length + 1;
  if (groups.data === undefined) {
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
          <GroupLines key={JSON.stringify(group.keys)} group={group} depth={depth} definition={definition} offer={offer} measures={measures} onChange={onChange} live={live} />
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

/** A measure of a group as people read it. */
export function Measured({ group, measure, definition, offer }: { group: Group; measure: Column; definition: Definition; offer: KindOffer }) {
  const { t, format } = useWords();
  const value = group.measures[measure.name] as Value | undefined;
  return valueText(value, measure, shownZone(definition, offer), format, t) ?? "";
}
