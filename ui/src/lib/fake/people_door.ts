// Persons, copies and known good of the fake engine.

import type { Backend } from "../backend";
import { asks, fault, type World } from "./world";

type Mine = Pick<
  Backend,
  | "persons" | "person_put" | "person_remove" | "person_switch" | "copies" | "copies_join" | "good_rules" | "good_of_case" | "good_add"
  | "good_remove" | "good_dismiss"
>;

export function peopleDoor(world: World): Mine {
  const { after, failing, row } = asks(world);
  return {
    persons: () => after(() => world.shared.persons()),
    person_put: (person) => after(() => world.shared.put(person)),
    person_remove: (name) => after(() => world.shared.remove(name)),
    person_switch: (name) => after(() => world.shared.switchTo(name)),
    copies: (id) => after(() => (failing(), world.shared.copies(row(id))), 60),
    copies_join: (id) => after(() => {
      world.put({ ...row(id), files: row(id).files + 3 });
      world.push("inbox");
      return 2;
    }),
    good_rules: () => after(() => world.shared.rules()),
    good_of_case: (id) => after(() => world.shared.ofCase(row(id))),
    good_add: ({ case: id, reason, until }) => after(() => {
      if (row(id).protected && row(id).harm !== "ncii") throw fault("refused", "What a list of child abuse material or of an unknown kind names is never known good here. Nothing was changed.");
      const rule = world.shared.add(id, reason, until);
      world.put({ ...row(id), state: "decided", decision: "keep", updated: Date.now() });
      world.write("kept_by_rule", id, { rule, reason });
      world.push("inbox", "record");
      return { rule, kept: 1 };
    }),
    good_remove: (rule) => after(() => {
      const back = world.shared.end(rule);
      for (const id of back) world.put({ ...row(id), state: "open", decision: null, second_look: "reopened", updated: Date.now() });
      world.push("inbox", "record");
      return back.length;
    }),
    good_dismiss: (id) => after(() => world.shared.dismiss(id)),
  };
}
