// What all pages share: their language, how a connection's state is shown, and logs.

/** The page's language: English, or Traditional Chinese for those whose browser prefers any Chinese to English. */
export const language = choose(navigator.languages ?? [navigator.language]);

function choose(preferred) {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return "zh-Hant";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/** One of two texts, by the page's language. */
export function say(english, chinese) {
  return language === "en" ? english : chinese;
}

/**
 * Puts a page into its language; the English texts stand in the page itself.
 *
 * @param {Object<string, string>} texts the Chinese texts by key: `data-i18n` names an element's text,
 *   `data-i18n-label` its label; the key `title` is the page's title too
 * @param {ParentNode} root what to put into the language
 */
export function translate(texts, root = document.getElementById("main")) {
  if (language === "en") return;
  for (const element of root.querySelectorAll("[data-i18n]")) {
    element.textContent = texts[element.dataset.i18n] ?? element.textContent;
  }
  for (const element of root.querySelectorAll("[data-i18n-label]")) {
    element.setAttribute("aria-label", texts[element.dataset.i18nLabel]);
  }
  if (texts.title && root.id === "main") document.title = `${texts.title} · Muster`;
}

/** Shows whether the page is connected, in the element with id `state`. */
export function showState(state) {
  const element = document.getElementById("state");
  element.dataset.state = state;
  element.textContent = {
    connecting: say("connecting", "連線中"),
    connected: say("connected", "已連線"),
    disconnected: say("disconnected", "已斷線"),
  }[state];
}

/** Keeps `#state` true to a socket, from now on. */
export function followState(socket) {
  socket.addEventListener("open", () => showState("connected"));
  socket.addEventListener("close", () => showState("disconnected"));
}

/** What a connection's end means for the one who looks at the page. */
export function describeClose({ code, reason, willReconnect }) {
  const text = reason ? `${code}: ${reason}` : `${code}`;
  return willReconnect
    ? say(`Disconnected (${text}), connecting again.`, `已斷線（${text}），正在重新連線。`)
    : say(`Disconnected (${text}).`, `已斷線（${text}）。`);
}

/**
 * What is wrong with a name that becomes part of a group's name and of an address; nothing if it may be used.
 *
 * @param {string} name the name
 * @param {number} maximum how long it may be
 * @returns {string} an empty text, or the rule
 */
export function nameProblem(name, maximum) {
  // Browsers take . and .. out of addresses.
  if (/^[A-Za-z0-9._-]+$/.test(name) && name.length <= maximum && name !== "." && name !== "..") return "";
  return say(
    `1 to ${maximum} of these characters: A-Z a-z 0-9 . _ -; neither . nor .. alone.`,
    `請用 1 到 ${maximum} 個這些字元：A-Z a-z 0-9 . _ -；不能只有 . 或 ..。`,
  );
}

/** Has a form refuse what `nameProblem` finds in one of its fields, and say so. */
export function checkName(input, maximum) {
  const check = () => input.setCustomValidity(input.value && nameProblem(input.value.trim(), maximum));
  input.addEventListener("input", check);
  check();
}

const maximumLines = 500;

/**
 * Adds a line to a log and keeps its end in sight, unless the reader has scrolled up.
 *
 * @param {HTMLElement} log where to
 * @param {string} kind the line's class
 * @param {...(string|Node)} parts texts, shown as they are, never as markup, and elements
 * @returns {HTMLElement} the line
 */
export function addLine(log, kind, ...parts) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const line = element("p", kind, ...parts);
  log.append(line);
  while (log.childElementCount > maximumLines) log.firstElementChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
  return line;
}

/** An element with a class and contents: texts, shown as they are, and elements. */
export function element(tag, kind, ...contents) {
  const made = document.createElement(tag);
  made.className = kind;
  made.append(...contents);
  return made;
}

/**
 * Gives a list its items. Those that are where they belong stay untouched: a click that has begun on one is not lost.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement[]} items all of them, in order
 */
export function arrange(list, items) {
  const wanted = new Set(items);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  let next = list.firstElementChild;
  for (const item of items) {
    if (item === next) next = next.nextElementSibling;
    else list.insertBefore(item, next);
  }
}

/** A time of day, as an element, with the date if it is not today. */
export function timeElement(date) {
  const now = new Date();
  const day = date.toDateString() === now.toDateString() ? {} : { month: "short", day: "numeric" };
  if (date.getFullYear() !== now.getFullYear()) day.year = "numeric";
  const made = element("time", "", date.toLocaleString(language, { ...day, hour: "2-digit", minute: "2-digit" }));
  made.dateTime = date.toISOString();
  return made;
}

/** When a message was sent: its id begins with the time in milliseconds. */
export function timeOf(frame) {
  return new Date(frame.id ? Number(frame.id.split("-")[0]) : Date.now());
}

/** The line that stands where messages may be missing. */
export function addGap(log) {
  addLine(log, "gap", say("Some messages may be missing here.", "這裡可能缺少一些訊息。"));
}

document.documentElement.lang = language;
translate(
  {
    skip: "跳到內容",
    systems: "系統",
    online: "線上人數",
    chat: "聊天",
    direct: "私訊",
    support: "客服",
    notifications: "通知",
    clock: "時鐘",
    echo: "回音",
  },
  document.body,
);
for (const link of document.querySelectorAll("nav a")) {
  const path = link.getAttribute("href");
  const isHere = path === "/" ? location.pathname === "/" : location.pathname.startsWith(path);
  if (isHere) link.setAttribute("aria-current", "page");
}
