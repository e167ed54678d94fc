/** A form in the middle of an otherwise empty page. */
import { Alert, Box, Paper, Stack, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Mark } from "../app/Mark";
import { Form } from "../ui/Form";
import { useTitle } from "../ui/Page";
import { LanguageChoice } from "./LanguageChoice";

interface Props {
  title: string;
  /** Whether whoever hears the page begins at the title: where no field is filled in first. */
  beginAtTitle?: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

export function Card({ title, beginAtTitle = false, onSubmit, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(title);
  useEffect(() => {
    if (beginAtTitle) heading.current?.focus();
  }, [title, beginAtTitle]);
  return (
    <main className="card-page">
      <Paper withBorder radius="md" p="xl" className="card">
        {/* What is filled in leads by itself to what the server has refused. */}
        <Form busy={false} onSubmit={onSubmit}>
          <Stack gap="md">
            <Box>
              <Mark size={32} />
              <Title order={1} mt="sm" ref={heading} tabIndex={-1}>
                {title}
              </Title>
            </Box>
            {children}
          </Stack>
        </Form>
      </Paper>
      <LanguageChoice />
    </main>
  );
}

/** What is wrong, told anew with each attempt. */
export function Wrong({ text, count }: { text: ReactNode; count: number }) {
  if (text === null) return null;
  return (
    <Alert key={count} role="alert" color="red" variant="light" icon={<IconAlertCircle aria-hidden />}>
      {text}
    </Alert>
  );
}
