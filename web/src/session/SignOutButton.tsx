/** The way out of what must be done first. That it has failed stands beside it: messages are hidden with the pages. */
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FailureText } from "../ui/ServerWords";
import { Wrong } from "./Card";
import { useSessionHandle } from "./session";
import { useAction } from "./use-action";

export function SignOutButton() {
  const { t } = useTranslation("session");
  const { signOut } = useSessionHandle();
  const { busy, failure, count, run } = useAction();
  return (
    <>
      <Wrong text={failure === null ? null : <FailureText failure={failure} />} count={count} />
      <Button variant="subtle" size="xs" loading={busy} onClick={() => run(signOut)}>
        {t("signOut")}
      </Button>
    </>
  );
}
