/** Where a refusal belongs in a form: at the field that it names, if the form has it. */
import type { Failure } from "../../api/failure";

/** What the server says against a field, without the field's name in front. */
export function fieldError(failure: Failure | null, field: string): string | undefined {
  if (failure?.problem.field !== field) return undefined;
  const detail = failure.problem.detail ?? failure.message;
  return detail.startsWith(`${field}: `) ? detail.slice(field.length + 2) : detail;
}

/** The refusal, if it is about none of these fields. */
export function otherFailure(failure: Failure | null, fields: readonly string[]): Failure | null {
  return fields.includes(failure?.problem.field ?? "") ? null : failure;
}
