/** Rows of two texts each, such as tags and accounts: added at the end, and removed one by one. */
import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Rows.module.css";

export interface RowWords {
  title: string;
  about?: string;
  none: string;
  add: string;
  first: string;
  firstHint?: string;
  second: string;
  numbered: (number: number) => string;
  remove: (number: number) => string;
}

type Row = readonly [string, string];

interface Props {
  words: RowWords;
  rows: readonly Row[];
  readOnly: boolean;
  error: ReactNode;
  onChange: (rows: readonly Row[]) => void;
}

export function Rows({ words, rows, readOnly, error, onChange }: Props) {
  const put = (at: number, row: Row): void => onChange(rows.with(at, row));
  return (
    <fieldset className={classes.rows} data-wrong={error !== undefined || undefined}>
      <Text component="legend" size="sm" fw={550}>
        {words.title}
      </Text>
      <Stack gap={6}>
        {words.about !== undefined && (
          <Text size="xs" c="dimmed">
            {words.about}
          </Text>
        )}
        {rows.length === 0 && readOnly && (
          <Text size="sm" c="dimmed">
            {words.none}
          </Text>
        )}
        {rows.map(([first, second], at) => (
          <Group key={at} gap="xs" wrap="nowrap" role="group" aria-label={words.numbered(at + 1)}>
            <TextInput
              className={classes.first}
              value={first}
              onChange={(event) => put(at, [event.currentTarget.value, second])}
              placeholder={words.firstHint ?? words.first}
              aria-label={`${words.numbered(at + 1)}: ${words.first}`}
              readOnly={readOnly}
              autoComplete="off"
            />
            <TextInput
              className={classes.second}
              value={second}
              onChange={(event) => put(at, [first, event.currentTarget.value])}
              placeholder={words.second}
              aria-label={`${words.numbered(at + 1)}: ${words.second}`}
              readOnly={readOnly}
              autoComplete="off"
            />
            {!readOnly && (
              <ActionIcon variant="default" size="input-sm" onClick={() => onChange(rows.toSpliced(at, 1))} aria-label={words.remove(at + 1)}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
        {error !== undefined && (
          <Text size="xs" c="var(--mantine-color-error)" role="alert">
            {error}
          </Text>
        )}
        {!readOnly && (
          <Group>
            <Button size="xs" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...rows, ["", ""]])}>
              {words.add}
            </Button>
          </Group>
        )}
      </Stack>
    </fieldset>
  );
}
