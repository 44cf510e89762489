// Opens the door, makes the one state, mounts the frame.

import { mount } from "svelte";
import "./tokens.css";
import "./app.css";
import App from "./App.svelte";
import { openBackend } from "./lib/backend";
import { Gate } from "./lib/state.svelte";

const target = document.querySelector("#app");
if (target) {
  const gate = new Gate(await openBackend());
  mount(App, { target, props: { gate } });
  await gate.start();
}
