/** Sends the message about any event again, or the one that a row of the failure log tells of. */
import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { FailureNote } from "../../ui/States";
import { useChange } from "../settings/use-change";

const NAMES = ["event_id", "failure_id"] as const;

export function ResendByHand({ id }: { id: string }) {
  const { t } = useTranslation("setup");
  const [name, setName] = useState<(typeof NAMES)[number]>("event_id");
  const [value, setValue] = useState("");
  const change = useChange(["webhooks", id, "undelivered"]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change.run(async () => {
      const answer = await told(api.POST("/api/v1/webhooks/{id}/resend", { params: { path: { id } }, body: { [name]: value.trim() } }));
      notifications.show({
        message: answer.delivered ? t("undelivered.sent") : t("undelivered.notTaken", { reason: answer.reason ?? "" }),
        color: answer.delivered ? "green" : "red",
        autoClose: 10_000,
      });
    }, null);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Group gap="xs" align="flex-end">
          <Select
            label={t("resend.by")}
            data={NAMES.map((one) => ({ value: one, label: t(`resend.${one}`) }))}
            value={name}
            onChange={(next) => setName(NAMES.find((one) => one === next) ?? "event_id")}
            allowDeselect={false}
            w={200}
          />
          <TextInput
            label={t("resend.id")}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            placeholder="018f3e1c-7a52-7c31-9d1e-6a6f0c0d4e11"
            required
            withAsterisk={false}
            flex={1}
            miw={220}
          />
          <Button type="submit" variant="default" loading={change.busy}>
            {t("undelivered.resend")}
          </Button>
        </Group>
        {change.failure !== null && <FailureNote failure={change.failure} />}
      </Stack>
    </form>
  );
}
