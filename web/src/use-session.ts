/**
 * The session of this browser: whether there is one, whose it is, and how it begins and ends.
 */
import { useCallback, useEffect, useState } from "react";
import type { Session } from "./api-types";
import type { Failure } from "./failure";
import type { Doubt } from "./request";
import { currentSession } from "./session";
import { asFailure } from "./use-report";

export type SessionState =
  | { is: "unknown" }
  | { is: "unavailable"; failure: Failure }
  | { is: "none"; notice: string | null }
  | { is: "there"; session: Session };

const ENDED = "Your session has ended. Sign in again to go on where you were.";

export interface SessionHandle {
  state: SessionState;
  /** Somebody has signed in, or is another now. */
  begin: (session: Session) => void;
  /** They have signed out. */
  end: () => void;
  /** Asks anew what the session is. */
  again: () => void;
  /** An answer tells that a session is not what the page takes it for. */
  doubted: (session: Session, doubt: Doubt) => void;
}

export function useSession(): SessionHandle {
  const [state, setState] = useState<SessionState>({ is: "unknown" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    currentSession(controller.signal).then(
      (session) => {
        if (!controller.signal.aborted) setState((before) => (isAsBefore(before, session) ? before : { is: "there", session }));
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setState((before) => without(before, asFailure(error)));
      },
    );
    return () => controller.abort();
  }, [attempt]);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const doubted = useCallback(
    (doubtful: Session, doubt: Doubt) => {
      if (doubt === "changed") again();
      // An answer may come late, when somebody has signed in again.
      else setState((now) => (now.is === "there" && now.session === doubtful ? { is: "none", notice: ENDED } : now));
    },
    [again],
  );
  return {
    state,
    begin: (session) => setState({ is: "there", session }),
    end: () => setState({ is: "none", notice: null }),
    again,
    doubted,
  };
}

/** Whether nothing has changed. The session stays the same object then, so that nothing is asked anew for it. */
function isAsBefore(before: SessionState, session: Session): boolean {
  return before.is === "there" && JSON.stringify(before.session) === JSON.stringify(session);
}

function without(before: SessionState, failure: Failure): SessionState {
  if (failure.status !== 401) return { is: "unavailable", failure };
  return { is: "none", notice: before.is === "there" ? ENDED : null };
}
