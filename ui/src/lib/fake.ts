// The fake half of the one door: fixed fixtures that behave like the real engine, for a plain browser and for tests.

import type { Backend } from "./backend";
import { appDoor } from "./fake/app_door";
import { casesDoor } from "./fake/cases_door";
import { dutiesDoor } from "./fake/duties_door";
import { listsDoor } from "./fake/lists_door";
import { peopleDoor } from "./fake/people_door";
import { recordDoor } from "./fake/record_door";
import { selectingDoor } from "./fake/selecting_door";
import { sitesDoor } from "./fake/sites_door";
import { vaultDoor } from "./fake/vault_door";
import { asks, World } from "./fake/world";

/** Opens the fake for a page address such as `?scenario=few&theme=dark&undo=5`. */
export function openFake(query: URLSearchParams): Backend {
  const world = new World(query);
  Object.assign(globalThis, { gatehouseFake: world });
  const { after, row } = asks(world);
  return {
    onStale: async (told) => {
      world.told.push(told);
      return () => {
        world.told = world.told.filter((it) => it !== told);
      };
    },
    ...appDoor(world),
    ...casesDoor(world),
    ...selectingDoor(world),
    ...world.viewing.door(after, row),
    ...world.desktop.door(after),
    ...sitesDoor(world),
    ...listsDoor(world),
    ...dutiesDoor(world),
    ...recordDoor(world),
    ...peopleDoor(world),
    ...vaultDoor(world),
  };
}
