import { MusterSocket } from "/muster.mjs";
import {
  addGap, addLine, checkName, describeClose, followState, nameProblem, say, showState, timeElement, timeOf, translate,
} from "/assets/pages.js";

translate({
  title: "通知",
  hint: "送給使用者的訊息會立刻出現在這裡；網頁在兩次連線之間錯過的，連上後會補上。",
  user: "使用者",
  listen: "接收",
  how: "如何送出通知",
  command: "在命令列",
  http: "透過 HTTP，使用前端設定的金鑰",
  django: "從 Django",
});

const log = document.getElementById("log");
const user = new URLSearchParams(location.search).get("user")?.trim();
/** With `message.` before it, as long as a group's name may be. */
const maximumLength = 91;
const field = document.getElementById("user");
field.value = user ?? "";
checkName(field, maximumLength);
// Whoever made a link may have chosen the name: no other becomes part of a command that somebody copies.
const problem = user && nameProblem(user, maximumLength);
document.getElementById("stream").hidden = !user;
if (user && !problem) {
  listen();
  explain();
} else {
  showState("disconnected");
  if (problem) addLine(log, "error", say("No user's name: ", "不是使用者的名稱："), problem);
}

function listen() {
  showState("connecting");
  const path = `/message/${encodeURIComponent(user)}/stream/`;
  // The position outlives a reload of the page: what comes meanwhile is not missed.
  const socket = new MusterSocket(path, { storageKey: `muster:${path}` });
  followState(socket);
  socket.addEventListener("open", () => addLine(log, "event", say("Connected.", "已連線。")));
  socket.addEventListener("message", ({ detail }) => {
    const text = detail.text ?? say("bytes (Base64): ", "位元組（Base64）：") + detail.base64;
    addLine(log, "message", timeElement(timeOf(detail)), " ", text);
  });
  socket.addEventListener("gap", () => addGap(log));
  socket.addEventListener("close", ({ detail }) => addLine(log, "event", describeClose(detail)));
}

function explain() {
  const message = `{"type": "websocket.send", "text": "hello"}`;
  document.getElementById("how").hidden = false;
  const examples = {
    command: `muster send message.${user} '${message}'`,
    http: [
      `curl ${location.origin}/api/v1/groups/message.${user}/send \\`,
      `  -H "Authorization: Bearer $KEY" -d '${message}'`,
    ].join("\n"),
    django: [
      `async_to_sync(get_channel_layer().send)("muster", {`,
      `    "type": "group.send",`,
      `    "group": "message.${user}",`,
      `    "message": ${message},`,
      `})`,
    ].join("\n"),
  };
  for (const [id, text] of Object.entries(examples)) document.getElementById(id).textContent = text;
}
