/** The rows of a definition: the first page as a question of its own, the others as they are looked at. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { askPage, asked } from "./ask";
import { columnsOf } from "./definition";
import { alsoAsked, keyOf } from "./keys";
import { PAGE_ROWS, RowStore } from "./table/row-store";
import type { Answer, Definition, KindOffer, Row } from "./types";

/** How often new rows are looked for in live mode. */
const LIVE_MS = 2_000;

export interface Rows {
  store: RowStore | null;
  answer: Answer | undefined;
  error: unknown;
  isFetching: boolean;
  refetch: () => void;
  /** Rows that have arrived since, and wait to be shown because somebody reads further below. */
  waiting: number;
  showWaiting: () => void;
  /** Keys of rows that were not there in the answer before. */
  fresh: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();

/** In live mode new rows are shown as they arrive while the first rows are in sight. */
export function useRows(definition: Definition, offer: KindOffer, enabled: boolean, live: boolean, isAtTop: boolean): Rows {
  const question = useMemo(() => questionOf(definition, offer), [definition, offer]);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["rows", definition.report, asked(question)],
    queryFn: ({ signal }) => askPage(question, { limit: PAGE_ROWS }, signal),
    enabled,
    refetchInterval: live ? LIVE_MS : false,
    staleTime: live ? 0 : 30_000,
  });
  const [held, setHeld] = useState<{ question: Definition; answer: Answer } | null>(null);
  // Another question shows its answer at once; a newer answer to the same one waits while somebody reads further below.
  const isSame = held?.question === question;
  const shows = isSame && live && !isAtTop ? held.answer : data;
  const before = useRef<{ question: Definition; keys: ReadonlySet<string> } | null>(null);
  const shown = useMemo(() => {
    if (shows === undefined) return null;
    const keys = new Set((shows.rows as Row[]).map((row) => keyOf(row, definition.report)));
    const old = before.current?.question === question && live ? before.current.keys : null;
    const fresh = old === null ? NOBODY : new Set([...keys].filter((key) => !old.has(key)));
    return { answer: shows, keys, fresh, store: new RowStore(question, shows) };
  }, [shows, question, definition.report, live]);
  useEffect(() => {
    if (shown === null) return undefined;
    before.current = { question, keys: shown.keys };
    setHeld({ question, answer: shown.answer });
    return () => shown.store.stop();
  }, [shown, question]);
  const waiting = data !== undefined && shown !== null && data !== shown.answer ? Math.max(data.total - shown.answer.total, 0) : 0;
  return {
    store: shown?.store ?? null,
    answer: shown?.answer,
    error,
    isFetching,
    refetch: () => void refetch(),
    waiting,
    showWaiting: () => {
      if (data !== undefined) setHeld({ question, answer: data });
    },
    fresh: shown?.fresh ?? NOBODY,
  };
}

/** The definition as rows are asked by: its columns, and those that the page needs besides. */
function questionOf(definition: Definition, offer: KindOffer): Definition {
  const { group_by: _, measures: __, group_sort: ___, ...rest } = definition;
  const known = columnsOf(definition, offer).filter((name) => offer.columns.some((column) => column.name === name));
  return { ...rest, columns: alsoAsked(definition.report, known) };
}
