/** Of a name that is taken, the page has words of its own. */
import { Failure, asFailure } from "../api/failure";

export async function unlessTaken<T>(saved: Promise<T>, words: string): Promise<T> {
  try {
    return await saved;
  } catch (error) {
    const { status, problem } = asFailure(error);
    throw status === 409 && problem.field === "name" ? new Failure(status, { ...problem, detail: words }) : error;
  }
}
