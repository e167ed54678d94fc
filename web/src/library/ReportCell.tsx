/** A report in a row of a list: its name, which may be long, and its kind below. */
import { Stack, Text } from "@mantine/core";
import classes from "./library.module.css";
import { useKindName } from "./names";

export function ReportCell({ name, kind }: { name: string; kind: string }) {
  const kindName = useKindName();
  return (
    <Stack gap={0}>
      <span className={classes.cut} title={name}>
        {name}
      </span>
      <Text span size="xs" c="dimmed" fw={400}>
        {kindName(kind)}
      </Text>
    </Stack>
  );
}
