/**
 * Going to an OpenID provider and coming back. The view stays in the tab's session storage meanwhile: the
 * provider must not learn it, and what the provider sends back is an address without a view.
 */
import { noteSession } from "./trace";

const ITEM = "rollcall.view";
const ERROR = "sign_in_error";

/** Keeps the view until the browser comes back. */
export function keepView(): void {
  sessionStorage.setItem(ITEM, window.location.hash);
  // Who comes back has a session, which only the server and the browser know of.
  noteSession();
}

/**
 * Restores the view that was kept, and takes out of the address why nobody was signed in. Gives that reason;
 * null if there is none.
 */
export function returnFromProvider(): string | null {
  const { pathname, search, hash } = window.location;
  const kept = sessionStorage.getItem(ITEM) ?? "";
  sessionStorage.removeItem(ITEM);
  const parameters = new URLSearchParams(search);
  const error = parameters.get(ERROR);
  parameters.delete(ERROR);
  const rest = parameters.size > 0 ? `?${parameters.toString()}` : "";
  if (error !== null || (hash === "" && kept !== "")) window.history.replaceState(null, "", pathname + rest + (hash || kept));
  return error;
}

const KNOWN = ["not_begun", "refused_by_provider", "not_let_in", "provider_failed", "signed_in_elsewhere"] as const;

/** The name of the words for why nobody was signed in. */
export function signInErrorWord(error: string): (typeof KNOWN)[number] | "other" {
  return KNOWN.find((known) => known === error) ?? "other";
}

/** The one after which a sign-in can go on. */
export const SIGNED_IN_ELSEWHERE = "signed_in_elsewhere";
