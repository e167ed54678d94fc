/** A form at the side of the page: its fields, what was refused, and the buttons below. */
import { Button, Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../api/failure";
import { Form } from "./Form";
import { FormFoot, SideDrawer } from "./SideDrawer";
import { FailureNote } from "./States";
import { useUnsaved } from "./unsaved";

interface Props {
  title: string;
  onClose: () => void;
  onSubmit: () => void;
  busy: boolean;
  /** Whether something has been entered. */
  isChanged: boolean;
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

export function FormDrawer({ title, onClose, onSubmit, busy, isChanged, trying = false, failure, word, tools, size = "lg", children }: Props) {
  const { t } = useTranslation();
  return (
    <SideDrawer opened onClose={onClose} title={title} size={size}>
      <Unsaved is={isChanged} />
      <Form busy={busy || trying} onSubmit={onSubmit}>
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
      </Form>
    </SideDrawer>
  );
}

/** Within the dialog, which is the one that asks. */
function Unsaved({ is }: { is: boolean }) {
  useUnsaved(is);
  return null;
}
