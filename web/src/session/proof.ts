/** How requests show who sends them. */
import { type Proof, asWhom } from "../api/client";
import { currentKey } from "./key";
import type { Session } from "./session";

/** Requests show a key, which stands for one alone; but no session, which may be another's by now. */
export function asUnknown(): void {
  const key = currentKey();
  asWhom(key === null ? null : { key }, () => undefined);
}

export function proofOf(session: Session): Proof {
  const key = currentKey();
  if (key !== null) return { key };
  const impersonator = session.impersonator;
  return { csrfToken: session.csrf_token ?? "", impersonator: impersonator == null ? null : `user:${impersonator.id}` };
}
