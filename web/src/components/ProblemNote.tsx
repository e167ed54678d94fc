/** A problem in words: what happened, why, and what to do about it. */
import type { ReactNode } from "react";
import { type Failure, explain } from "../failure";

interface NoteProps {
  what: string;
  why?: string | undefined;
  advice: string;
  children?: ReactNode;
}

export function Note({ what, why, advice, children }: NoteProps) {
  return (
    <div className="note" role="alert">
      <p>
        <strong>{what}.</strong> {why}
      </p>
      <p className="quiet">{advice}</p>
      {children !== undefined && <p className="actions">{children}</p>}
    </div>
  );
}

interface Props {
  failure: Failure;
  onAgain: () => void;
  /** Leaves the view that the server refuses. */
  onFresh?: () => void;
}

export function ProblemNote({ failure, onAgain, onFresh }: Props) {
  // Asking for the same again would be refused again.
  const leave = failure.status === 422 ? onFresh : undefined;
  return (
    <Note {...explain(failure)}>
      <button type="button" onClick={leave ?? onAgain}>
        {leave !== undefined ? "Start with a fresh view" : failure.cursorIsGone ? "Start anew" : "Try again"}
      </button>
    </Note>
  );
}
