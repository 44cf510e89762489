// Lists, offers and places of the fake engine.

import type { SourceRow } from "../../bindings.gen";
import { DAY, HOUR } from "./fixtures";
import type { Backend } from "../backend";
import { asks, fault, type World } from "./world";

type Mine = Pick<
  Backend,
  | "lists" | "list_formats" | "list_versions" | "list_difference" | "list_going" | "list_roll_back" | "list_remove" | "list_threshold"
  | "list_threshold_set" | "own_new" | "own_put" | "own_entries" | "own_withdraw" | "list_terms_set" | "list_entries_off" | "list_switch_on" | "own_key_new" | "own_publish" | "offer" | "offer_choose" | "offer_address" | "offer_again"
  | "offer_answer" | "offer_accept" | "offer_end" | "sources" | "sources_look" | "source_change" | "source_forget" | "quiet_set"
>;

export function listsDoor(world: World): Mine {
  const { after, failing, list } = asks(world);
  return {
    lists: () => after(() => world.lists),
    list_formats: () => after(() => [{ format: "csv", title: "CSV with a header" }, { format: "hash_lines", title: "one hash a line" }, { format: "encase", title: "EnCase hash sets" }]),
    list_versions: (id) => after(() => [2, 1, 0].map((n) => {
      const seq = (world.newest.get(id) ?? list(id).seq) - (2 - n);
      return { seq, imported: Date.now() - (2 - n) * 9 * DAY, person: "Ana", file_shown: "list.csv", entries: 12_040 - (2 - n) * 300, active: seq === list(id).seq, can_go_back: seq !== list(id).seq };
    }).filter((version) => version.seq > 0)),
    list_difference: ({ seq }) => after(() => ({ added: 1_204 - seq, changed: 12, withdrawn: 37 })),
    list_going: ({ list: id, seq }) => after(() => {
      const back = seq < list(id).seq;
      return { difference: { added: back ? 37 : 1_204, changed: 12, withdrawn: back ? 1_204 : 37 }, unnamed: back ? 3 : 0, decisions_affected: back ? 0 : 2 };
    }),
    list_roll_back: ({ list: id, seq }) => after(() => {
      world.newest.set(id, Math.max(world.newest.get(id) ?? 0, list(id).seq));
      world.lists = world.lists.map((it) => (it.list === id ? { ...it, seq } : it));
      world.push("lists", "inbox");
      return null;
    }),
    list_remove: (id) => after(() => {
      world.lists = world.lists.filter((it) => it.list !== id);
      world.push("lists", "health", "inbox");
      return null;
    }),
    list_threshold: (id) => after(() => ({ now: list(id).threshold, contents: 41_208, exact: 2, near: Array.from({ length: 32 }, (_, bits) => Math.floor((bits * bits) / 60)) }), 150),
    list_threshold_set: ({ list: id, distance }) => after(() => {
      world.lists = world.lists.map((it) => (it.list === id ? { ...it, threshold: distance } : it));
      world.push("lists", "inbox");
      return 3;
    }),
    list_terms_set: ({ list: id, given_by, terms, review }) => after(() => {
      world.lists = world.lists.map((it) => (it.list === id ? { ...it, given_by, terms, review, review_due: review !== null && review <= Date.now() } : it));
      world.push("lists");
      return null;
    }),
    list_entries_off: (id) => after(() => (id === 2 && !world.switchedOn ? [{ entry: 412, at: Date.now() - 3 * DAY, person: "Ana", reason: "our own banner" }] : [])),
    list_switch_on: () => after(() => {
      world.switchedOn = true;
      world.push("lists", "inbox");
      return 4;
    }),
    own_entries: (id) => after(() => Array.from({ length: list(id).entries }, (_, at) => ({ entry: list(id).entries - at, kinds: at % 3 === 2 ? ["sha256", "sha1", "md5"] : ["sha256", "sha1", "md5", "pdq"], labels: at % 4 === 0 ? ["spam"] : [], added: Date.now() - at * DAY, held_back: at === 1 }))),
    own_withdraw: ({ list: id }) => after(() => {
      world.lists = world.lists.map((it) => (it.list === id ? { ...it, entries: it.entries - 1, seq: it.seq + 1 } : it));
      world.push("lists", "inbox");
      return { decisions_affected: 1, cases: 1 };
    }),
    own_new: ({ name, harm }) => after(() => {
      if (world.lists.some((it) => it.name === name)) throw fault("name_taken", `There is a list ${name} already. Choose another name. Nothing was changed.`);
      const id = Math.max(0, ...world.lists.map((it) => it.list)) + 1;
      world.lists = [...world.lists, { ...list(world.lists[0]?.list ?? 0), list: id, name, harm, own: true, entries: 0, can_match: 0, kinds: [], kept: [], open_cases: 0, practice: false, signed: false, source: null }];
      world.push("lists");
      return null;
    }),
    own_put: ({ list: id }) => after(() => {
      world.lists = world.lists.map((it) => (it.list === id ? { ...it, entries: it.entries + 1, seq: it.seq + 1 } : it));
      world.push("lists", "inbox");
      return { was_there: false, held_back: false, cases: 1 };
    }),
    own_key_new: () => after(() => ({ file: "gatehouse-list-9.key", key: "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", words: "acid bird corn dawn echo farm gold hill" }), 200),
    own_publish: ({ list: id }) => after(() => {
      world.lists = world.lists.map((it) => (it.list === id ? { ...it, published: Date.now() } : it));
      world.push("lists");
      return { seq: 2, entries: list(id).entries, held_back: 0, has_pdq: true, expires: Date.now() + 30 * DAY, key: "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", words: "acid bird corn dawn echo farm gold hill" };
    }, 200),
    offer: () => after(() => world.offers.state()),
    offer_choose: ({ folder }) => after(() => world.offers.choose(folder), 200),
    offer_address: (asked) => after(() => world.offers.address(asked), 200),
    offer_again: (id) => after(() => {
      world.offers.again(list(id));
      return null;
    }),
    offer_answer: (answers) => after(() => {
      world.offers.answer(answers);
      return null;
    }),
    offer_accept: (yes) => after(() => {
      world.offers.accept(yes);
      return null;
    }),
    offer_end: (token) => after(() => {
      world.offers.end(token);
      return null;
    }),
    sources: () => after(() => ({ rows: world.lists.flatMap((it) => it.source ?? []), quiet: world.quiet, looking: world.looking !== null, looked: world.looking ?? 0 })),
    sources_look: () => after(() => {
      world.looking = 0;
      const step = (): void => {
        world.looking = world.looking === null || world.looking >= 3 ? null : world.looking + 1;
        world.push("lists");
        if (world.looking !== null) world.later(200, step);
      };
      world.later(200, step);
      world.push("lists");
      return null;
    }),
    source_change: (change) => after(() => {
      failing();
      const changed = (source: SourceRow): SourceRow => {
        const every_hours = change.every_hours ?? source.every_hours;
        const paused = change.paused ?? source.state === "paused";
        const secrets = change.token === null ? source.secrets : change.token === "" ? [] : ["authorization"];
        const by_itself = !paused && every_hours > 0;
        return {
          ...source, every_hours, secrets, other_hosts: change.other_hosts ?? source.other_hosts, private_network: change.private_network ?? source.private_network,
          state: paused ? "paused" : every_hours === 0 ? "by_hand" : "waiting", next: by_itself ? Date.now() + every_hours * HOUR : null,
        };
      };
      world.lists = world.lists.map((it) => (it.source?.source === change.source ? { ...it, source: changed(it.source) } : it));
      world.push("lists");
      return true;
    }),
    source_forget: (id) => after(() => {
      world.lists = world.lists.map((it) => (it.source?.source === id ? { ...it, source: null } : it));
      world.push("lists");
      return null;
    }),
    quiet_set: (hours) => after(() => {
      world.quiet = hours;
      world.push("lists");
      return null;
    }),
  };
}
