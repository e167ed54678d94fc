/** Picks a time zone; found however its name is typed. */
import { Autocomplete, type AutocompleteProps, type ComboboxItem, type OptionsFilter, Select, type SelectProps } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { meansZone, zoneNames } from "../i18n/clock";

const MOST = 200;

const byName: OptionsFilter = ({ options, search, limit }) =>
  (options as ComboboxItem[]).filter(({ value }) => meansZone(search, value)).slice(0, limit);

interface Own {
  value: string;
  onChange: (zone: string) => void;
}

export function ZoneSelect({ value, onChange, ...rest }: Own & Omit<SelectProps, keyof Own>) {
  const { t } = useTranslation();
  // One that this browser doesn't list is kept.
  const zones = useMemo(() => [...new Set([...(value === "" ? [] : [value]), ...zoneNames()])].sort(utcFirst), [value]);
  return (
    <Select
      data={zones}
      value={value}
      onChange={(zone) => onChange(zone ?? "")}
      searchable
      selectFirstOptionOnChange
      allowDeselect={false}
      filter={byName}
      limit={MOST}
      nothingFoundMessage={t("zone.none")}
      {...rest}
    />
  );
}

/** The same, where any text may stand: the server knows zones that a browser doesn't. */
export function ZoneEntry({ value, onChange, ...rest }: Own & Omit<AutocompleteProps, keyof Own>) {
  return <Autocomplete data={useMemo(() => zoneNames(), [])} value={value} onChange={onChange} filter={byName} limit={MOST} {...rest} />;
}

function utcFirst(one: string, other: string): number {
  return Number(other === "UTC") - Number(one === "UTC") || (one < other ? -1 : 1);
}
