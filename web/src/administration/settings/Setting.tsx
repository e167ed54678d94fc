/** A form of settings that are read and written as a whole, with the version that was read. */
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Failure, asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { FailureNote, Waiting } from "../../ui/States";
import { otherFailure } from "./field-error";
import classes from "./settings.module.css";
import { useChange } from "./use-change";

export interface Fields<T> {
  draft: T;
  set: (part: Partial<T>) => void;
  failure: Failure | null;
  /** Nothing of it may be changed. */
  disabled: boolean;
  isChanged: boolean;
}

interface Props<T> {
  name: string;
  title: string;
  about: ReactNode;
  read: (signal: AbortSignal) => Promise<{ value: T; tag: string }>;
  write: (value: T, tag: string) => Promise<unknown>;
  /** The fields that show what is refused about them. */
  fields: readonly string[];
  tools?: (fields: Fields<T>) => ReactNode;
  children: (fields: Fields<T>) => ReactNode;
}

export function Setting<T extends object>({ name, read, ...rest }: Props<T>) {
  const queryKey = ["settings", name];
  const setting = useQuery({ queryKey, queryFn: ({ signal }) => read(signal) });
  if (setting.isPending) return <Waiting lines={5} height={36} />;
  if (setting.isError) return <FailureNote failure={asFailure(setting.error)} onAgain={() => void setting.refetch()} />;
  // Another version begins the form anew: it shows how things stand now.
  return <Form key={setting.data.tag} name={name} value={setting.data.value} tag={setting.data.tag} {...rest} />;
}

type FormProps<T> = Omit<Props<T>, "read"> & { value: T; tag: string };

function Form<T extends object>({ name, title, about, value, tag, write, fields, tools, children }: FormProps<T>) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const { can } = useWho();
  const change = useChange(["settings", name]);
  const [draft, setDraft] = useState(value);
  const disabled = !can("settings edit");
  const isChanged = JSON.stringify(draft) !== JSON.stringify(value);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isChanged) change.run(() => write(draft, tag), t("settings.saved"));
  };
  const shared: Fields<T> = { draft, set: (part) => setDraft({ ...draft, ...part }), failure: change.failure, disabled, isChanged };
  const failure = otherFailure(change.failure, fields);
  return (
    <Paper withBorder p="md" className={classes.form}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <div>
            <Title order={2}>{title}</Title>
            <Text size="sm" c="dimmed">
              {about}
            </Text>
          </div>
          {failure !== null && <FailureNote failure={failure} />}
          {children(shared)}
          <Group gap="sm">
            {!disabled && (
              <Button type="submit" loading={change.busy} disabled={!isChanged}>
                {common("action.save")}
              </Button>
            )}
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
      </form>
    </Paper>
  );
}
