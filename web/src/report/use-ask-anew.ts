/** Asking a report anew: its rows, and what else of them is in sight, be it the histogram, groups, the timeline or the summary. */
import { type Query, useIsFetching, useQueryClient } from "@tanstack/react-query";

/** What the questions of a report begin with. */
const QUESTIONS: readonly unknown[] = ["rows", "histogram", "timeline", "signed-in", "groups", "groups-all", "group-chart", "group-count"];

const isOfReport = ({ queryKey: [question] }: Pick<Query, "queryKey">): boolean => QUESTIONS.includes(question);

export interface AskAnew {
  /** What is out of sight is asked anew once it is looked at again. */
  ask: () => void;
  /** Whether anything that is in sight is being asked. */
  isAsking: boolean;
}

export function useAskAnew(): AskAnew {
  const queries = useQueryClient();
  const isAsking = useIsFetching({ type: "active", predicate: isOfReport }) > 0;
  return { ask: () => void queries.invalidateQueries({ predicate: isOfReport }), isAsking };
}
