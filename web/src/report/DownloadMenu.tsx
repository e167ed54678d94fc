/** The report as a file: all rows in their order and columns, whatever is in sight. */
import { Button, Checkbox, Divider, Popover, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown, IconDownload, IconFileZip } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asFailure } from "../api/failure";
import { FailureText } from "../ui/ServerWords";
import { FILE_FORMATS, type FileFormat, download } from "./download";
import type { Definition } from "./types";
import { useWords } from "./words";

interface Props {
  definition: Definition;
  total: number | undefined;
  /** Makes an export task; missing where one may not. */
  onExport: (() => void) | undefined;
}

export function DownloadMenu({ definition, total, onExport }: Props) {
  const { t, format } = useWords();
  const [raw, setRaw] = useState(false);
  const [bom, setBom] = useState(false);
  const [opened, setOpened] = useState(false);
  const question = definition.group_by === undefined ? "rows" : "groups";
  const { mutate, isPending } = useMutation({
    mutationFn: (wanted: FileFormat) => download(definition, wanted, { question, raw, bom }),
    onSuccess: (name) => notifications.show({ message: t("report:download.started", { name }), color: "green" }),
    onError: (error) =>
      notifications.show({ title: t("report:download.failed"), message: <FailureText failure={asFailure(error)} />, color: "red", autoClose: false }),
  });
  const begin = (wanted: FileFormat): void => {
    setOpened(false);
    mutate(wanted);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" width={320} trapFocus withinPortal>
      <Popover.Target>
        <Button
          size="compact-md"
          variant="default"
          loading={isPending}
          leftSection={<IconDownload size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {t("report:action.download")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <Stack gap={4}>
          {total !== undefined && question === "rows" && (
            <Text size="xs" c="dimmed" px="xs">
              {t("report:download.all", { rows: t("report:total", { count: total, shown: format.number(total) }) })}
            </Text>
          )}
          {FILE_FORMATS.map((name) => (
            <Button key={name} size="compact-sm" variant="subtle" justify="flex-start" onClick={() => begin(name)}>
              {t(`report:download.${name}`)}
            </Button>
          ))}
          <Divider />
          <Stack gap={10} px="xs" py={4}>
            <Checkbox size="xs" label={t("report:download.raw")} checked={raw} onChange={(event) => setRaw(event.currentTarget.checked)} />
            <Checkbox size="xs" label={t("report:download.bom")} checked={bom} onChange={(event) => setBom(event.currentTarget.checked)} />
          </Stack>
          {onExport !== undefined && (
            <>
              <Divider />
              <Button
                size="compact-sm"
                variant="subtle"
                justify="flex-start"
                leftSection={<IconFileZip size={16} aria-hidden />}
                onClick={() => {
                  setOpened(false);
                  onExport();
                }}
              >
                {t("report:action.export")}
              </Button>
            </>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
