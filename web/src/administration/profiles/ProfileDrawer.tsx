/** One security profile, to be looked at, changed, copied or made. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asFailure } from "../../api/failure";
import { FailureNote, Waiting } from "../../ui/States";
import { SideDrawer } from "../../ui/SideDrawer";
import { useProfiles } from "../users/queries";
import { NEW, copied, copyOf } from "./opened";
import { ProfileForm } from "./ProfileForm";
import { freshProfile } from "./draft";

const WIDTH = 860;

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
  const { t } = useTranslation("users");
  const original = copied(opened);
  if (opened === NEW) return <ProfileForm begin={null} present={null} onCopy={null} onClose={onClose} />;
  if (original === null) return <PresentProfile id={opened} onCopy={() => onOpen(copyOf(opened))} onClose={onClose} />;
  return <CopiedProfile id={original} naming={(name) => t("profile.copyOf", { name })} onClose={onClose} />;
}

function useProfile(id: string) {
  return useQuery({ queryKey: ["profiles", id], queryFn: ({ signal }) => freshProfile(id, signal) });
}

function PresentProfile({ id, onCopy, onClose }: { id: string; onCopy: () => void; onClose: () => void }) {
  const profile = useProfile(id);
  if (profile.isError) return <FailureNote failure={asFailure(profile.error)} onAgain={() => void profile.refetch()} />;
  if (profile.data === undefined) return <Waiting lines={12} height={32} />;
  return <ProfileForm begin={profile.data.value} present={{ id, ...profile.data }} onCopy={onCopy} onClose={onClose} />;
}

function CopiedProfile({ id, naming, onClose }: { id: string; naming: (name: string) => string; onClose: () => void }) {
  const profile = useProfile(id);
  if (profile.isError) return <FailureNote failure={asFailure(profile.error)} onAgain={() => void profile.refetch()} />;
  if (profile.data === undefined) return <Waiting lines={12} height={32} />;
  const { value } = profile.data;
  return <ProfileForm begin={{ ...value, name: naming(value.name), built_in: false }} present={null} onCopy={null} onClose={onClose} />;
}
