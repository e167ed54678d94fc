/** Tells aside what has come of a message that was sent again. */
import { notifications } from "@mantine/notifications";
import type { TFunction } from "i18next";
import type { Schemas } from "../../api/client";
import { ServerWords } from "../../ui/ServerWords";

export function tellResent({ delivered, reason }: Schemas["ResentAnswer"], t: TFunction<"setup">): void {
  if (delivered) notifications.show({ message: t("undelivered.sent"), color: "green", autoClose: 10_000 });
  else notifications.show({ title: t("undelivered.notTaken"), message: <ServerWords text={reason ?? ""} />, color: "red", autoClose: 10_000 });
}
