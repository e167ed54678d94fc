/** The steps of setting up one-time codes: the app's secret, the first code, the recovery codes. */
import { Button, Code, Group, SimpleGrid, Text } from "@mantine/core";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../api/client";
import { CopyText } from "../ui/CopyText";
import { FailureText } from "../ui/ServerWords";
import { TextField } from "../ui/TextField";
import { Wrong } from "./Card";
import { QrCode } from "./QrCode";
import { useAction } from "./use-action";

type Step = "begin" | "confirm" | "kept";

interface Ways {
  /** Beside the buttons, such as a way out. */
  aside?: ReactNode;
  /** There are some already. */
  onThere?: () => void;
}

/** The steps, to be shown in whichever frame. */
export function useEnrolment(onDone: () => void, { aside, onThere }: Ways = {}): { step: Step; submit: () => void; fields: ReactNode } {
  const { t } = useTranslation("session");
  const [enrolment, setEnrolment] = useState<Schemas["EnrolmentAnswer"] | null>(null);
  const [recoveryCodes, setRecoveryCodes] = useState<string[] | null>(null);
  const [code, setCode] = useState("");
  const { busy, failure, count, run, forget } = useAction();
  const field = useRef<HTMLInputElement>(null);
  const isWrong = failure?.problem.type === "/problems/forbidden";
  const wrong = <Wrong text={failure === null || isWrong ? null : <FailureText failure={failure} />} count={count} />;

  if (recoveryCodes !== null) {
    return { step: "kept", submit: onDone, fields: <RecoveryCodes codes={recoveryCodes} /> };
  }
  if (enrolment === null) {
    const begin = (): void =>
      run(
        async () => setEnrolment(await told(api.POST("/api/v1/account/second-factor"))),
        ({ status }) => {
          if (status === 409) onThere?.();
        },
      );
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
      () => field.current?.select(),
    );
  const fields = (
    <>
      <Text size="sm">{t("factor.enter")}</Text>
      <Group justify="center">
        <QrCode text={enrolment.address} label={t("factor.picture")} />
      </Group>
      <CopyText text={enrolment.secret} label={t("factor.secret")} />
      <TextField
        ref={field}
        label={t("code")}
        value={code}
        onChange={(text) => {
          setCode(text);
          forget();
        }}
        error={isWrong ? t("factor.wrong") : undefined}
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        autoFocus
      />
      {wrong}
      <Button type="submit" loading={busy}>
        {t("factor.confirm")}
      </Button>
      {aside}
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
