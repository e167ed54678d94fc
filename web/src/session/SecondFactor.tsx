/** Setting up one-time codes, where an administrator demands them: before anything else. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Card } from "./Card";
import { useEnrolment } from "./Enrolment";
import { SignOutButton } from "./SignOutButton";

interface Props {
  onDone: () => void;
}

export function SecondFactor({ onDone }: Props) {
  const { t } = useTranslation("session");
  const { step, submit, fields } = useEnrolment(onDone);
  return (
    <Card title={step === "kept" ? t("factor.recoveryTitle") : t("factor.title")} beginAtTitle={step !== "confirm"} onSubmit={submit}>
      {step === "begin" && <Text size="sm">{t("factor.demanded")}</Text>}
      {fields}
      {step !== "kept" && <SignOutButton />}
    </Card>
  );
}
