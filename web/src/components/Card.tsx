/** The frame of what is asked before there are reports to see: a form on a card, with what is wrong and one button. */
import { type ReactNode, type SubmitEvent, useEffect } from "react";

interface Props {
  title: string;
  /** Where there is no field to begin with, reading begins at the title. */
  beginAtTitle?: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

export function Card({ title, beginAtTitle = false, onSubmit, children }: Props) {
  useEffect(() => {
    document.title = "Rollcall";
  }, []);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <h1 tabIndex={-1} ref={beginAtTitle ? focus : undefined}>
          {title}
        </h1>
        {children}
      </form>
    </main>
  );
}

function focus(element: HTMLElement | null): void {
  element?.focus();
}

/** What is wrong, in a place that is kept for it, so that nothing moves. `count` tells a problem from the same one before. */
export function Wrong({ text, count = 0 }: { text: string | null; count?: number }) {
  return (
    <div className="message">
      {text !== null && (
        <p key={count} className="wrong" role="alert">
          {text}
        </p>
      )}
    </div>
  );
}

/** The button that sends. It keeps the focus while it can't be used. */
export function Send({ busy, children }: { busy: boolean; children: ReactNode }) {
  return (
    <button type="submit" className="primary" aria-disabled={busy}>
      {children}
    </button>
  );
}
