/** Sends the message about any event again, or the one that a row of the failure log tells of. */
import { Button, Group, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { Form } from "../../ui/Form";
import { FailureNote } from "../../ui/States";
import { TextField } from "../../ui/TextField";
import { useSaving } from "../../ui/use-saving";
import { useStored } from "../settings/use-change";
import { tellResent } from "./tell-resent";

const NAMES = ["event_id", "failure_id"] as const;
const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

export function ResendByHand({ id }: { id: string }) {
  const { t } = useTranslation("setup");
  const [name, setName] = useState<(typeof NAMES)[number]>("event_id");
  const [value, setValue] = useState("");
  const saving = useSaving(NAMES);
  const stored = useStored(["webhooks", id, "undelivered"]);
  const send = async (): Promise<void> => {
    const answer = await told(api.POST("/api/v1/webhooks/{id}/resend", { params: { path: { id } }, body: { [name]: value.trim() } }));
    tellResent(answer, t);
    await stored(null);
  };
  return (
    <Form busy={saving.busy} onSubmit={() => saving.run({ save: send })}>
      <Stack gap="xs">
        <Group gap="xs" align="flex-start">
          <Select
            label={t("resend.by")}
            data={NAMES.map((one) => ({ value: one, label: t(`resend.${one}`) }))}
            value={name}
            onChange={(next) => {
              setName(NAMES.find((one) => one === next) ?? "event_id");
              saving.forget();
            }}
            allowDeselect={false}
            w={200}
          />
          <TextField
            label={t("resend.id")}
            value={value}
            onChange={(text) => {
              setValue(text);
              saving.forget();
            }}
            fault={UUID.test(value.trim()) ? undefined : t("resend.noId")}
            error={saving.at(name)}
            placeholder="018f3e1c-7a52-7c31-9d1e-6a6f0c0d4e11"
            required
            flex={1}
            miw={220}
          />
          <Button type="submit" variant="default" loading={saving.busy} mt={22}>
            {t("undelivered.resend")}
          </Button>
        </Group>
        {saving.failure !== null && <FailureNote failure={saving.failure} />}
      </Stack>
    </Form>
  );
}
