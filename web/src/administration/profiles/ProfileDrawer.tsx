/** One security profile, to be looked at, changed, copied or made. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Answered } from "../../ui/Answered";
import { Waiting } from "../../ui/States";
import { SideDrawer } from "../../ui/SideDrawer";
import { useProfiles } from "../users/queries";
import { NEW, copied, copyOf } from "./opened";
import { ProfileForm } from "./ProfileForm";
import { freshProfile } from "./draft";
import { profileName } from "./profile-name";

const WIDTH = 860;
const WAITING = <Waiting lines={12} height={32} />;

interface Props {
  /** What the address says; null if nothing is open. */
  opened: string | null;
  onOpen: (opened: string) => void;
  onClose: () => void;
}

export function ProfileDrawer({ opened, onOpen, onClose }: Props) {
  const { t } = useTranslation("users");
  const { data: profiles } = useProfiles();
  const isNew = opened === NEW || (opened !== null && copied(opened) !== null);
  const title = isNew ? t("profile.addTitle") : (profiles?.find(({ id }) => id === opened)?.name ?? "");
  return (
    <SideDrawer opened={opened !== null} title={title} size={WIDTH} onClose={onClose}>
      {opened !== null && <ProfileBody key={opened} opened={opened} onOpen={onOpen} onClose={onClose} />}
    </SideDrawer>
  );
}

function ProfileBody({ opened, onOpen, onClose }: Props & { opened: string }) {
  const original = copied(opened);
  if (opened === NEW) return <ProfileForm begin={null} present={null} onCopy={null} onClose={onClose} />;
  if (original === null) return <PresentProfile id={opened} onCopy={() => onOpen(copyOf(opened))} onClose={onClose} />;
  return <CopiedProfile id={original} onClose={onClose} />;
}

function useProfile(id: string) {
  return useQuery({ queryKey: ["profiles", id], queryFn: ({ signal }) => freshProfile(id, signal) });
}

function PresentProfile({ id, onCopy, onClose }: { id: string; onCopy: () => void; onClose: () => void }) {
  const profile = useProfile(id);
  return (
    <Answered query={profile} waiting={WAITING}>
      {(present) => <ProfileForm begin={present.value} present={{ id, ...present }} onCopy={onCopy} onClose={onClose} />}
    </Answered>
  );
}

function CopiedProfile({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("users");
  const profile = useProfile(id);
  const named = (value: { id: string; name: string }): string => t("profile.copyOf", { name: profileName(value, t) });
  return (
    <Answered query={profile} waiting={WAITING}>
      {({ value }) => <ProfileForm begin={{ ...value, name: named(value), built_in: false }} present={null} onCopy={null} onClose={onClose} />}
    </Answered>
  );
}
