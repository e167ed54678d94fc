/** The table of signed-in time: agents and their total stay in sight beside the days, the days and theirs above and below. */
import { Table, Tooltip } from "@mantine/core";
import type { ResolvedRange } from "../types";
import { useWords } from "../words";
import classes from "./Summary.module.css";
import { type Cell, type Times, partOf } from "./signed-in";

interface Props {
  table: Times;
  range: ResolvedRange;
  zone: string;
}

export function Days({ table, range, zone }: Props) {
  const { t, format } = useWords();
  const { days, agents, sums, seconds } = table;
  return (
    <div className={classes.frame} tabIndex={0} role="region" aria-label={t("report:look.summary")}>
      <Table stickyHeader verticalSpacing={4} aria-label={t("report:summary.label")} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" className={classes.agent}>
              {t("report:summary.agent")}
            </Table.Th>
            {days.map((day) => (
              <Table.Th key={day} scope="col" className={classes.time} title={zone}>
                <DayHead day={day} range={range} zone={zone} />
              </Table.Th>
            ))}
            <Table.Th scope="col" className={classes.total}>
              {t("report:summary.total")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agents.map((agent) => (
            <Table.Tr key={agent.key}>
              <Table.Th scope="row" className={classes.agent} title={agent.name}>
                {agent.name}
              </Table.Th>
              {days.map((day) => {
                const cell = agent.days.get(day);
                return (
                  <Table.Td key={day} className={classes.time}>
                    {cell === undefined ? "" : <DayTime cell={cell} />}
                  </Table.Td>
                );
              })}
              <Table.Td className={classes.total}>{format.duration(agent.seconds)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th scope="row" className={classes.agent}>
              {t("report:summary.total")}
            </Table.Th>
            {days.map((day) => (
              <Table.Td key={day} className={classes.time}>
                {format.duration(sums.get(day) ?? 0)}
              </Table.Td>
            ))}
            <Table.Td className={classes.total}>{format.duration(seconds)}</Table.Td>
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </div>
  );
}

/** A day, and which part of it the range has if it is not all of it. */
function DayHead({ day, range, zone }: { day: string; range: ResolvedRange; zone: string }) {
  const { t, format } = useWords();
  const name = new Intl.DateTimeFormat(format.locale, { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" }).format(Date.parse(`${day}T00:00:00Z`));
  const { from, to } = partOf(day, range, zone);
  const notes = [
    from === null ? null : t("report:summary.from", { time: format.time(from, zone) }),
    to === null ? null : t("report:summary.to", { time: format.time(to, zone) }),
  ].filter((note) => note !== null);
  return (
    <>
      {name}
      {notes.length > 0 && <span className={classes.part}> {notes.join(" ")}</span>}
    </>
  );
}

function DayTime({ cell: { seconds, isOpen, isInferred } }: { cell: Cell }) {
  const { t, format } = useWords();
  const notes = [isOpen ? t("report:summary.open") : null, isInferred ? t("report:summary.inferred") : null].filter((note) => note !== null);
  const text = format.duration(seconds);
  if (notes.length === 0) return text;
  return (
    <Tooltip label={notes.join(", ")}>
      <span tabIndex={-1} className={classes.noted}>
        {text}
        <sup aria-label={notes.join(", ")}>{isOpen ? "○" : "≈"}</sup>
      </span>
    </Tooltip>
  );
}
