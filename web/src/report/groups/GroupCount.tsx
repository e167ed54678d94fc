/** How many groups there are in all, also those that are not shown yet; and how many of them are there for their name alone. */
import { Text } from "@mantine/core";
import type { Definition } from "../types";
import { useWords } from "../words";
import { useCountWithRows } from "./questions";

interface Props {
  definition: Definition;
  /** How many there are, as the groups themselves are answered. */
  total: number;
  live: boolean;
}

export function GroupCount({ definition, total, live }: Props) {
  const { t, format } = useWords();
  const withRows = useCountWithRows(definition, live);
  const words: string[] = [t("report:group.count", { count: total, shown: format.number(total) })];
  if (withRows !== undefined) words.push(t("report:group.without", { shown: format.number(Math.max(0, total - withRows)) }));
  return (
    <Text size="sm" role="status">
      {words.join(", ")}
    </Text>
  );
}
