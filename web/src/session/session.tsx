/**
 * Who uses the page: by the session of this browser or by a key of this tab, and what they may do.
 *
 * What an answer tells of whoever asks is believed at once: a session that has ended leads to the sign-in, with the view
 * still in the address; one that is another's now shows nothing of the one before.
 */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { type Doubt, type Proof, type Schemas, api, asWhom, told } from "../api/client";
import { type Failure, asFailure } from "../api/failure";
import { currentKey, forgetKey, onKeyChange } from "./key";

export type Session = Schemas["SessionAnswer"];

/** Why somebody has to sign in, if that isn't plain. */
export type Notice = "ended" | "keyUnknown";

export type SessionState =
  | { is: "unknown" }
  | { is: "unavailable"; failure: Failure }
  | { is: "none"; notice: Notice | null }
  | { is: "there"; session: Session };

export interface SessionHandle {
  state: SessionState;
  /** Somebody has signed in, or is another now. */
  begin: (session: Session) => void;
  /** They sign out: here and at the server. */
  signOut: () => Promise<void>;
  /** Asks anew who it is. */
  again: () => void;
}

const Context = createContext<SessionHandle | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const key = useSyncExternalStore(onKeyChange, currentKey);
  const [state, setState] = useState<SessionState>({ is: "unknown" });
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  // What somebody may see is not kept for the next one.
  const owner = useRef<string | null>(null);

  const enter = useCallback(
    (session: Session) => {
      const next = `${session.kind} ${session.id} ${session.impersonator?.id ?? ""}`;
      if (owner.current !== next) queries.clear();
      owner.current = next;
      asWhom(proofOf(session), (doubt: Doubt) => {
        if (doubt === "changed") again();
        else leave(currentKey() === null ? "ended" : "keyUnknown");
      });
      setState((before) => (isAsBefore(before, session) ? before : { is: "there", session }));
      function leave(notice: Notice): void {
        asWhom(null, () => undefined);
        forgetKey();
        setState({ is: "none", notice });
      }
    },
    [again, queries],
  );

  useEffect(() => {
    let gone = false;
    asWhom(key === null ? null : { key }, () => undefined);
    told(api.GET("/api/v1/session")).then(
      (session) => {
        if (!gone) enter(session);
      },
      (error: unknown) => {
        if (gone) return;
        const failure = asFailure(error);
        if (failure.status !== 401) setState({ is: "unavailable", failure });
        else {
          if (key !== null) forgetKey();
          setState((before) => ({ is: "none", notice: key !== null ? "keyUnknown" : noticeAfter(before) }));
        }
      },
    );
    return () => {
      gone = true;
    };
  }, [key, attempt, enter]);

  const signOut = useCallback(async () => {
    if (currentKey() === null) await api.DELETE("/api/v1/session");
    asWhom(null, () => undefined);
    forgetKey();
    owner.current = null;
    queries.clear();
    setState({ is: "none", notice: null });
  }, [queries]);

  const handle = useMemo(() => ({ state, begin: enter, signOut, again }), [state, enter, signOut, again]);
  return <Context.Provider value={handle}>{children}</Context.Provider>;
}

export function useSessionHandle(): SessionHandle {
  const handle = useContext(Context);
  if (handle === null) throw new Error("there is no SessionProvider around this");
  return handle;
}

export interface Who {
  session: Session;
  /** Whether they have any of these permissions, such as `users view`. */
  can: (...permissions: string[]) => boolean;
}

/** Whoever is signed in. Only where somebody is. */
export function useWho(): Who {
  const { state } = useSessionHandle();
  if (state.is !== "there") throw new Error("nobody is signed in");
  const { session } = state;
  return useMemo(() => {
    const had = new Set(session.grants.flatMap((grant) => grant.permissions));
    return { session, can: (...permissions) => permissions.some((permission) => had.has(permission)) };
  }, [session]);
}

function proofOf(session: Session): Proof {
  const key = currentKey();
  if (key !== null) return { key };
  const impersonator = session.impersonator;
  return { csrfToken: session.csrf_token ?? "", impersonator: impersonator == null ? null : `user:${impersonator.id}` };
}

/** Why somebody has to sign in whom the server doesn't know. What was said already stays said. */
function noticeAfter(before: SessionState): Notice | null {
  if (before.is === "there") return "ended";
  return before.is === "none" ? before.notice : null;
}

/** Whether nothing has changed. The session stays the same object then, so that nothing is asked anew for it. */
function isAsBefore(before: SessionState, session: Session): boolean {
  return before.is === "there" && JSON.stringify(before.session) === JSON.stringify(session);
}
