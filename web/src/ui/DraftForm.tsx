/** A form of a draft: above its fields stands what was refused, and what somebody else has changed meanwhile. */
import { Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { ConflictNote, type TextOf } from "./ConflictNote";
import { Form } from "./Form";
import { FailureNote } from "./States";
import type { Draft } from "./use-draft";
import type { Saving } from "./use-saving";

interface Props<T> {
  draft: Draft<T>;
  /** Its fields, in words. */
  fields: readonly TextOf<T>[];
  saving: Saving;
  onSubmit: () => void;
  children: ReactNode;
}

export function DraftForm<T>({ draft, fields, saving, onSubmit, children }: Props<T>) {
  return (
    <Form busy={saving.busy} onSubmit={onSubmit}>
      <Stack gap="md">
        {saving.failure !== null && <FailureNote failure={saving.failure} />}
        <ConflictNote draft={draft} fields={fields} />
        {children}
      </Stack>
    </Form>
  );
}
