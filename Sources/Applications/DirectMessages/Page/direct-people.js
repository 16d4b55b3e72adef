// The people of the page: who is here, when the others were here last, and how many of their messages are unread.

import { element, language, say } from "/assets/pages.js";

/** How many people are listed. */
const listed = 300;
const units = [["day", 86_400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const order = new Intl.Collator(language);

export class People {
  /** Who is here, as far as told. @type {Set<string>} */
  #present = new Set();
  /** How many are here that were not named. */
  #more = 0;
  /** Who came (true) or went (false) since the server began to read who is here; `null` while no list is awaited. */
  #changes = null;
  /** When somebody was here last, in seconds. @type {Map<string, number>} */
  #seen = new Map();
  /** @type {Map<string, number>} */
  #unread = new Map();
  /** The items of the list, by name. @type {Map<string, HTMLElement>} */
  #items = new Map();

  /** How many messages of one wait. @param {string} name */
  unread(name) { return this.#unread.get(name) ?? 0; }

  /** How many messages wait. */
  get total() { return [...this.#unread.values()].reduce((sum, count) => sum + count, 0); }

  /** @param {Record<string, number>} counts */
  setUnread(counts) { this.#unread = new Map(Object.entries(counts)); }

  /** Takes a frame; false if it does not say who is here. @param {any} frame */
  take(frame) {
    switch (frame.type) {
      case "roll":
        this.#changes = [];
        return true;
      case "here": {
        const later = this.#changes ?? [];
        this.#changes = null;
        this.#present = new Set(frame.names);
        this.#more = frame.more ?? 0;
        for (const [name, isHere] of later) this.#change(name, isHere);
        return true;
      }
      case "joined":
      case "left":
        this.#changes?.push([frame.name, frame.type === "joined"]);
        this.#change(frame.name, frame.type === "joined");
        return true;
      case "seen":
        for (const { name, seconds } of frame.users) this.#seen.set(name, seconds);
        return true;
      default:
        return false;
    }
  }

  /** Without a connection nobody knows. */
  forget() {
    this.#present.clear();
    this.#changes = null;
    this.#more = 0;
  }

  #change(name, isHere) {
    if (isHere) this.#present.add(name);
    else if (this.#present.delete(name)) this.#seen.set(name, Math.floor(Date.now() / 1000));
  }

  /**
   * Makes the list, of the same items as before where there are any: who is here first, then who was here last.
   *
   * @param {string[]} others who is listed besides
   * @param {string} me who is not listed, unless there is a conversation
   * @param {string | null} current whose conversation is open
   */
  items(others, me, current) {
    const names = new Set([...others, ...this.#unread.keys(), ...this.#present, ...this.#seen.keys()]);
    if (!others.includes(me)) names.delete(me);
    if (current) names.add(current);
    const rank = (name) => this.#present.has(name) ? Infinity : this.#seen.get(name) ?? 0;
    const sorted = [...names].sort((one, other) => {
      const [rankOfOne, rankOfOther] = [rank(one), rank(other)];
      return rankOfOne === rankOfOther ? order.compare(one, other) : rankOfOther - rankOfOne;
    });
    const items = sorted.slice(0, listed).map((name) => this.#item(name, name === current));
    this.#items = new Map(items.map((item) => [item.firstElementChild.dataset.name, item]));
    const more = sorted.length - items.length + this.#more;
    if (more > 0) items.push(element("li", "hint", say(`and ${more} more`, `還有 ${more} 人`)));
    return items;
  }

  #item(name, isCurrent) {
    const isHere = this.#present.has(name);
    const count = this.unread(name);
    const seen = this.#seen.get(name);
    const text = isHere ? say("online", "在線上") : seen === undefined ? "" : ago(seen);
    const item = this.#items.get(name) ?? element("li", "", element("button", ""));
    const button = item.firstElementChild;
    if (isCurrent) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const look = `${count} ${text}`;
    if (button.dataset.look === look) return item;
    button.dataset.look = look;
    button.type = "button";
    button.dataset.name = name;
    button.className = isHere ? "online" : "";
    button.replaceChildren(element("span", "dot"), element("span", "name", name));
    if (count > 0) {
      const unread = element("b", "badge", `${count}`);
      unread.append(element("span", "unseen", say(" unread", " 則未讀")));
      button.append(unread);
    }
    if (text) button.append(element("span", "seen", text));
    return item;
  }
}

/** How long ago somebody was here. @param {number} seconds */
function ago(seconds) {
  const age = Math.max(0, Date.now() / 1000 - seconds);
  const [unit, length] = units.find(([, length]) => age >= length) ?? ["minute", Infinity];
  const when = length === Infinity ? say("just now", "剛剛") : relative.format(-Math.floor(age / length), unit);
  return say(`here ${when}`, `${when}在線上`);
}
