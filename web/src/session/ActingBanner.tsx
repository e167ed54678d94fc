/** Says all the time that somebody acts as somebody else, and ends it. */
import { Button, Group, Text } from "@mantine/core";
import { IconSpy } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { useIsSwitched, useSessionHandle, useWho } from "./session";

export function ActingBanner() {
  const { t } = useTranslation("session");
  const { session } = useWho();
  const { begin } = useSessionHandle();
  const end = useMutation({ mutationFn: () => told(api.DELETE("/api/v1/session/impersonation")), onSuccess: begin });
  const { impersonator } = session;
  const banner = useRef<HTMLElement>(null);
  const isSwitched = useIsSwitched();
  useEffect(() => {
    // Whoever hears the page is told first as whom they go on.
    if (isSwitched) banner.current?.focus({ preventScroll: true });
  }, [isSwitched]);
  if (impersonator == null) return null;
  return (
    <aside ref={banner} tabIndex={-1} className="acting" aria-label={t("acting.label")}>
      <Group gap="sm" wrap="wrap" justify="center">
        <IconSpy size={18} aria-hidden />
        <Text size="sm">{t("acting.told", { self: impersonator.display_name, other: session.name })}</Text>
        <Button size="compact-sm" variant="default" loading={end.isPending} onClick={() => end.mutate()}>
          {t("acting.end")}
        </Button>
      </Group>
    </aside>
  );
}
