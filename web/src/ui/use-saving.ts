/** Saves what a form holds, and sorts what the server has against it: to its field, to the top, or as somebody else's change. */
import { type ReactNode, createElement } from "react";
import type { Failure } from "../api/failure";
import { useAction } from "../session/use-action";
import { ServerWords } from "./ServerWords";

interface Wish {
  save: () => Promise<unknown>;
  /** Looks at what somebody else has changed meanwhile. Without it, that is a refusal like others. */
  meet?: () => Promise<unknown>;
}

export interface Saving {
  busy: boolean;
  /** What stands above the form: what none of its fields says. */
  failure: Failure | null;
  /** What is wrong with a field, in the server's words. */
  at: (field: string) => ReactNode;
  run: (wish: Wish) => void;
  /** These fields have been changed: what was wrong with them counts no more. */
  touched: (...fields: string[]) => void;
  /** Forgets what was wrong. */
  forget: () => void;
}

/** `fields` are those that the form has, by the API's names. */
export function useSaving(fields: readonly string[]): Saving {
  const { busy, failure, run, touched, forget } = useAction();
  const field = failure === null ? undefined : fields.find((one) => failure.isAbout(one));
  return {
    busy,
    failure: field === undefined ? failure : null,
    at: (name) => (failure !== null && field === name ? createElement(ServerWords, { text: detailOf(failure) }) : undefined),
    run: ({ save, meet }) =>
      run(async () => {
        try {
          await save();
        } catch (error) {
          if (meet === undefined || !isStale(error)) throw error;
          await meet();
        }
      }),
    touched,
    forget,
  };
}

function isStale(error: unknown): boolean {
  return (error as Partial<Failure>).status === 412;
}

/** What is wrong, without the name of the field in front: its label stands there. */
function detailOf({ problem, message }: Failure): string {
  const { field = "", detail = message } = problem;
  return detail.startsWith(`${field}: `) ? detail.slice(field.length + 2) : detail;
}
