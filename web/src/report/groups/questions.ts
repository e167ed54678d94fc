/** What is asked about groups. In live mode it is asked anew, and what was there stays until it is answered. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { LIVE_MS, askGroups, asked } from "../ask";
import type { Column, Definition, GroupsAnswer } from "../types";

const PAGE_GROUPS = 200;

/** The groups by so many of the keys, a page after the other. */
export function useGroups(definition: Definition, depth: number, live: boolean) {
  return useInfiniteQuery({
    queryKey: ["groups", definition.report, asked(definition), depth],
    queryFn: ({ pageParam, signal }) => askGroups(definition, depth, PAGE_GROUPS, pageParam, signal) as Promise<GroupsAnswer>,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: live ? LIVE_MS : false,
  });
}

/** The first so many of the outermost groups. */
export function useFirstGroups(definition: Definition, most: number, live: boolean) {
  return useQuery({
    queryKey: ["group-chart", definition.report, asked(definition), most],
    queryFn: ({ signal }) => askGroups(definition, 1, most, undefined, signal) as Promise<GroupsAnswer>,
    refetchInterval: live ? LIVE_MS : false,
  });
}

/** All rows as one group: its measures are exact, however many groups there are or are shown. */
export function useAll(definition: Definition, live: boolean) {
  // Their order doesn't matter to it.
  const { group_sort: _, ...rest } = definition;
  return useQuery({
    queryKey: ["groups-all", definition.report, asked(rest)],
    queryFn: ({ signal }) => askGroups(rest, 0, 1, undefined, signal) as Promise<GroupsAnswer>,
    refetchInterval: live ? LIVE_MS : false,
  });
}

/** How many of the groups have rows, where some don't: these are the same without the others beside them. */
export function useCountWithRows(definition: Definition, live: boolean): number | undefined {
  const [first, ...deeper] = definition.group_by ?? [];
  const hasEmpty = first?.empty === true;
  const withRows = hasEmpty ? { ...definition, group_by: [{ field: first.field }, ...deeper] } : definition;
  const { data } = useQuery({
    queryKey: ["group-count", definition.report, asked(withRows)],
    queryFn: ({ signal }) => askGroups(withRows, 1, 0, undefined, signal) as Promise<GroupsAnswer>,
    enabled: hasEmpty,
    refetchInterval: live ? LIVE_MS : false,
  });
  return hasEmpty ? data?.total : undefined;
}

export function measuresOf(answer: GroupsAnswer): Column[] {
  const keys = answer.group_by.map(({ name }) => name);
  return answer.columns.filter(({ name }) => !keys.includes(name));
}
