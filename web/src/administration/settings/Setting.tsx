/** A form of settings that are read and written as a whole, with the version that was read. */
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../session/session";
import { Answered } from "../../ui/Answered";
import { ConflictNote, type TextOf } from "../../ui/ConflictNote";
import { Form } from "../../ui/Form";
import { FailureNote, Waiting } from "../../ui/States";
import { useUnsaved } from "../../ui/unsaved";
import { type Versioned, useDraft } from "../../ui/use-draft";
import { useSaving } from "../../ui/use-saving";
import classes from "./settings.module.css";

export interface Fields<T> {
  draft: T;
  /** The version that the draft stands on: what keeps something of its own begins anew with another. */
  tag: string;
  set: (part: Partial<T>) => void;
  /** What the server has against a field. */
  at: (field: string) => ReactNode;
  /** Nothing of it may be changed. */
  disabled: boolean;
  isChanged: boolean;
}

interface Props<T> {
  name: string;
  title: string;
  about: ReactNode;
  read: (signal?: AbortSignal) => Promise<Versioned<T>>;
  write: (value: T, tag: string) => Promise<Versioned<T>>;
  /** The fields: they show what is refused about them, and are told if somebody else has changed them. */
  fields: readonly (TextOf<T> & { name: string })[];
  tools?: (fields: Fields<T>) => ReactNode;
  children: (fields: Fields<T>) => ReactNode;
}

export function Setting<T extends object>(props: Props<T>) {
  const { name, read } = props;
  const setting = useQuery({ queryKey: ["settings", name], queryFn: ({ signal }) => read(signal) });
  return (
    <Answered query={setting} waiting={<Waiting lines={5} height={36} />}>
      {(present) => <SettingForm {...props} present={present} />}
    </Answered>
  );
}

function SettingForm<T extends object>({ name, title, about, present, read, write, fields, tools, children }: Props<T> & { present: Versioned<T> }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const { can } = useWho();
  const queries = useQueryClient();
  const draft = useDraft(present);
  const saving = useSaving(fields.map((field) => field.name));
  const disabled = !can("settings edit");
  const { isChanged } = draft;
  useUnsaved(isChanged);
  const save = async (): Promise<void> => {
    const now = await write(draft.value, draft.tag);
    draft.saved(now);
    queries.setQueryData(["settings", name], now);
    notifications.show({ message: t("settings.saved"), color: "green" });
  };
  const submit = (): void => {
    if (isChanged && !disabled) saving.run({ save, meet: async () => draft.meet(await read()) });
  };
  const set = (part: Partial<T>): void => {
    draft.set(part);
    saving.touched(...Object.keys(part));
  };
  const shared: Fields<T> = { draft: draft.value, tag: draft.tag, set, at: saving.at, disabled, isChanged };
  return (
    <Paper withBorder p="md" className={classes.form}>
      <Form busy={saving.busy} onSubmit={submit}>
        <Stack gap="md">
          <div>
            <Title order={2}>{title}</Title>
            <Text size="sm" c="dimmed">
              {about}
            </Text>
          </div>
          {saving.failure !== null && <FailureNote failure={saving.failure} />}
          <ConflictNote draft={draft} fields={fields} />
          {children(shared)}
          <Group gap="sm">
            {!disabled && <SaveButton busy={saving.busy} isChanged={isChanged} />}
            {tools?.(shared)}
            {isChanged && (
              <Text size="sm" c="dimmed" role="status">
                {common("form.unsaved")}
              </Text>
            )}
            {disabled && (
              <Text size="sm" c="dimmed">
                {t("settings.readOnly")}
              </Text>
            )}
          </Group>
        </Stack>
      </Form>
    </Paper>
  );
}

/** It keeps the focus when there is nothing to save any more. */
export function SaveButton({ busy, isChanged }: { busy: boolean; isChanged: boolean }) {
  const { t } = useTranslation();
  return (
    <Button type="submit" loading={busy} aria-disabled={!isChanged} data-disabled={!isChanged}>
      {t("action.save")}
    </Button>
  );
}
