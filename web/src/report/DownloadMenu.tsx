/** The report as a file: all rows in their order and columns, whatever is in sight. */
import { Button, Checkbox, Menu, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown, IconDownload, IconFileZip } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asFailure, explain } from "../api/failure";
import { FILE_FORMATS, type FileFormat, download } from "./download";
import type { Definition } from "./types";
import { useWords } from "./words";
import { useTranslation } from "react-i18next";

interface Props {
  definition: Definition;
  total: number | undefined;
  /** Makes an export task; missing where one may not. */
  onExport: (() => void) | undefined;
}

export function DownloadMenu({ definition, total, onExport }: Props) {
  const { t, format } = useWords();
  const { t: common } = useTranslation("common");
  const [raw, setRaw] = useState(false);
  const [bom, setBom] = useState(false);
  const question = definition.group_by === undefined ? "rows" : "groups";
  const { mutate, isPending } = useMutation({
    mutationFn: (wanted: FileFormat) => download(definition, wanted, { question, raw, bom }),
    onSuccess: (name) => notifications.show({ message: t("report:download.started", { name }), color: "green" }),
    onError: (error) => {
      const { what, why, advice } = explain(asFailure(error), common);
      notifications.show({ title: t("report:download.failed"), message: [what, why, advice].filter(Boolean).join(". "), color: "red", autoClose: false });
    },
  });
  return (
    <Menu position="bottom-end" shadow="md" width={320}>
      <Menu.Target>
        <Button
          size="compact-md"
          variant="default"
          loading={isPending}
          leftSection={<IconDownload size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          {t("report:action.download")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {total !== undefined && question === "rows" && (
          <Text size="xs" c="dimmed" px="sm" py={4}>
            {t("report:download.all", { rows: t("report:total", { count: total, shown: format.number(total) }) })}
          </Text>
        )}
        {FILE_FORMATS.map((name) => (
          <Menu.Item key={name} onClick={() => mutate(name)}>
            {t(`report:download.${name}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Stack gap={6} px="sm" py={4}>
          <Checkbox size="xs" label={t("report:download.raw")} checked={raw} onChange={(event) => setRaw(event.currentTarget.checked)} />
          <Checkbox size="xs" label={t("report:download.bom")} checked={bom} onChange={(event) => setBom(event.currentTarget.checked)} />
        </Stack>
        {onExport !== undefined && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconFileZip size={16} aria-hidden />} onClick={onExport}>
              {t("report:action.export")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
