/** The frame of a page: its heading, what it is for, and what can be done at once. */
import { Box, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  /** Whether the page takes all of the window, such as a table that scrolls by itself. */
  fills?: boolean;
  children: ReactNode;
}

/** What the browser calls the page. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Rollcall`;
  }, [title]);
}

export function Page({ title, about, actions, fills = false, children }: Props) {
  useTitle(title);
  return (
    <Box className={fills ? "page page-fills" : "page"}>
      <Group justify="space-between" align="flex-start" gap="sm" wrap="wrap" className="page-head">
        <Box className="page-title">
          <Title order={1} title={title.length > 60 ? title : undefined} lineClamp={2}>
            {title}
          </Title>
          {about !== undefined && (
            <Text size="sm" c="dimmed">
              {about}
            </Text>
          )}
        </Box>
        {actions !== undefined && (
          <Group gap="xs" wrap="wrap">
            {actions}
          </Group>
        )}
      </Group>
      {children}
    </Box>
  );
}
