// Files in conversations: sending them to the server, and showing those that somebody has sent.

import { element, say } from "/assets/pages.js";

/** How a file's address looks. Nothing else that a message holds becomes an address. */
const address = /^\/media\/[0-9a-f]{32}$/;
/** Pictures that every browser shows and that run nothing. */
const pictures = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/;
/** Longer texts are no record. */
const maximumLength = 4096;
/** After how long what could not be loaded is tried once more, in ms. */
const loadAgainAfter = 4000;
/** How many files may wait at once. */
const maximumFiles = 20;

/**
 * Reads the record of a file: what the server answered when the file was sent to it.
 *
 * @param {string} text a message
 * @returns {{ id: string, url: string, type: string, size: number, sha256: string, name: string } | null} the record,
 *   or nothing if the message is anything else
 */
export function mediaRecord(text) {
  if (typeof text !== "string" || text.length > maximumLength || text[0] !== "{") return null;
  try {
    const { id, url, type, size, sha256, name } = JSON.parse(text);
    const isRecord = typeof url === "string" && address.test(url) && url === `/media/${id}`
      && typeof type === "string" && /^[a-z]+\/[a-z0-9.+-]+$/.test(type)
      && Number.isSafeInteger(size) && size >= 0
      && typeof name === "string" && name.length > 0;
    return isRecord ? { id, url, type, size, sha256, name } : null;
  } catch {
    return null;
  }
}

/**
 * Shows the file that a message names: a picture, sound or film where it stands, anything else as a link.
 *
 * @param {string} text a message
 * @returns {HTMLElement | null} the element, or nothing if the message names no file
 */
export function mediaElement(text) {
  const record = mediaRecord(text);
  if (!record) return null;
  const { type, url, name } = record;
  if (pictures.test(type)) {
    const picture = element("img", "");
    picture.alt = name;
    picture.loading = "lazy";
    picture.src = url;
    const link = element("a", "media", picture);
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener";
    afterSecondFailure(picture, () => { picture.src = url; }, () => link.replaceWith(lost(record)));
    return link;
  }
  const kind = /^(audio|video)\//.exec(type)?.[1];
  if (!kind) return link(record);
  const player = element(kind, "media");
  player.controls = true;
  player.preload = "metadata";
  player.ariaLabel = name;
  player.src = url;
  // A browser that cannot play it may still keep it.
  afterSecondFailure(player, () => player.load(), () => player.replaceWith(link(record)));
  return player;
}

/** What fails once may be there in a moment: the server was busy, or the network away. */
function afterSecondFailure(media, load, giveUp) {
  media.addEventListener("error", () => {
    media.addEventListener("error", giveUp, { once: true });
    setTimeout(load, loadAgainAfter);
  }, { once: true });
}

/** @returns {HTMLElement} what saves a file */
function link({ url, name, size }) {
  const made = element("a", "media file", `${name} (${sizeText(size)})`);
  made.href = url;
  made.download = name;
  return made;
}

function lost(record) {
  const text = say(" cannot be shown here, or is no longer kept.", "無法在此顯示，或已不再保留。");
  return element("span", "media", link(record), text);
}

/** A size as people write it. */
export function sizeText(bytes) {
  if (bytes < 1000) return say(`${bytes} bytes`, `${bytes} 位元組`);
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}

/**
 * A button that sends files to the server, one after the other, with a progress bar for each and a button that stops.
 *
 * @template Target
 * @param {(text: string, target: Target) => void} stored called for each file that the server has stored, with the text
 *   of a message that names it
 * @param {() => Target | null} [target] asked before files are chosen, for whom they are: the user, and the page, may
 *   go on meanwhile; nothing is sent if it is nobody
 * @returns {HTMLElement} what goes into a form
 */
export function uploadControl(stored, target = () => undefined) {
  const input = element("input", "");
  Object.assign(input, { type: "file", multiple: true, hidden: true, ariaLabel: say("Files", "檔案") });
  const attach = button("quiet attach", say("Attach", "附加檔案"));
  const name = element("span", "");
  const bar = element("progress", "");
  bar.max = 1;
  bar.ariaLabel = say("Progress", "進度");
  const stop = button("quiet stop", say("Stop", "停止"));
  const row = element("span", "progress", name, bar, stop);
  row.hidden = true;
  const problem = element("span", "problem");
  problem.setAttribute("role", "alert");
  /** @type {{ file: File, goesTo: Target }[]} */
  let waiting = [];
  /** @type {XMLHttpRequest | null} */
  let current = null;

  /** @type {Target | null} */
  let chosenFor = null;
  attach.addEventListener("click", () => {
    chosenFor = target();
    problem.textContent = "";
    if (chosenFor === null) complain(say("First choose somebody to send it to.", "請先選擇對象。"));
    else input.click();
  });
  input.addEventListener("change", () => {
    problem.textContent = "";
    const files = [...input.files];
    input.value = ""; // The same file may be chosen again.
    const room = maximumFiles - waiting.length;
    waiting.push(...files.slice(0, room).map((file) => ({ file, goesTo: chosenFor })));
    if (files.length > room) {
      complain(say(`At most ${maximumFiles} files at once.`, `一次最多 ${maximumFiles} 個檔案。`));
    }
    if (!current) next();
  });
  stop.addEventListener("click", () => {
    waiting = [];
    current?.abort();
  });

  function next() {
    const upload = waiting.shift();
    row.hidden = !upload;
    current = null;
    if (!upload) return;
    const { file, goesTo } = upload;
    name.textContent = file.name;
    bar.value = 0;
    const request = current = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = total ? loaded / total : 0; });
    request.addEventListener("load", () => {
      const record = request.status === 201 ? mediaRecord(request.responseText) : null;
      if (record) stored(JSON.stringify(record), goesTo);
      else complain(`${file.name}: ${reason(request)}`);
    });
    request.addEventListener("error", () => {
      const why = say("not sent: there is no connection, or it was cut off.", "未送出：沒有連線，或連線中斷。");
      complain(`${file.name}: ${why}`);
    });
    request.addEventListener("loadend", next);
    const form = new FormData();
    form.append("file", file);
    request.open("POST", "/upload/");
    request.send(form);
  }

  function complain(text) {
    problem.append(element("span", "", text));
  }

  return element("span", "upload", input, attach, row, problem);
}

/** Why the server has not taken a file. */
function reason(request) {
  try {
    const { error } = JSON.parse(request.responseText);
    if (typeof error === "string" && error) return error;
  } catch {
    // Something between here and the server has answered.
  }
  return say(`the server has not taken it (${request.status}).`, `伺服器未接受（${request.status}）。`);
}

function button(kind, text) {
  const made = element("button", kind, text);
  made.type = "button";
  return made;
}
