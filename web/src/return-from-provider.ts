/**
 * Going to an OpenID provider and coming back. The view stays in the tab's session storage meanwhile: the
 * provider must not learn it, and what the provider sends back is an address without a view.
 */
const ITEM = "rollcall.view";
const ERROR = "sign_in_error";

/** Keeps the view until the browser comes back. */
export function keepView(): void {
  sessionStorage.setItem(ITEM, window.location.hash);
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

/** Why nobody was signed in, in words. */
export function signInErrorWords(error: string): string {
  switch (error) {
    case "not_begun":
      return "This sign-in was not begun in this browser, or too long ago. Sign in anew.";
    case "refused_by_provider":
      return "The provider has not let you in.";
    case "not_let_in":
      return "The provider knows you, but Rollcall does not let you in. Ask an administrator.";
    case "provider_failed":
      return "The provider can't be used now. Try again later, or sign in with a password.";
    case SIGNED_IN_ELSEWHERE:
      return "You are signed in elsewhere, and may be once at a time.";
    default:
      return "Signing in has failed.";
  }
}

/** The one after which a sign-in can go on. */
export const SIGNED_IN_ELSEWHERE = "signed_in_elsewhere";
