/**
 * Who uses the page: by the session of this browser or by a key of this tab, and what they may do.
 *
 * What an answer tells of whoever asks is believed at once: a session that has ended leads to the sign-in, with the view
 * still in the address; one that is another's now shows nothing of the one before. Whoever signs in again after their session
 * has ended finds their page as they left it.
 */
import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { type Doubt, type Schemas, api, asWhom, told } from "../api/client";
import { type Failure, asFailure } from "../api/failure";
import { currentKey, forgetKey, onKeyChange } from "./key";
import { onNews, tellOtherTabs } from "./other-tabs";
import { presentPlace } from "./place";
import { asUnknown, proofOf } from "./proof";
import { mayHaveSession, noteNoSession, noteSession } from "./trace";

export type Session = Schemas["SessionAnswer"];

/** The question how one can sign in, which is no part of a page. */
export const SIGN_IN = ["sign-in"];

/** Why somebody has to sign in, if that isn't plain. */
export type Notice = "ended" | "keyUnknown" | "signedOutElsewhere";

export type SessionState =
  | { is: "unknown" }
  | { is: "unavailable"; failure: Failure }
  | { is: "none"; notice: Notice | null }
  /** `isSwitched`: they have taken the place of another one, without a sign-in between. */
  | { is: "there"; session: Session; isSwitched: boolean };

/** How things stand, and whose page is kept for them. */
interface Standing {
  state: SessionState;
  /** Whose page there is: shown while they are there, hidden while they have to sign in again. */
  kept: Session | null;
  /** Leads to where they were in it when it was hidden. */
  goBack: (() => void) | null;
}

export interface SessionHandle extends Standing {
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
  const [standing, setStanding] = useState<Standing>({ state: { is: "unknown" }, kept: null, goBack: null });
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  // What somebody may see is not kept for the next one.
  const owner = useRef<string | null>(null);
  // How often it has become known otherwise who is there, or that nobody is: what was asked before then counts no more.
  const findings = useRef(0);
  const provenBy = useRef<string | null | undefined>(undefined);
  /** Asks because somebody else may be there: until that is known nothing is done in their name. */
  const inDoubt = useCallback(() => {
    asUnknown();
    again();
  }, [again]);

  const enter = useCallback(
    (session: Session) => {
      const next = ownerOf(session);
      if (owner.current !== next) queries.clear();
      owner.current = next;
      asWhom(proofOf(session), (doubt: Doubt) => {
        if (doubt === "changed") inDoubt();
        else leave(currentKey() === null ? "ended" : "keyUnknown");
      });
      if (currentKey() === null) noteSession();
      setStanding((before) => afterEntering(before, session));
      function leave(notice: Notice): void {
        findings.current++;
        asWhom(null, () => undefined);
        forgetKey();
        holdAnswers(queries);
        setStanding((before) => hidden(before, { is: "none", notice }));
      }
    },
    [inDoubt, queries],
  );

  /** Nobody is there, and nothing of whoever was is kept. */
  const abandon = useCallback(
    (notice: Notice | null) => {
      findings.current++;
      asWhom(null, () => undefined);
      forgetKey();
      owner.current = null;
      queries.clear();
      // Whoever signs out is told nothing; who has to sign in for another reason has been told it.
      setStanding(({ state }) => ({ state: state.is === "none" && notice !== null ? state : { is: "none", notice }, kept: null, goBack: null }));
    },
    [queries],
  );

  useEffect(() => {
    let gone = false;
    const before = findings.current;
    const isOld = (): boolean => gone || before !== findings.current;
    // Whoever is there goes on meanwhile.
    if (provenBy.current !== key) asUnknown();
    provenBy.current = key;
    const refuse = (): void => {
      asWhom(null, () => undefined);
      if (key !== null) forgetKey();
      else noteNoSession();
      setStanding((before) => hidden(before, { is: "none", notice: key !== null ? "keyUnknown" : noticeAfter(before) }));
    };
    const asked = key === null && !mayHaveSession() ? Promise.resolve(null) : told(api.GET("/api/v1/session"));
    asked.then(
      (session) => {
        if (isOld()) return;
        if (session === null) refuse();
        else enter(session);
      },
      (error: unknown) => {
        if (isOld()) return;
        const failure = asFailure(error);
        holdAnswers(queries);
        if (failure.status === 401) refuse();
        else setStanding((before) => hidden(before, { is: "unavailable", failure }));
      },
    );
    return () => {
      gone = true;
    };
  }, [key, attempt, enter, queries]);

