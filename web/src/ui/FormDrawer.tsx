/** A form at the side of the page: its fields, what was refused, and the buttons below. */
import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode, type SubmitEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../api/failure";
import { FormFoot, SideDrawer } from "./SideDrawer";
import { FailureNote } from "./States";

interface Props {
  opened?: boolean;
  title: string;
  onClose: () => void;
  onSubmit: () => void;
  busy: boolean;
  /** What is filled in is tried, and not saved. */
  trying?: boolean;
  /** A refusal that no field of the form shows. */
  failure: Failure | null;
  /** The word on the button that saves. */
  word: string;
  /** Beside the buttons. */
  tools?: ReactNode;
  size?: string;
  children: ReactNode;
}

export function FormDrawer({ opened = true, title, onClose, onSubmit, busy, trying = false, failure, word, tools, size = "lg", children }: Props) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const isAtWork = busy || trying;
  const wasAtWork = useRef(false);
  useEffect(() => {
    if (wasAtWork.current && !isAtWork) bringToOutcome(form.current);
    wasAtWork.current = isAtWork;
  }, [isAtWork]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <SideDrawer opened={opened} onClose={onClose} title={title} size={size}>
      <form ref={form} onSubmit={submit}>
        <Stack gap="md">
          {failure !== null && <FailureNote failure={failure} />}
          {children}
          <FormFoot>
            {tools !== undefined && (
              <Group gap="xs" me="auto">
                {tools}
              </Group>
            )}
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {word}
            </Button>
          </FormFoot>
        </Stack>
      </form>
    </SideDrawer>
  );
}

/** A long form may have what was refused, or found, out of sight. */
function bringToOutcome(form: HTMLFormElement | null): void {
  const field = form?.querySelector<HTMLElement>("[aria-invalid=true]");
  field?.focus();
  if (field === null) form?.querySelector("[role=alert], [role=status]")?.scrollIntoView({ block: "nearest" });
}
