/** What groups are called. */
import type { Format } from "../../i18n/format";
import { fieldOf } from "../ask";
import { type Definition, type Group, type KindOffer, plainText, type Value } from "../types";
import { valueText } from "../vocabulary";
import type { ReportWords } from "../words";

/** What a group is called: the value of its own key. */
export function keyText(
  group: Group,
  key: { field: string; bucket?: string },
  definition: Definition,
  offer: KindOffer,
  format: Format,
  t: ReportWords,
): string {
  const name = key.bucket === undefined ? key.field : `${key.field}_${key.bucket}`;
  const value = group.keys[name] as Value | undefined;
  const field = fieldOf(offer, key.field);
  if (value === null || value === undefined) return t("report:group.missing");
  if (field === undefined) return plainText(value);
  const zone = definition.time_zone;
  switch (key.bucket) {
    case undefined:
      return valueText(value, field, zone, format, t) ?? "";
    case "day":
    case "week":
      return format.date(plainText(value), zone);
    case "month":
      return new Intl.DateTimeFormat(format.locale, { year: "numeric", month: "long", timeZone: zone }).format(Date.parse(plainText(value)));
    case "year":
      return new Intl.DateTimeFormat(format.locale, { year: "numeric", timeZone: zone }).format(Date.parse(plainText(value)));
    default:
      return format.minute(plainText(value), zone);
  }
}
