/** After a sign-in through the OpenID provider: somebody is signed in elsewhere, and may end that. */
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { FailureText } from "../ui/ServerWords";
import { Card, Wrong } from "./Card";
import { SignedInElsewhere } from "./SignedInElsewhere";
import type { Session } from "./session";
import { useAction } from "./use-action";

interface Props {
  onSignedIn: (session: Session) => void;
  /** To the sign-in. */
  onOtherwise: () => void;
}

export function ForceOpenId({ onSignedIn, onOtherwise }: Props) {
  const { t } = useTranslation("session");
  const { busy, failure, count, run } = useAction();
  const submit = (): void => run(async () => onSignedIn(await told(api.POST("/api/v1/sign-in/openid/force"))));
  const wrong = failure === null ? null : failure.status === 401 ? t("provider.not_begun") : <FailureText failure={failure} />;
  return (
    <Card title={t("title")} beginAtTitle onSubmit={submit}>
      <SignedInElsewhere elsewhere={null} />
      <Wrong text={wrong} count={count} />
      <Button type="submit" loading={busy} fullWidth>
        {t("force")}
      </Button>
      <Button variant="subtle" size="xs" onClick={onOtherwise}>
        {t("otherwise")}
      </Button>
    </Card>
  );
}
