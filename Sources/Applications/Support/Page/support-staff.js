import { MusterSocket } from "/muster.mjs";
import { addLine, arrange, checkName, describeClose, element, followState, nameProblem, say, showState, translate }
  from "/assets/pages.js";
import { StaffTalks } from "/assets/support-talks.js";
import { maximumName, TalkForm } from "/assets/support-talk.js";

translate({
  title: "客服人員",
  name: "您的名字",
  enter: "開始服務",
  lists: "隊伍與對話",
  waiting: "等候：",
  talks: "對話中：",
  staff: "客服人員：",
  own: "您的對話",
  queue: "隊伍",
  next: "接下一位",
  others: "同事的對話",
  back: "返回",
  away: "離線",
  end: "結束",
  message: "訊息",
  send: "送出",
  colleague: "轉交給",
  hand: "轉交",
  idle: "請從隊伍中接待一位顧客，或打開您的一個對話。",
});

const [field, desk, queue, others, next, notice, form, text, handing, colleague] =
  ["name", "desk", "queue", "others", "next", "notice", "form", "text", "handing", "colleague"]
    .map((id) => document.getElementById(id));
const name = new URLSearchParams(location.search).get("name")?.trim() ?? "";

let socket = null;
let talks = null;
/** @type {TalkForm<string> | null} */
let talkForm = null;
/** The customer whom this window has asked for; `true` for whoever is next. */
let asked = null;
/** When each waiting customer came, in milliseconds since 1970. */
let since = new Map();

field.value = name;
checkName(field, maximumName);
const problem = name && nameProblem(name, maximumName);
document.getElementById("entrance").hidden = Boolean(name && !problem);
if (name && !problem) {
  desk.hidden = false;
  talks = new StaffTalks(tell, (customer) => socket.forget(customer));
  follow();
  connect();
  setInterval(showTimes, 1000);
} else {
  showState("disconnected");
  field.focus();
}

function connect() {
  showState("connecting");
  socket = new MusterSocket("/support/staff/", { parameters: { name } });
  followState(socket);
  socket.addEventListener("open", () => {
    tell("");
    talks.doubt();
    talkForm.opened();
    talkForm.sendFiles();
  });
  socket.addEventListener("message", ({ detail }) => show(detail));
  socket.addEventListener("gap", () => talks.addGap());
  socket.addEventListener("close", ({ detail }) => {
    asked = null;
    talkForm.closed();
    tell(describeClose(detail));
    for (const id of ["waiting", "talks", "staff"]) document.getElementById(id).textContent = "–";
  });
}

function show(frame) {
  switch (frame.type) {
    case "queue":
      showQueue(frame.waiting);
      showOthers(frame.talks);
      showColleagues(frame.staff);
      talks.settle(frame.talks.filter((talk) => talk.staff === name).map((talk) => talk.customer));
      break;
    case "counts":
      for (const id of ["waiting", "talks", "staff"]) document.getElementById(id).textContent = frame[id];
      break;
    case "talk": {
      const isAsked = asked === true || asked === frame.customer;
      if (isAsked) asked = null;
      talks.begin(frame.customer, isAsked);
      break;
    }
    case "message":
      talks.add(frame);
      if (frame.from === "staff" && frame.name === name) talkForm.heard(frame);
      break;
    case "gone":
      talks.remove(frame.customer);
      break;
    case "away":
    case "back":
      talks.setAway(frame.customer, frame.type === "away");
      break;
    case "error":
      if (talkForm.refused(frame)) break;
      asked = null;
      tell(frame.text);
  }
}

function tell(what) {
  notice.textContent = what;
}

function send(frame) {
  const isSent = socket.send(JSON.stringify(frame));
  if (!isSent) tell(say("There is no connection.", "目前沒有連線。"));
  return isSent;
}

function take(customer) {
  if (send(customer === undefined ? { type: "take" } : { type: "take", customer })) asked = customer ?? true;
}

function showQueue(waiting) {
  since = new Map(waiting.map(({ name, seconds }) => [name, seconds * 1000]));
  const focused = document.activeElement?.closest("#queue li")?.dataset.customer;
  const known = new Map([...queue.children].map((item) => [item.dataset.customer, item]));
  const items = waiting.map(({ name }) => {
    if (known.has(name)) return known.get(name);
    const button = element("button", "quiet", say("Take", "接待"));
    button.type = "button";
    button.setAttribute("aria-label", say(`Take ${name}`, `接待 ${name}`));
    button.addEventListener("click", () => take(name));
    const item = element("li", "", element("span", "who", name), element("span", "wait"), button);
    item.dataset.customer = name;
    return item;
  });
  const none = element("li", "none", say("Nobody is waiting.", "目前沒有人在等候。"));
  arrange(queue, items.length > 0 ? items : [none]);
  next.disabled = waiting.length === 0;
  // What is moved or goes loses the focus.
  if (focused !== undefined && !queue.contains(document.activeElement)) {
    const item = [...queue.children].find((item) => item.dataset.customer === focused);
    (item?.querySelector("button") ?? next).focus();
  }
  showTimes();
}

function showTimes() {
  const now = Date.now();
  for (const item of queue.querySelectorAll("[data-customer]")) {
    const seconds = Math.max(0, Math.floor((now - since.get(item.dataset.customer)) / 1000));
    const minutes = Math.floor(seconds / 60);
    item.querySelector(".wait").textContent = `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

function showOthers(all) {
  const items = all.filter((talk) => talk.staff !== name).map(({ customer, staff }) =>
    element("li", "", element("span", "who", customer), element("span", "wait", staff)));
  others.replaceChildren(...items);
  others.parentElement.hidden = items.length === 0;
}

function showColleagues(staff) {
  const colleagues = staff.filter((one) => one !== name);
  const listed = [...colleague.options].map((option) => option.value);
  handing.hidden = colleagues.length === 0;
  // One who is choosing is not disturbed without need.
  if (JSON.stringify(listed) === JSON.stringify(colleagues)) return;
  const chosen = colleague.value;
  colleague.replaceChildren(...colleagues.map((one) => new Option(one, one)));
  if (colleagues.includes(chosen)) colleague.value = chosen;
}

function follow() {
  next.addEventListener("click", () => take());
  document.getElementById("back").addEventListener("click", () => talks.close());
  document.getElementById("end").addEventListener("click", () => send({ type: "end", customer: talks.open }));
  talkForm = new TalkForm(form, text, {
    target: () => talks.open,
    send: (fields, customer) => socket.send(JSON.stringify({ ...fields, customer })),
    fail: (failure, customer) => {
      const log = talks.logOf(customer);
      if (log) addLine(log, "error", failure);
      if (customer !== talks.open) tell(`${customer}: ${failure}`);
    },
  });
  handing.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ type: "hand_over", customer: talks.open, staff: colleague.value });
  });
}