  useEffect(
    () =>
      onNews((news) => {
        // Who comes with a key has it in this tab alone.
        if (currentKey() !== null) return;
        if (news === "changed") inDoubt();
        else abandon("signedOutElsewhere");
      }),
    [inDoubt, abandon],
  );

  const begin = useCallback(
    (session: Session) => {
      findings.current++;
      enter(session);
      if (currentKey() === null) tellOtherTabs("changed");
    },
    [enter],
  );

  const signOut = useCallback(async () => {
    if (currentKey() === null) {
      await api.DELETE("/api/v1/session").catch((error: unknown) => {
        // A session that has ended already needs no more.
        if (asFailure(error).status !== 401) throw error;
      });
      noteNoSession();
      tellOtherTabs("signedOut");
    }
    abandon(null);
  }, [abandon]);

  const handle = useMemo(() => ({ ...standing, begin, signOut, again }), [standing, begin, signOut, again]);
  return <Context.Provider value={handle}>{children}</Context.Provider>;
}

export function useSessionHandle(): SessionHandle {
  const handle = useContext(Context);
  if (handle === null) throw new Error("there is no SessionProvider around this");
  return handle;
}

const OfWhom = createContext<Session | null>(null);

/** Whose everything in it is: also while it is hidden, and nobody is signed in. */
export function OfSession({ session, children }: { session: Session; children: ReactNode }) {
  return <OfWhom.Provider value={session}>{children}</OfWhom.Provider>;
}

export interface Who {
  session: Session;
  /** Whether they have any of these permissions, such as `users view`. */
  can: (...permissions: string[]) => boolean;
}

/** Whoever is signed in. Only where somebody is. */
export function useWho(): Who {
  const session = useContext(OfWhom);
  if (session === null) throw new Error("nobody is signed in");
  return useMemo(() => {
    const had = new Set(session.grants.flatMap((grant) => grant.permissions));
    return { session, can: (...permissions) => permissions.some((permission) => had.has(permission)) };
  }, [session]);
}

/** Whether whoever is there has just taken the place of another one: by acting as somebody, or ending that. */
export function useIsSwitched(): boolean {
  const { state } = useSessionHandle();
  return state.is === "there" && state.isSwitched;
}

/** Who it is, as whom: a page belongs to one of them. */
export function ownerOf(session: Session): string {
  return `${session.kind} ${session.id} ${session.impersonator?.id ?? ""}`;
}

function afterEntering(before: Standing, session: Session): Standing {
  const { state } = before;
  // The session stays the same object if nothing has changed, so that nothing is asked anew for it.
  if (state.is === "there" && JSON.stringify(state.session) === JSON.stringify(session)) return before;
  const isSame = before.kept !== null && ownerOf(before.kept) === ownerOf(session);
  const isSwitched = state.is === "there" && (ownerOf(state.session) !== ownerOf(session) || state.isSwitched);
  // Who has to choose a password first comes back to their page after that.
  const kept = session.restriction == null ? session : isSame ? before.kept : null;
  return { state: { is: "there", session, isSwitched }, kept, goBack: isSame ? before.goBack : null };
}

/** Whether somebody sees their page. */
export function isShown(state: SessionState): boolean {
  return state.is === "there" && state.session.restriction == null;
}

/** Nobody sees the page any more, if somebody did; it is kept as it is. */
function hidden(before: Standing, state: SessionState): Standing {
  return { state, kept: before.kept, goBack: isShown(before.state) ? presentPlace() : before.goBack };
}

/** Why somebody has to sign in whom the server doesn't know. What was said already stays said. */
function noticeAfter({ state, kept }: Standing): Notice | null {
  if (state.is === "none") return state.notice;
  return state.is === "there" || kept !== null ? "ended" : null;
}

/**
 * Has answers outlast the time for which their page is hidden, as they are: what is being asked fails of this alone. What they
 * tell is asked anew once the page is shown.
 */
function holdAnswers(queries: QueryClient): void {
  const ofPage = { predicate: ({ queryKey }: { queryKey: QueryKey }) => queryKey[0] !== SIGN_IN[0] };
  for (const query of queries.getQueryCache().findAll({ ...ofPage, type: "active" })) query.setOptions({ ...query.options, gcTime: Infinity });
  void queries.cancelQueries(ofPage);
  void queries.invalidateQueries({ ...ofPage, refetchType: "none" });
}
