/**
 * What is changed in a form, beside the version that it began with.
 *
 * Where somebody else has changed it meanwhile, what has been entered stays, what has not been touched becomes theirs, and
 * what they have changed is told.
 */
import { useState } from "react";
import { isSame, merged } from "./merge";

export interface Versioned<T> {
  value: T;
  /** The version, as a change has to name it. */
  tag: string;
}

/** What somebody else has changed: how it was before, how they have it, and how it was entered here. */
export interface Conflict<T> {
  before: T;
  theirs: T;
  mine: T;
}

export interface Draft<T> extends Versioned<T> {
  /** How it was in the version that it stands on. */
  began: T;
  isChanged: boolean;
  set: (part: Partial<T>) => void;
  conflict: Conflict<T> | null;
  /** Somebody else was first: this is how things stand now. */
  meet: (now: Versioned<T>) => void;
  takeTheirs: () => void;
  /** It is saved, and stands so now. */
  saved: (now: Versioned<T>) => void;
}

interface State<T> {
  /** The version that came last from outside. */
  present: string;
  base: Versioned<T>;
  value: T;
  conflict: Conflict<T> | null;
}

export function useDraft<T extends object>(present: Versioned<T>): Draft<T> {
  const [state, setState] = useState<State<T>>({ present: present.tag, base: present, value: present.value, conflict: null });
  const isChanged = !isSame(state.value, state.base.value);
  // A newer version is taken over as long as nothing has been entered.
  if (present.tag !== state.present) {
    const isKept = isChanged || present.tag === state.base.tag;
    setState(isKept ? { ...state, present: present.tag } : { present: present.tag, base: present, value: present.value, conflict: null });
  }
  return {
    value: state.value,
    tag: state.base.tag,
    began: state.base.value,
    isChanged,
    set: (part) => setState((now) => ({ ...now, value: { ...now.value, ...part } })),
    conflict: state.conflict,
    meet: (now) =>
      setState(({ base, value: mine, ...rest }) => ({
        ...rest,
        base: now,
        value: merged(base.value, mine, now.value),
        conflict: { before: base.value, theirs: now.value, mine },
      })),
    takeTheirs: () => setState((now) => ({ ...now, value: now.base.value, conflict: null })),
    saved: (now) => setState(({ present: last }) => ({ present: last, base: now, value: now.value, conflict: null })),
  };
}
