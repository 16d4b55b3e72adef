import { MusterSocket } from "/muster.mjs";
import { addLine, describeClose, followState, say, showState, translate } from "/assets/pages.js";

translate({
  title: "回音",
  hint: "送出什麼就原樣收回什麼。所示時間是一去一回的全程。",
  log: "送出與收到的內容",
  text: "文字",
  sendText: "以文字送出",
  sendBytes: "以位元組送出",
  connect: "連線",
});

const log = document.getElementById("log");
const form = document.getElementById("form");
const text = document.getElementById("text");
const reconnect = document.getElementById("connect");
/** When each message was sent that has not come back: they come back in order. */
let sent = [];
let socket = connect();

function connect() {
  showState("connecting");
  reconnect.hidden = true;
  const socket = new MusterSocket("/ws/", { subprotocol: null });
  followState(socket);
  socket.addEventListener("message", ({ detail }) => {
    const time = `${(performance.now() - sent.shift()).toFixed(1)} ms`;
    addLine(log, "received", "← ", describe(detail), " · ", time);
  });
  socket.addEventListener("close", ({ detail }) => {
    sent = [];
    addLine(log, "event", describeClose(detail));
    reconnect.hidden = detail.willReconnect;
  });
  return socket;
}

// What was too large ends the connection for good; the next text may be shorter.
reconnect.addEventListener("click", () => {
  socket = connect();
  text.focus();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const data = event.submitter?.value === "bytes" ? new TextEncoder().encode(text.value).buffer : text.value;
  if (!socket.send(data)) {
    addLine(log, "error", say("Not sent: there is no connection.", "未送出：目前沒有連線。"));
    return;
  }
  sent.push(performance.now());
  addLine(log, "sent", "→ ", describe(data));
  text.select();
});

function describe(data) {
  if (typeof data === "string") return `“${data}”`;
  const bytes = new Uint8Array(data);
  const start = Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return say(`${bytes.length} bytes: `, `${bytes.length} 位元組：`) + start + (bytes.length > 16 ? " …" : "");
}
