/** The way to the next page. */
import { useEffect, useRef } from "react";
import type { Answer } from "../api-types";

interface Props {
  answer: Answer;
  waiting: boolean;
  onMore: () => void;
}

export function Paging({ answer, waiting, onMore }: Props) {
  const end = useRef<HTMLParagraphElement>(null);
  const used = useRef(false);
  const more = answer.next_cursor !== null;
  const shown = answer.rows.length;
  useEffect(() => {
    // The button that had the focus is gone; without this the keyboard would begin at the top again.
    if (!more && used.current) end.current?.focus();
    used.current = false;
  }, [more]);
  if (!more) {
    return (
      <p className="paging quiet" ref={end} tabIndex={-1}>
        {shown > 0 && "All rows are shown."}
      </p>
    );
  }
  const load = (): void => {
    used.current = true;
    onMore();
  };
  return (
    <p className="paging">
      <button type="button" onClick={load} aria-disabled={waiting}>
        Load more
      </button>
      <span className="quiet">
        {shown.toLocaleString("en-GB")} of {answer.total.toLocaleString("en-GB")}
      </span>
    </p>
  );
}
