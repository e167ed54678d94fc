/** How many groups there are in all, also those that are not shown yet; and how many of them are there for their name alone. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { askGroups, asked } from "../ask";
import type { Definition, GroupsAnswer } from "../types";
import { useWords } from "../words";

export function GroupCount({ definition }: { definition: Definition }) {
  const { t, format } = useWords();
  const [first, ...deeper] = definition.group_by ?? [];
  const hasEmpty = first?.empty === true;
  const all = useCount(definition, true);
  // Those with rows are the same without the others beside them.
  const withRows = useCount(first === undefined ? definition : { ...definition, group_by: [{ field: first.field }, ...deeper] }, hasEmpty);
  if (all === undefined) return null;
  const words: string[] = [t("report:group.count", { count: all, shown: format.number(all) })];
  if (hasEmpty && withRows !== undefined) {
    const count = Math.max(0, all - withRows);
    words.push(t("report:group.without", { shown: format.number(count) }));
  }
  return (
    <Text size="sm" role="status">
      {words.join(", ")}
    </Text>
  );
}

function useCount(definition: Definition, enabled: boolean): number | undefined {
  const { data } = useQuery({
    queryKey: ["group-count", definition.report, asked(definition)],
    queryFn: ({ signal }) => askGroups(definition, 1, 0, undefined, signal) as Promise<GroupsAnswer>,
    enabled,
  });
  return data?.total;
}
