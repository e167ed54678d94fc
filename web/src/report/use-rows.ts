/** The rows of a definition: the first page as a question of its own, the others as they are looked at. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { type Failure, asFailure } from "../api/failure";
import { askPage, asked } from "./ask";
import { columnsOf } from "./definition";
import { alsoAsked, keyOf } from "./keys";
import { PAGE_ROWS, RowStore } from "./table/row-store";
import type { Answer, Definition, KindOffer, Row } from "./types";

/** How often new rows are looked for in live mode. */
const LIVE_MS = 2_000;

export interface Rows {
  store: RowStore | null;
  /** What the rows are the answer to: what was asked before, until what is asked now is answered. */
  definition: Definition | null;
  answer: Answer | undefined;
  failure: Failure | null;
  /** Whether the rows are the answer to something else than what is asked now. */
  isOld: boolean;
  /** When the rows were last answered, in milliseconds. */
  answeredAt: number;
  /** Rows that have arrived since, and wait to be shown because somebody reads further below. */
  waiting: number;
  showWaiting: () => void;
  /** Keys of rows that were not there in the answer before. */
  fresh: ReadonlySet<string>;
}

/** An answer that is shown. */
interface Shown {
  definition: Definition;
  question: Definition;
  answer: Answer;
  keys: ReadonlySet<string>;
  fresh: ReadonlySet<string>;
  store: RowStore;
}

const FORBIDDEN = 403;
const NOBODY: ReadonlySet<string> = new Set();

/** In live mode new rows are shown as they arrive while the first rows are in sight. */
export function useRows(definition: Definition, offer: KindOffer, live: boolean, isAtTop: boolean): Rows {
  const question = useMemo(() => questionOf(definition, offer), [definition, offer]);
  const { data, error, dataUpdatedAt } = useQuery({
    queryKey: ["rows", definition.report, asked(question)],
    queryFn: ({ signal }) => askPage(question, { limit: PAGE_ROWS }, signal),
    refetchInterval: live ? LIVE_MS : false,
    staleTime: live ? 0 : 30_000,
  });
  const [shown, setShown] = useState<Shown | null>(null);
  const isOld = shown?.question !== question;
  // Another question shows its answer at once; a newer answer to the same one waits while somebody reads further below.
  if (data !== undefined && (isOld || (data !== shown.answer && (!live || isAtTop)))) setShown(next(definition, question, data, isOld || !live ? null : shown));
  useEffect(() => () => shown?.store.stop(), [shown]);
  return {
    store: shown?.store ?? null,
    definition: shown?.definition ?? null,
    answer: shown?.answer,
    failure: error === null ? null : asFailure(error),
    isOld,
    answeredAt: dataUpdatedAt,
    waiting: data === undefined || shown === null || isOld ? 0 : Math.max(data.total - shown.answer.total, 0),
    showWaiting: () => {
      if (data !== undefined) setShown((before) => next(definition, question, data, before));
    },
    fresh: shown?.fresh ?? NOBODY,
  };
}

/** Whether rows can't be shown: none came for what is asked now, or they may not be seen any more. */
export function areLost({ failure, isOld }: Rows): boolean {
  return failure !== null && (isOld || failure.status === FORBIDDEN);
}

/** An answer as it is shown after another one, in which some rows were not there. */
function next(definition: Definition, question: Definition, answer: Answer, before: Shown | null): Shown {
  const keys = new Set((answer.rows as Row[]).map((row) => keyOf(row, question.report)));
  const fresh = before === null ? NOBODY : new Set([...keys].filter((key) => !before.keys.has(key)));
  return { definition, question, answer, keys, fresh, store: new RowStore(question, answer) };
}

/** The definition as rows are asked by: its columns, and those that the page needs besides. */
function questionOf(definition: Definition, offer: KindOffer): Definition {
  const { group_by: _, measures: __, group_sort: ___, ...rest } = definition;
  const known = columnsOf(definition, offer).filter((name) => offer.columns.some((column) => column.name === name));
  return { ...rest, columns: alsoAsked(definition.report, known) };
}
