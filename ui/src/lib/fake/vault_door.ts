// The vault of the fake engine.

import type { Backend } from "../backend";
import { asks, type World } from "./world";

type Mine = Pick<
  Backend,
  | "vault" | "hold_set" | "purge_case" | "certificate_save" | "export_sealed" | "vault_key_save" | "vault_key_use" | "vault_key_new"
  | "vault_key_unlock" | "vault_key_lock" | "vault_key_keep" | "vault_verify" | "vault_clock_set"
>;

export function vaultDoor(world: World): Mine {
  const { after, failing } = asks(world);
  return {
    vault: () => after(() => {
      failing();
      return world.vault.view();
    }),
    hold_set: (ask) => after(() => world.vault.hold(ask)),
    purge_case: (yes) => after(() => world.vault.purge(yes, Date.now())),
    certificate_save: () => after(() => true, 200),
    export_sealed: (ask) => after(() => world.vault.export(ask), 200),
    vault_key_save: () => after(() => world.vault.keySave(Date.now()), 200),
    vault_key_use: () => after(() => world.vault.keyUse(), 200),
    vault_key_new: () => after(() => {
      world.vault.keyUse();
      return null;
    }),
    vault_key_unlock: (passphrase) => after(() => world.vault.keyUnlock(passphrase), 200),
    vault_key_lock: () => after(() => world.vault.keyLock()),
    vault_key_keep: (ask) => after(() => world.vault.keyKeep(ask), 200),
    vault_verify: () => after(() => world.vault.verify(), 300),
    vault_clock_set: (days) => after(() => world.vault.clock(days)),
  };
}
