/** What is related to a row: events of the same session, of the same item, of the same agent around it. */
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { asFailure } from "../../api/failure";
import { FailureNote, Waiting } from "../../ui/States";
import { toSearch } from "../address";
import { askPage, useOffers } from "../ask";
import { type Definition, type Filter, plainText, type Range, type ReportKind, type Row } from "../types";
import { wordOf } from "../vocabulary";
import { useWords } from "../words";
import classes from "./Drawer.module.css";

interface Relation {
  name: "sameSession" | "sameInstance" | "sameAgent";
  kind: ReportKind;
  range: Range;
  filters: Filter[];
}

const SHOWN = 8;
const DAY_MS = 86_400_000;

export function Related({ row, definition }: { row: Row; definition: Definition }) {
  const { t } = useWords();
  const { offers } = useOffers();
  const relations = relationsOf(row).filter(({ kind }) => offers?.some((offer) => offer.report === kind) === true);
  if (relations.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("report:drawer.noRelated")}
      </Text>
    );
  }
  return (
    <Stack gap="lg">
      {relations.map((relation) => (
        <Relations key={relation.name} relation={relation} definition={definition} own={row.event_id} />
      ))}
    </Stack>
  );
}

/** What a row says of what it belongs to. */
export function relationsOf(row: Row): Relation[] {
  const text = (name: string): string | null => (typeof row[name] === "string" && row[name] !== "" ? row[name] : null);
  const moment = text("event_time") ?? text("login_time") ?? text("logout_time");
  if (moment === null) return [];
  const around = (before: number, after: number): Range => ({
    from: new Date(Date.parse(moment) - before).toISOString(),
    to: new Date(Date.parse(text("logout_time") ?? moment) + after).toISOString(),
  });
  const found: Relation[] = [];
  const isOf = (field: string, value: string): Filter => ({ field, op: "in", values: [value] });
  const [session, instance, agent] = [text("session_id"), text("instance"), text("account") ?? text("agent")];
  if (session !== null) {
    const source = text("source");
    const filters = [isOf("session_id", session), ...(source === null ? [] : [isOf("source", source)])];
    found.push({ name: "sameSession", kind: "sign_in_log", range: around(3 * DAY_MS, 3 * DAY_MS), filters });
  }
  if (instance !== null) {
    found.push({ name: "sameInstance", kind: "activity_audit", range: around(30 * DAY_MS, 30 * DAY_MS), filters: [isOf("instance", instance)] });
  }
  if (agent !== null) {
    const field = text("account") === null ? "agent" : "account";
    found.push({ name: "sameAgent", kind: "sign_in_log", range: around(DAY_MS / 2, DAY_MS / 2), filters: [isOf(field, agent)] });
  }
  return found;
}

interface RelationsProps {
  relation: Relation;
  definition: Definition;
  /** The event that is looked at. */
  own: Row[string] | undefined;
}

function Relations({ relation, definition, own }: RelationsProps) {
  const { t, format } = useWords();
  const { offers } = useOffers();
  const { name, kind, range, filters } = relation;
  const columns = kind === "activity_audit" ? ["event_time", "activity", "triggered_by", "outcome"] : ["event_time", "activity", "outcome", "source"];
  const asked: Definition = { report: kind, range, time_zone: definition.time_zone, filters, sort: [{ field: "event_time", dir: "asc" }] };
  const { data, error, isPending } = useQuery({
    queryKey: ["related", asked],
    queryFn: ({ signal }) => askPage({ ...asked, columns: [...columns, "event_id"] }, { limit: SHOWN }, signal),
  });
  const offer = offers?.find((one) => one.report === kind);
  const fields = offer?.columns.filter((field) => columns.includes(field.name) && field.name !== "event_time") ?? [];
  return (
    <section>
      <Group justify="space-between" mb={4}>
        <Title order={3}>{t(`report:drawer.${name}`)}</Title>
        {data !== undefined && (
          <Anchor size="sm" renderRoot={(props) => <Link to="/report/$kind" params={{ kind }} search={toSearch(asked)} {...props} />}>
            {t("report:drawer.open")} ({format.number(data.total)})
          </Anchor>
        )}
      </Group>
      {isPending && <Waiting lines={3} />}
      {error !== null && <FailureNote failure={asFailure(error)} />}
      <ul className={classes.list}>
        {(data?.rows as Row[] | undefined)?.map((event) => (
          <li key={plainText(event.event_id)} className={classes.event} data-own={event.event_id === own || undefined}>
            <time dateTime={plainText(event.event_time)} className="moment">
              {format.moment(plainText(event.event_time), definition.time_zone)}
            </time>
            {fields.map((field) => {
              const value = event[field.name];
              return value == null ? null : <span key={field.name}>{wordOf(field, value, t) ?? plainText(value)}</span>;
            })}
          </li>
        ))}
      </ul>
    </section>
  );
}
