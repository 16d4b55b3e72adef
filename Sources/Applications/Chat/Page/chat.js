import { MusterSocket } from "/muster.mjs";
import {
  addGap, addLine, describeClose, element, followState, language, say, showState, timeElement, timeOf, translate,
} from "/assets/pages.js";
import { mediaElement, uploadControl } from "/assets/media.js";

translate({
  title: "聊天室",
  name: "您的名字",
  room: "房間",
  enter: "進入",
  messages: "訊息",
  message: "訊息",
  send: "送出",
  here: "在場的人",
  people: "人數：",
  connections: "連線數：",
});

const lobby = "lobby";
const room = decode(location.pathname.split("/")[2]) || lobby;
// The server writes names in this form.
const name = (new URLSearchParams(location.search).get("name") ?? keptName() ?? "").normalize("NFC");

const log = document.getElementById("log");
const text = document.getElementById("text");
const close = document.getElementById("close");
const connections = document.getElementById("connections");
const people = document.getElementById("people");
const names = document.getElementById("names");
const order = new Intl.Collator(language);

document.getElementById("title").textContent = room;
document.title = `${room} · ${document.title}`;
document.getElementById("name").value = name;
document.getElementById("room").value = room;
if (name) text.focus();

/** How many names are shown. */
const shownNames = 200;
/** Who is here, as far as told, and how many people that are with those who are not listed. */
let present = new Set();
let total = 0;
/** Who came (true) or went (false) since the server began to read who is here; `null` while no list is awaited. */
let changes = null;
/** Whether the list of names is to be shown anew. */
let isStale = false;
/** Files that the server has, and that could not be shown to the room yet. */
let unsentFiles = [];
let socket = connect();

close.before(uploadControl((text) => {
  unsentFiles.push(text);
  sendFiles();
  if (unsentFiles.length === 0) return;
  addLine(log, "error", say("The file is shown once there is a connection.", "連線後才會顯示檔案。"));
}));

function connect() {
  showState("connecting");
  close.textContent = say("Close", "關閉");
  const path = room === lobby ? "/chat/" : `/chat/${encodeURIComponent(room)}/`;
  const socket = new MusterSocket(path, { parameters: { name: name || null } });
  followState(socket);
  socket.addEventListener("open", () => {
    addLine(log, "event", say("Connected.", "已連線。"));
    sendFiles();
  });
  socket.addEventListener("message", ({ detail }) => show(detail));
  socket.addEventListener("gap", () => addGap(log));
  socket.addEventListener("close", ({ detail }) => {
    addLine(log, "event", describeClose(detail));
    changes = null;
    showPresent(new Set(), 0);
    connections.textContent = people.textContent = "–";
    if (!detail.willReconnect) close.textContent = say("Connect", "連線");
  });
  return socket;
}

function show(frame) {
  switch (frame.type) {
    case "message": {
      const isMine = name !== "" && frame.name === name;
      const sender = frame.name ?? say("somebody", "某人");
      const shown = mediaElement(frame.text) ?? frame.text;
      const line = [timeElement(timeOf(frame)), " ", element("b", "name", sender), " ", shown];
      addLine(log, isMine ? "message mine" : "message", ...line);
      break;
    }
    case "roll":
      changes = [];
      break;
    case "here": {
      const later = changes ?? [];
      changes = null;
      showPresent(new Set(frame.names), frame.names.length + (frame.more ?? 0));
      for (const [one, isHere] of later) change(one, isHere);
      break;
    }
    case "joined":
      change(frame.name, true);
      addLine(log, "event", say(`${frame.name} has come.`, `${frame.name} 來了。`));
      break;
    case "left":
      change(frame.name, false);
      addLine(log, "event", say(`${frame.name} has gone.`, `${frame.name} 離開了。`));
      break;
    case "count":
      connections.textContent = frame.connections;
      people.textContent = frame.people;
      showPresent(present, Number(frame.people));
      break;
    case "notice":
      addLine(log, "event", frame.text);
      break;
    case "error":
      addLine(log, "error", frame.text);
  }
}

function change(one, isHere) {
  changes?.push([one, isHere]);
  if (isHere) present.add(one);
  else present.delete(one);
  showPresent(present, total);
}

function showPresent(all, people) {
  present = all;
  total = people;
  if (isStale) return;
  isStale = true;
  // However many come at once, the list is made once per frame. Pages in the background have no frames, but timers.
  setTimeout(listNames, 16);
}

function listNames() {
  isStale = false;
  const listed = [...present].sort(order.compare).slice(0, shownNames);
  const items = listed.map((one) => element("li", "", one));
  const more = total - listed.length;
  if (more > 0) items.push(element("li", "", say(`and ${more} more`, `還有 ${more} 人`)));
  names.replaceChildren(...items);
}

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  text.focus();
  if (!text.value) return;
  if (socket.send(text.value)) {
    text.value = "";
  } else {
    addLine(log, "error", say("Not sent: there is no connection.", "未送出：目前沒有連線。"));
  }
});

function sendFiles() {
  unsentFiles = unsentFiles.filter((text) => !socket.send(text));
}

// The text "close" makes the server say that it closes, and close.
close.addEventListener("click", () => {
  if (socket.state === "closed") {
    log.replaceChildren();
    socket = connect();
  } else if (!socket.send("close")) {
    socket.close();
  }
});

document.getElementById("entrance").addEventListener("submit", (event) => {
  event.preventDefault();
  const [newName, newRoom] = ["name", "room"].map((id) => document.getElementById(id).value.trim());
  const path = !newRoom || newRoom === lobby ? "/web/" : `/web/${encodeURIComponent(newRoom)}/`;
  location.assign(keepName(newName) ? path : `${path}?name=${encodeURIComponent(newName)}`);
});

function keptName() {
  try {
    return sessionStorage.getItem("name");
  } catch {
    return null;
  }
}

/** Returns false where the browser keeps nothing for pages. */
function keepName(name) {
  try {
    sessionStorage.setItem("name", name);
    return true;
  } catch {
    return false;
  }
}

function decode(part = "") {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
