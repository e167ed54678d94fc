/**
 * Sessions on a line for each agent: when they were signed in, and how each session ended.
 *
 * A click on a bar opens its session. By keys, Tab goes from agent to agent, the arrows from bar to bar and from line to line, and
 * Enter opens. The table has the same sessions for those who hear it.
 *
 * All sessions of the range are read at once, up to a bound, so that zooming and scrolling ask nothing more.
 */
import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { asFailure } from "../../api/failure";
import { Empty, FailureNote, Waiting } from "../../ui/States";
import { LIVE_MS, askPage, asked } from "../ask";
import type { Span } from "../axis";
import type { Definition, KindOffer, ResolvedRange } from "../types";
import { useWords } from "../words";
import { Lanes } from "./Lanes";

interface Props {
  definition: Definition;
  offer: KindOffer;
  onOpen: (key: string) => void;
  /** Whether sessions are asked for anew as they come and go. */
  live?: boolean;
}

/** Most sessions that are drawn. */
const MAX_SESSIONS = 10_000;
const COLUMNS = ["session_key", "agent", "agent_id", "login_time", "logout_time", "ended_no_later_than", "end_reason", "channel", "login_forced"];

export function Timeline({ definition, offer, onOpen, live = false }: Props) {
  const { t, format } = useWords();
  const now = useNow();
  const { group_by: _, group_sort: __, measures: ___, ...rest } = definition;
  const question: Definition = { ...rest, columns: COLUMNS, sort: [{ field: "agent", dir: "asc" }, { field: "login_time", dir: "asc" }] };
  const { data, error, refetch } = useQuery({
    queryKey: ["timeline", asked(question)],
    queryFn: ({ signal }) => askPage(question, { limit: MAX_SESSIONS }, signal),
    refetchInterval: live ? LIVE_MS : false,
  });
  const failure = error === null ? null : <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (data === undefined) return failure ?? <Waiting lines={12} height={24} />;
  if (data.total === 0) return failure ?? <Empty what={t("report:timeline.empty")} advice={t("report:table.emptyAdvice")} />;
  return (
    <>
      {failure}
      {data.total > data.rows.length && (
        <Alert color="yellow" variant="light" py={6}>
          {t("report:timeline.tooMany", { shown: format.number(data.rows.length), total: format.number(data.total) })}
        </Alert>
      )}
      {/* A range such as the last hour moves on while it is looked at; what is looked at of it stays. */}
      <Lanes key={JSON.stringify(definition.range)} rows={data.rows} range={spanOf(data.range, now)} now={now} definition={definition} offer={offer} onOpen={onOpen} />
    </>
  );
}

/** The moment, anew every half minute. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The range, but of the future no more than a sliver. */
function spanOf(range: ResolvedRange, now: number): Span {
  const [from, end] = [Date.parse(range.from), Date.parse(range.to)];
  const to = Math.min(end, Math.max(now, Date.parse(range.as_of)));
  return { from, to: end > to ? to + (to - from) * 0.02 : end };
}
