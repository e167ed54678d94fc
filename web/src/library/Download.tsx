/** A file to download: by a link for whoever is signed in, fetched by the page for a key, which a link can't bear. */
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BASE } from "../api/client";
import { asFailure, explain } from "../api/failure";
import { useWho } from "../session/session";
import { saveFrom } from "../ui/save-file";
import { FailureText } from "../ui/ServerWords";

interface Props {
  path: string;
  /** What is downloaded, for those who hear the page. */
  label: string;
  small?: boolean;
}

export function Download({ path, label, small = false }: Props) {
  const { t } = useTranslation();
  const { session } = useWho();
  const { busy, fetching } = useFetched(path);
  const icon = <IconDownload size={16} aria-hidden />;
  const how = session.kind === "user" ? { component: "a" as const, href: BASE + path, download: true } : { onClick: fetching, loading: busy };
  if (small) {
    return (
      <Tooltip label={t("action.download")}>
        <ActionIcon variant="subtle" {...how} aria-label={label}>
          {icon}
        </ActionIcon>
      </Tooltip>
    );
  }
  return (
    <Button size="xs" variant="default" leftSection={icon} {...how} aria-label={label}>
      {t("action.download")}
    </Button>
  );
}

function useFetched(path: string): { busy: boolean; fetching: () => void } {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const fetching = (): void => {
    setBusy(true);
    saveFrom(path)
      .catch((error: unknown) => {
        const failure = asFailure(error);
        notifications.show({ title: explain(failure, t).what, message: <FailureText failure={failure} titled />, color: "red" });
      })
      .finally(() => setBusy(false));
  };
  return { busy, fetching };
}
