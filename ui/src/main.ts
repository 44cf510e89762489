// Opens the door, makes the one state, mounts the frame in the language that was chosen.

import { mount } from "svelte";
import "./tokens.css";
import "./app.css";
import { openBackend } from "./lib/backend";
import { Gate } from "./lib/state.svelte";
import Root from "./Root.svelte";

const target = document.querySelector("#app");
if (target) {
  const gate = new Gate(await openBackend());
  await gate.readApp();
  mount(Root, { target, props: { gate } });
  await gate.start();
}
