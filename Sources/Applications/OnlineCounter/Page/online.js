import { MusterSocket } from "/muster.mjs";
import { followState, showState, translate } from "/assets/pages.js";

translate({
  title: "線上人數",
  label: "線上人數",
  hint: "用另一個視窗打開這個網頁：不論各自連到哪一個前端，兩邊的數字都相同。",
});
showState("connecting");

const count = document.getElementById("count");
// The counter's frames are the same for all clients, so no subprotocol is asked for.
const socket = new MusterSocket("/ws/online_number/", { subprotocol: null });
followState(socket);
socket.addEventListener("message", ({ detail }) => {
  count.textContent = JSON.parse(detail).message;
});
socket.addEventListener("close", () => {
  count.textContent = "–";
});
