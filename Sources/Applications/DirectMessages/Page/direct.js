import { MusterSocket } from "/muster.mjs";
import {
  arrange, checkName, describeClose, element, followState, nameProblem, say, showState, timeElement, timeOf, translate,
} from "/assets/pages.js";
import { mediaElement, uploadControl } from "/assets/media.js";
import { Conversations } from "/assets/direct-conversations.js";
import { People } from "/assets/direct-people.js";

translate({
  title: "私訊",
  name: "您的名字",
  enter: "進入",
  connect: "連線",
  people: "人員",
  other: "寫給",
  open: "開啟",
  back: "返回",
  messages: "訊息",
  message: "訊息",
  send: "送出",
});

/** How long a name may be, as part of a group's name. */
const maximumName = 90;
/** As much as the server takes, in bytes. */
const maximumText = 8192;
/** How many ids one frame names. */
const maximumIDs = 100;
/** After how long what the server could not take is sent again, in ms. */
const againAfter = 3000;
/** Paths of the same form that are no user's. */
const taken = ["online_number", "counts"];

const byID = (id) => document.getElementById(id);
const [desk, list, log, form, text, missing] = ["desk", "people", "log", "form", "text", "missing"].map(byID);
const query = new URLSearchParams(location.search);
const me = query.get("name")?.trim() ?? "";
const title = document.title;
const problem = me && nameProblem(me, maximumName);

byID("name").value = me;
for (const id of ["name", "other"]) checkName(byID(id), maximumName);
byID("entrance").addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign(`/direct/?name=${encodeURIComponent(byID("name").value.trim())}`);
});
if (me && !problem && !taken.includes(me)) {
  start();
} else {
  showState("disconnected");
  if (problem) notify(say("No user's name: ", "不是使用者的名稱：") + problem);
  else if (me) notify(say("This name is taken by Muster itself.", "這個名稱由 Muster 保留。"));
  else byID("name").focus();
}

/** Says something about the connection, with or without a button that makes a new one; without a text nothing. */
function notify(text, canConnect = false) {
  byID("notice").hidden = !text;
  byID("why").textContent = text;
  byID("again").hidden = !canConnect;
}

/** Says what is wrong with a message, until the next is taken; without a text nothing. */
function complain(text) {
  byID("trouble").hidden = !text;
  byID("trouble").textContent = text;
}

