/** What a failure says of the name that was wished for. */
import type { Failure } from "../api/failure";

/** The words that stand at the field, null if the failure is about something else. */
export function nameError(failure: Failure | null, taken: string): string | null {
  if (failure?.problem.field !== "name") return null;
  return failure.status === 409 ? taken : (failure.problem.detail ?? failure.message);
}
