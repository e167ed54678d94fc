/** Somebody else has changed what is in a form: what they have changed, and whose version is to count. */
import { Button, Group, List, Text } from "@mantine/core";
import { IconRefreshAlert } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { focusFirst } from "./Form";
import { Warning } from "./Warning";
import type { Draft } from "./use-draft";

/** A field of a form, and what stands in it, in words. */
export interface TextOf<T> {
  label: string;
  text: (value: T) => string;
}

interface Props<T> {
  draft: Draft<T>;
  fields: readonly TextOf<T>[];
}

/** Stands in the form: what saves one's own version is a button that sends it. */
export function ConflictNote<T>({ draft, fields }: Props<T>) {
  const { t } = useTranslation();
  if (draft.conflict === null) return null;
  const { before, theirs, mine } = draft.conflict;
  const changed = fields
    .map(({ label, text }) => ({ label, before: text(before), theirs: text(theirs), mine: text(mine) }))
    .filter((field) => field.before !== field.theirs);
  return (
    <Warning role="alert" icon={<IconRefreshAlert aria-hidden />} title={t("conflict.what")}>
      <Text size="sm">{t(changed.length === 0 ? "conflict.kept" : "conflict.keptBeside")}</Text>
      {changed.length > 0 && (
        <List size="sm" my={4}>
          {changed.map((field) => (
            <List.Item key={field.label}>
              {field.mine === field.before || field.mine === field.theirs
                ? t("conflict.theirs", { field: field.label, theirs: shown(field.theirs) })
                : t("conflict.both", { field: field.label, theirs: shown(field.theirs), mine: shown(field.mine) })}
            </List.Item>
          ))}
        </List>
      )}
      <Group gap="xs" mt="xs">
        <Button
          size="xs"
          variant="default"
          onClick={({ currentTarget }) => {
            // The note goes; one goes on in the form.
            focusFirst(currentTarget.closest("form"));
            draft.takeTheirs();
          }}
        >
          {t("conflict.takeTheirs")}
        </Button>
        <Button size="xs" variant="default" type="submit">
          {t("conflict.saveMine")}
        </Button>
      </Group>
    </Warning>
  );
}

function shown(text: string): string {
  return text === "" ? "–" : text;
}
