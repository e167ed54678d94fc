/**
 * Signing in and out, and what somebody does to their own account, as the server is asked for it.
 */
import type { Enrolment, Session, SignInAttempt, SignInMethods } from "./api-types";
import { posting, read, send } from "./request";

/** How one can sign in. */
export async function signInMethods(signal: AbortSignal): Promise<SignInMethods> {
  return await read(await send("api/v1/sign-in", { signal }, null), signal);
}

/** The session of this browser. Fails with status 401 if there is none. */
export async function currentSession(signal: AbortSignal): Promise<Session> {
  return await read(await send("api/v1/session", { signal }, null), signal);
}

export async function signIn(attempt: SignInAttempt): Promise<Session> {
  return await read(await send("api/v1/session", posting(attempt), null));
}

/** Goes on with a sign-in through the OpenID provider that was refused because of a session elsewhere: ends that one. */
export async function forceOpenId(): Promise<Session> {
  return await read(await send("api/v1/sign-in/openid/force", { method: "POST" }, null));
}

export async function signOut(session: Session): Promise<void> {
  await send("api/v1/session", { method: "DELETE" }, { session });
}

/** Is oneself again. */
export async function endImpersonation(session: Session): Promise<Session> {
  return await read(await send("api/v1/session/impersonation", { method: "DELETE" }, { session }));
}

export async function changePassword(session: Session, present: string, wanted: string): Promise<void> {
  await send("api/v1/account/password", posting({ password: present, new_password: wanted }), { session });
}

/** Begins to set up one-time codes. */
export async function beginSecondFactor(session: Session): Promise<Enrolment> {
  return await read(await send("api/v1/account/second-factor", { method: "POST" }, { session }));
}

/** Ends setting them up with the first of them; gives recovery codes. */
export async function confirmSecondFactor(session: Session, code: string): Promise<string[]> {
  const { recovery_codes } = await read<{ recovery_codes: string[] }>(
    await send("api/v1/account/second-factor/confirm", posting({ code }), { session }),
  );
  return recovery_codes;
}
