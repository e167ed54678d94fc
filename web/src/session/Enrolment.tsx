/** The steps of setting up one-time codes: the app's secret, the first code, the recovery codes. */
import { Button, Code, Group, SimpleGrid, Text, TextInput } from "@mantine/core";
import type { TFunction } from "i18next";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../api/client";
import type { Failure } from "../api/failure";
import { CopyText } from "../ui/CopyText";
import { FailureText } from "../ui/ServerWords";
import { Wrong } from "./Card";
import { QrCode } from "./QrCode";
import { useAction } from "./use-action";

type Step = "begin" | "confirm" | "kept";

/** The steps, to be shown in whichever frame. */
export function useEnrolment(onDone: () => void): { step: Step; submit: () => void; fields: ReactNode } {
  const { t } = useTranslation("session");
  const [enrolment, setEnrolment] = useState<Schemas["EnrolmentAnswer"] | null>(null);
  const [recoveryCodes, setRecoveryCodes] = useState<string[] | null>(null);
  const [code, setCode] = useState("");
  const { busy, failure, count, run } = useAction();
  const field = useRef<HTMLInputElement>(null);
  const wrong = <Wrong text={failure === null ? null : problemWords(failure, t)} count={count} />;

  if (recoveryCodes !== null) {
    return { step: "kept", submit: onDone, fields: <RecoveryCodes codes={recoveryCodes} /> };
  }
  if (enrolment === null) {
    const begin = (): void => run(async () => setEnrolment(await told(api.POST("/api/v1/account/second-factor"))));
    const fields = (
      <>
        {wrong}
        <Button type="submit" loading={busy}>
          {t("factor.begin")}
        </Button>
      </>
    );
    return { step: "begin", submit: begin, fields };
  }
  const confirm = (): void =>
    run(
      async () => {
        const { recovery_codes } = await told(api.POST("/api/v1/account/second-factor/confirm", { body: { code } }));
        setRecoveryCodes(recovery_codes);
      },
      () => {
        setCode("");
        field.current?.focus();
      },
    );
  const fields = (
    <>
      <Text size="sm">{t("factor.enter")}</Text>
      <Group justify="center">
        <QrCode text={enrolment.address} label={t("factor.picture")} />
      </Group>
      <CopyText text={enrolment.secret} label={t("factor.secret")} />
      <TextInput
        ref={field}
        label={t("code")}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        withAsterisk={false}
        autoFocus
      />
      {wrong}
      <Button type="submit" loading={busy}>
        {t("factor.confirm")}
      </Button>
    </>
  );
  return { step: "confirm", submit: confirm, fields };
}

function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const { t } = useTranslation("session");
  return (
    <>
      <Text size="sm">{t("factor.recovery")}</Text>
      <SimpleGrid cols={2} spacing="xs" component="ul" className="codes" aria-label={t("factor.recoveryList")}>
        {codes.map((code) => (
          <li key={code}>
            <Code>{code}</Code>
          </li>
        ))}
      </SimpleGrid>
      <Button type="submit">{t("factor.kept")}</Button>
    </>
  );
}

function problemWords(failure: Failure, t: TFunction<"session">): ReactNode {
  if (failure.problem.type === "/problems/forbidden") return t("factor.wrong");
  return <FailureText failure={failure} />;
}
