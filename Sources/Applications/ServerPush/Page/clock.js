import { MusterSocket } from "/muster.mjs";
import { followState, showState, translate } from "/assets/pages.js";

translate({
  title: "伺服器時鐘",
  label: "時間",
  hint: "伺服器每秒送出一次時間：所有觀看者共用一個計時器，沒有人看就停下。",
});
showState("connecting");

const clock = document.getElementById("clock");
const date = document.getElementById("date");
const socket = new MusterSocket("/md_admin/test_websocket");
followState(socket);
socket.addEventListener("message", ({ detail }) => {
  [date.textContent, clock.textContent] = detail.time.split(" ");
});