function start() {
  const conversations = new Conversations(me);
  const people = new People();
  /** Whose conversation is open. @type {string | null} */
  let current = null;
  /** What stands in the log, by message. @type {Map<object, HTMLElement>} */
  let lines = new Map();
  /** Ids of which the senders are to hear that they were delivered. @type {string[]} */
  let delivered = [];
  let lost = 0;
  let isStale = false;
  /** What the server was told last to be read, on this connection. */
  let told = "";
  let socket = connect();

  byID("entrance").hidden = true;
  byID("me").textContent = `· ${me}`;
  desk.hidden = false;
  byID("send").after(uploadControl(write, () => current));
  open(query.get("with"), false);
  addEventListener("popstate", () => open(new URLSearchParams(location.search).get("with"), false));
  document.addEventListener("visibilitychange", refresh);
  // How long ago people were here; and what could not be noted as read is told again.
  setInterval(() => {
    told = "";
    refresh();
  }, 30_000);

  function connect() {
    showState("connecting");
    notify("");
    const socket = new MusterSocket(`/ws/${encodeURIComponent(me)}/`);
    followState(socket);
    socket.addEventListener("open", () => {
      notify("");
      conversations.beginAnew();
      told = "";
      flush();
    });
    socket.addEventListener("message", ({ detail }) => take(detail));
    socket.addEventListener("close", ({ detail }) => {
      people.forget();
      notify(describeClose(detail), !detail.willReconnect);
      refresh();
    });
    return socket;
  }

  function send(frame) {
    return socket.send(JSON.stringify(frame));
  }

  function take(frame) {
    switch (frame.type) {
      case "message":
        // What one writes to oneself is told as sent already.
        if (frame.sender !== me) conversations.received(frame);
        if (frame.receipt) delivered.push(frame.id);
        break;
      case "accepted": conversations.accepted(frame); break;
      case "sent": conversations.sent(frame); break;
      case "receipt": conversations.receipt(frame); break;
      case "unread": people.setUnread(frame.counts); break;
      case "missing":
        lost += frame.count;
        send({ type: "ack", missing: frame.count });
        break;
      case "error":
        if (!conversations.refused(frame)) complain(frame.text);
        else if (frame.again) setTimeout(sendHeld, againAfter);
        break;
      default:
        if (!people.take(frame)) return;
    }
    flush();
    refresh();
  }

  function sendHeld() {
    conversations.release();
    flush();
  }

  function flush() {
    conversations.flush(send);
    while (delivered.length > 0 && send({ type: "delivered", ids: delivered.slice(0, maximumIDs) })) {
      delivered = delivered.slice(maximumIDs);
    }
  }

  /** Says what the user has seen. What was not seen stays unread, also over a reload. */
  function tellRead() {
    if (!current || document.visibilityState !== "visible" || people.unread(current) === 0) return;
    const id = current === me ? conversations.with(me).at(-1)?.id : conversations.newestID(current);
    if (!id || told === `${current} ${id}` || !send({ type: "read", sender: current, id })) return;
    told = `${current} ${id}`;
    conversations.noteRead(current, id);
  }

  /** Opens a conversation, or with `null` the list alone. */
  function open(name, isNew = true) {
    if (name !== null && nameProblem(name, maximumName)) name = null;
    if (name !== current) {
      current = name;
      lines = new Map();
      log.replaceChildren();
      complain("");
      text.value = name === null ? "" : conversations.draft(name);
    }
    const address = new URL(location.href);
    if (name === null) address.searchParams.delete("with");
    else address.searchParams.set("with", name);
    if (isNew && address.href !== location.href) history.pushState(null, "", address);
    byID("peer").textContent = name ?? say("Choose somebody to write to.", "請選擇對象。");
    desk.toggleAttribute("data-open", name !== null);
    form.hidden = name === null;
    show();
    log.scrollTop = log.scrollHeight;
  }

  function refresh() {
    if (isStale) return;
    isStale = true;
    // However many come at once, they are shown once per frame. Pages in the background have no frames, but timers.
    setTimeout(show, 16);
  }

  function show() {
    isStale = false;
    showPeople();
    showConversation();
    missing.hidden = lost === 0;
    missing.textContent = say(
      `Messages to you that are missing, since there were too many or they waited too long: ${lost}`,
      `因數量過多或等待過久而遺失的訊息：${lost} 則`,
    );
    document.title = people.total > 0 ? `(${people.total}) ${title}` : title;
    tellRead();
  }

  function showPeople() {
    const focused = document.activeElement?.closest("#people button")?.dataset.name;
    arrange(list, people.items(conversations.names, me, current));
    // What is moved loses the focus.
    if (focused === undefined || list.contains(document.activeElement)) return;
    list.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  function showConversation() {
    const messages = current === null ? [] : conversations.with(current);
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const wanted = new Map(messages.map((message) => [message, lines.get(message) ?? line(message)]));
    for (const [message, made] of lines) if (!wanted.has(message)) made.remove();
    lines = wanted;
    // Only what is not where it belongs is moved: a film plays on, and nothing is read aloud twice.
    let next = log.firstElementChild;
    for (const [message, made] of lines) {
      if (made === next) next = next.nextElementSibling;
      else log.insertBefore(made, next);
      mark(message, made);
    }
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  function line(message) {
    const who = element("b", "name", message.mine ? me : current);
    const state = element("span", "mark");
    state.ariaLive = "off";
    const shown = element("span", "text", mediaElement(message.text) ?? message.text);
    return element("p", message.mine ? "message mine" : "message", element("time", ""), " ", who, " ", shown, state);
  }

  /** Shows when a message was sent, and how far it has come. */
  function mark(message, made) {
    const look = `${message.id} ${message.state} ${message.why}`;
    if (made.dataset.look === look) return;
    made.dataset.look = look;
    made.querySelector("time").replaceWith(message.id ? timeElement(timeOf(message)) : element("time", ""));
    const state = made.querySelector(".mark");
    state.className = `mark ${message.state ?? ""}`;
    state.textContent = {
      sending: say("sending", "傳送中"),
      accepted: say("✓ sent", "✓ 已送出"),
      delivered: say("✓✓ delivered", "✓✓ 已送達"),
      read: say("✓✓ read", "✓✓ 已讀"),
      // The server says that it was not sent, and why.
      failed: `✗ ${message.why}`,
    }[message.state] ?? "";
    if (message.state !== "failed") return;
    const again = element("button", "quiet", say("Send again", "再送一次"));
    again.type = "button";
    again.addEventListener("click", () => {
      conversations.retry(message);
      flush();
      refresh();
    });
    state.append(again);
  }

  /** @returns {boolean} whether the message is kept until it is sent */
  function write(message, name = current) {
    const isShort = new TextEncoder().encode(message).length <= maximumText;
    const isTaken = name !== null && isShort && conversations.write(name, message);
    if (isTaken) complain("");
    else if (!isShort) complain(say(`A message has at most ${maximumText} bytes.`, `訊息最多 ${maximumText} 位元組。`));
    else complain(say("Too much waits to be sent already.", "等待送出的訊息太多。"));
    flush();
    show();
    if (isTaken) log.scrollTop = log.scrollHeight;
    return isTaken;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    text.focus();
    if (!text.value || !write(text.value)) return;
    text.value = "";
    conversations.setDraft(current, "");
  });
  text.addEventListener("input", () => conversations.setDraft(current, text.value));
  list.addEventListener("click", (event) => {
    const name = event.target.closest("button")?.dataset.name;
    if (name === undefined) return;
    open(name);
    text.focus();
  });
  byID("find").addEventListener("submit", (event) => {
    event.preventDefault();
    open(byID("other").value.trim());
    byID("other").value = "";
    text.focus();
  });
  byID("back").addEventListener("click", () => {
    const { with: name } = Object.fromEntries(new URLSearchParams(location.search));
    open(null);
    list.querySelector(`[data-name="${CSS.escape(name ?? "")}"]`)?.focus();
  });
  byID("again").addEventListener("click", () => {
    socket = connect();
    refresh();
  });
}
