import { MusterSocket } from "/muster.mjs";
import { addGap, addLine, checkName, describeClose, followState, nameProblem, say, showState, translate }
  from "/assets/pages.js";
import { addTalkLine, maximumName, TalkForm } from "/assets/support-talk.js";

translate({
  title: "客服",
  name: "您的名字",
  enter: "開始排隊",
  leave: "離開",
  conversation: "對話",
  message: "訊息",
  send: "送出",
});

const title = document.title;
const name = new URLSearchParams(location.search).get("name")?.trim() ?? "";
const [field, status, log, talk, text, form, leave] =
  ["name", "status", "log", "talk", "text", "form", "leave"].map((id) => document.getElementById(id));

/** Where the customer is: `connecting`, `waiting`, `talking`, `over`. */
let phase = "connecting";
/** What the customer is leaving, until the server has closed the connection upon it. @type {"queue" | "talk" | null} */
let leaving = null;
let socket = null;
/** @type {TalkForm<true> | null} */
let talkForm = null;

field.value = name;
checkName(field, maximumName);
const problem = name && nameProblem(name, maximumName);
document.getElementById("entrance").hidden = Boolean(name && !problem);
if (name && !problem) {
  document.getElementById("desk").hidden = false;
  talkForm = new TalkForm(form, text, {
    target: () => true,
    send: (fields) => phase === "talking" && socket.send(JSON.stringify(fields)),
    fail: (failure) => addLine(log, "error", failure),
  });
  leaving = ["queue", "talk"].find((one) => one === noted()) ?? null;
  if (noted() === "over") {
    showState("disconnected");
    setPhase("over", say("You are not in the queue.", "您不在隊伍中。"));
  } else {
    connect();
  }
} else {
  showState("disconnected");
  field.focus();
}

function connect() {
  log.replaceChildren();
  note(leaving);
  setPhase("connecting", say("Connecting …", "連線中……"));
  showState("connecting");
  socket = new MusterSocket("/support/", { parameters: { name } });
  followState(socket);
  socket.addEventListener("message", ({ detail }) => show(detail));
  socket.addEventListener("gap", () => addGap(log));
  socket.addEventListener("open", () => {
    talkForm.opened();
    sendLeave();
  });
  socket.addEventListener("close", ({ detail }) => {
    talkForm.closed();
    if (phase === "over") {
      socket.close();
    } else if (detail.code === 1000) {
      end(leaving === "talk"
        ? say("You have ended the conversation.", "您已結束對話。")
        : say("You have left the queue.", "您已離開隊伍。"));
    } else {
      const isOver = !detail.willReconnect;
      if (isOver) note(leaving = null);
      setPhase(isOver ? "over" : "connecting", describeClose(detail));
    }
  });
}

function show(frame) {
  switch (frame.type) {
    case "waiting":
      setPhase("waiting", place(frame));
      document.title = `${frame.place} · ${title}`;
      break;
    case "talk":
      setPhase("talking", say(`You are talking with ${frame.staff}.`, `正在與 ${frame.staff} 對話。`));
      document.title = `${frame.staff} · ${title}`;
      talkForm.sendFiles();
      break;
    case "message":
      talk.hidden = false;
      addTalkLine(log, frame, "customer");
      if (frame.from === "customer") talkForm.heard(frame);
      break;
    case "ended":
      end(phase === "waiting"
        ? say("You are no longer in the queue.", "您已不在隊伍中。")
        : say("The conversation has ended.", "對話已結束。"));
      // A new connection would begin a new wait.
      socket.close();
      break;
    case "error":
      if (talkForm.refused(frame)) break;
      if (leaving) {
        // It may not have been done: the customer is where the server says.
        leaving = null;
        note(null);
        showLeave();
      }
      talk.hidden = false;
      addLine(log, "error", frame.text);
  }
}

function place({ place, waiting }) {
  return place === 1
    ? say(`You are next. Waiting in all: ${waiting}.`, `下一位就是您。總共有 ${waiting} 人在等候。`)
    : say(
      `Your place in the queue: ${place}. Waiting in all: ${waiting}.`,
      `您在隊伍中的第 ${place} 位。總共有 ${waiting} 人在等候。`,
    );
}

function setPhase(newPhase, description) {
  const isNew = newPhase !== phase;
  phase = newPhase;
  status.textContent = description;
  const isTalking = phase === "talking";
  // While the connection is away the conversation stays in sight, and what was being written in its field.
  if (phase !== "connecting") form.hidden = !isTalking;
  if (isTalking) talk.hidden = false;
  if (!isTalking) document.title = title;
  showLeave();
  if (isNew && isTalking) text.focus();
}

function showLeave() {
  leave.disabled = leaving !== null && phase !== "over";
  leave.textContent = leave.disabled ? say("Leaving …", "正在離開……") : {
    connecting: say("Leave", "離開"),
    waiting: say("Leave the queue", "離開隊伍"),
    talking: say("End the conversation", "結束對話"),
    over: say("Get in line again", "重新排隊"),
  }[phase];
}

/** There is neither wait nor conversation any longer: a reload is not to begin another. */
function end(description) {
  leaving = null;
  note("over");
  setPhase("over", description);
}

function sendLeave() {
  if (leaving) socket.send(JSON.stringify({ type: "leave" }));
}

/** Keeps for a reload of this tab that the customer is leaving, or has left; without a text, neither. */
function note(text, who = name) {
  try {
    if (text) sessionStorage.setItem(`muster:support:${who}`, text);
    else sessionStorage.removeItem(`muster:support:${who}`);
  } catch {
    // A browser may forbid it: then a reload begins a new wait.
  }
}

function noted() {
  try {
    return sessionStorage.getItem(`muster:support:${name}`);
  } catch {
    return null;
  }
}

// Who gives a name wants to get in line.
document.getElementById("entrance").addEventListener("submit", () => note(null, field.value.trim()));

leave.addEventListener("click", () => {
  if (phase === "over") {
    socket?.close();
    talk.hidden = true;
    connect();
    return;
  }
  // Until the server closes the connection upon it, nobody knows whether it was done; a new one asks again.
  leaving = phase === "talking" || (phase === "connecting" && !talk.hidden) ? "talk" : "queue";
  note(leaving);
  showLeave();
  sendLeave();
});
