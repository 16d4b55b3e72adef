// What two people have said to each other, as far as this tab knows, and what is still to be sent.
//
// A reload of the page keeps it, within bounds. What the server has not acknowledged is never among what goes.

/** How many messages of a conversation are shown, besides those that are unread or unsent: as many as an inbox holds. */
const shownMessages = 1000;
/** How many of them are kept over a reload. */
const keptMessages = 200;
/** How many conversations are kept over a reload. */
const keptConversations = 50;
/** How much is kept over a reload, in characters: browsers give a page about five million. */
const keptCharacters = 2_000_000;
/** More than this does not wait to be sent. */
const maximumUnsent = 100;
/** How many messages are on their way at once. */
const maximumUnderway = 20;
const ranks = { sending: 0, failed: 0, accepted: 1, delivered: 2, read: 3 };

/**
 * A message: `mine` or the other's; `id` is where it stands, or stood, in its receiver's inbox, once it was there.
 *
 * `state` of one's own: `sending`, `failed` (with `why`), `accepted`, `delivered` or `read`.
 *
 * @typedef {{ mine: boolean, text: string, id?: string, client?: string, state?: string, why?: string }} Message
 */

export class Conversations {
  /** Messages by the other's name, each conversation in order. @type {Map<string, Message[]>} */
  #all = new Map();
  /** What was typed and not sent, by the other's name. @type {Map<string, string>} */
  #drafts = new Map();
  /** Up to which message somebody's were read. @type {Map<string, string>} */
  #read = new Map();
  /** Receipts that came before what they are for. @type {Map<string, string>} */
  #early = new Map();
  /** What was sent on this connection and not answered: receivers by client id. @type {Map<string, string>} */
  #underway = new Map();
  /** To whom nothing is sent for a while: the server could not take the last message. @type {Set<string>} */
  #held = new Set();
  #key;
  #timer = 0;

  /** @param {string} me whose messages */
  constructor(me) {
    this.#key = `muster:direct:${me}`;
    this.#restore();
    addEventListener("pagehide", () => this.save());
  }

  /** With whom there is a conversation. */
  get names() { return [...this.#all.keys()]; }

  /** @param {string} name @returns {readonly Message[]} */
  with(name) { return this.#all.get(name) ?? []; }

  /** The newest id of what somebody else has written. @param {string} name @returns {string | undefined} */
  newestID(name) { return this.with(name).findLast((message) => !message.mine)?.id; }

  /** The user has seen all up to a message: now the oldest may go. @param {string} name @param {string} id */
  noteRead(name, id) {
    this.#read.set(name, id);
    this.#trim(name);
  }

  /** @param {string} name */
  draft(name) { return this.#drafts.get(name) ?? ""; }

  /** @param {string} name @param {string} text */
  setDraft(name, text) {
    if (text) this.#drafts.set(name, text);
    else this.#drafts.delete(name);
    this.#saveSoon();
  }

  /**
   * Takes what the user wrote; it is kept until the server has acknowledged it.
   *
   * @param {string} name to whom
   * @param {string} text what
   * @returns {boolean} whether there was room for it
   */
  write(name, text) {
    const unsent = [...this.#all.values()].flat().filter(isUnsent);
    if (unsent.length >= maximumUnsent) return false;
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    const client = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#add(name, { mine: true, text, client, state: "sending" });
    this.save();
    return true;
  }

  /** Sends a message again that the server has refused. @param {Message} message */
  retry(message) {
    Object.assign(message, { state: "sending", why: undefined });
    this.save();
  }

  /** On a new connection nothing is under way: whatever was not acknowledged is sent again, with its client id. */
  beginAnew() {
    this.#underway.clear();
    this.#held.clear();
  }

  /** What the server could not take may be sent again. */
  release() { this.#held.clear(); }

  /**
   * Sends what waits, the oldest first, and to each receiver one at a time: none overtakes another that was not taken.
   *
   * @param {(frame: object) => boolean} send says whether it was sent
   */
  flush(send) {
    const busy = new Set([...this.#held, ...this.#underway.values()]);
    for (const [receiver, { client, text }] of this.#unsent()) {
      if (this.#underway.size >= maximumUnderway) return;
      if (busy.has(receiver)) continue;
      if (!send({ type: "message", receiver, message: text, client, receipt: true })) return;
      this.#underway.set(client, receiver);
      busy.add(receiver);
    }
  }

  /** The server has stored a message. */
  accepted({ client, receiver, of }) {
    this.#underway.delete(client);
    const message = this.with(receiver).find((message) => message.client === client);
    if (message) this.#reached(receiver, message, of, "accepted");
  }

  /** The server has refused a message, or could not take it now. @returns {boolean} whether it was one of these */
  refused({ client, text, again }) {
    if (!client) return false;
    this.#underway.delete(client);
    for (const [receiver, message] of this.#unsent()) {
      if (message.client !== client) continue;
      if (again) {
        this.#held.add(receiver);
        return true;
      }
      Object.assign(message, { state: "failed", why: text });
      this.#saveSoon();
      return true;
    }
    return false;
  }

  /** A message of this user's is stored: one of this tab's, or another's. */
  sent({ receiver, message: text, of, client }) {
    const known = this.with(receiver).find((message) => message.mine
      && (message.id === of || (client !== undefined && message.client === client)));
    const message = known ?? this.#add(receiver, { mine: true, text, client, state: "sending" });
    this.#reached(receiver, message, of, "accepted");
  }

  /** A message has come; one that had come before is not taken again. */
  received({ sender, id, message: text }) {
    if (this.with(sender).some((message) => !message.mine && message.id === id)) return;
    this.#add(sender, { mine: false, id, text });
  }

  /** A message was delivered, or it and all before it were read. */
  receipt({ receiver, of, state }) {
    if (!(state in ranks)) return;
    const messages = this.with(receiver).filter((message) => message.mine && message.id);
    const those = messages.filter(({ id }) => id === of || (state === "read" && compareIDs(id, of) < 0));
    for (const message of those) raise(message, state);
    if (!those.some((message) => message.id === of)) {
      this.#early.set(`${receiver} ${of}`, state);
      if (this.#early.size > keptMessages) this.#early.delete(this.#early.keys().next().value);
    }
    this.#saveSoon();
  }

  #reached(name, message, id, state) {
    message.id = id;
    raise(message, state);
    const key = `${name} ${id}`;
    if (this.#early.has(key)) raise(message, this.#early.get(key));
    this.#early.delete(key);
    sort(this.#all.get(name));
    this.#saveSoon();
  }

  #add(name, message) {
    const messages = this.#all.get(name) ?? [];
    // The latest conversation is the last: the first go when there are too many.
    this.#all.delete(name);
    this.#all.set(name, messages);
    messages.push(message);
    sort(messages);
    this.#trim(name);
    this.#saveSoon();
    return message;
  }

  #trim(name) {
    const messages = this.#all.get(name) ?? [];
    const read = this.#read.get(name);
    const mayGo = (message) => !isUnsent(message)
      && (message.mine || (read !== undefined && compareIDs(message.id, read) <= 0));
    for (let surplus = messages.length - shownMessages; surplus > 0; surplus -= 1) {
      const oldest = messages.findIndex(mayGo);
      if (oldest < 0) return;
      messages.splice(oldest, 1);
    }
  }

  #unsent() {
    const unsent = [];
    for (const [name, messages] of this.#all) {
      for (const message of messages) if (message.state === "sending") unsent.push([name, message]);
    }
    return unsent;
  }

  #saveSoon() {
    this.#timer ||= setTimeout(() => this.save(), 200);
  }

  /** Keeps everything for a reload, or as much as there is room for. */
  save() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const names = this.names;
    const recent = new Set(names.slice(-keptConversations));
    for (const limit of [keptMessages, 50, 0]) {
      const all = names.map((name) => [name, newest(this.with(name), recent.has(name) ? limit : 0)]);
      const kept = JSON.stringify({ all: all.filter(([, { length }]) => length), drafts: [...this.#drafts] });
      if (kept.length > keptCharacters && limit) continue;
      try {
        sessionStorage.setItem(this.#key, kept);
        return;
      } catch {
        // No room, or the browser keeps nothing for pages: then less, or nothing, outlives a reload.
      }
    }
  }

  #restore() {
    try {
      const { all, drafts } = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
      for (const [name, messages] of all ?? []) this.#all.set(name, messages);
      for (const [name, text] of drafts ?? []) this.#drafts.set(name, text);
    } catch {
      // Nothing of use was kept.
    }
  }
}

const isUnsent = ({ state }) => state === "sending" || state === "failed";

/** The last messages of a conversation, and those before them that were not sent. */
function newest(messages, limit) {
  return messages.filter((message, index) => index >= messages.length - limit || isUnsent(message));
}

function raise(message, state) {
  if (ranks[state] > ranks[message.state]) Object.assign(message, { state, why: undefined });
}

/** By their place in an inbox, which begins with the time; what is in none is the latest. */
function sort(messages) {
  messages.sort((one, other) => {
    if (!one.id || !other.id) return Number(!one.id) - Number(!other.id);
    return compareIDs(one.id, other.id);
  });
}

/** @param {string} one @param {string} other */
export function compareIDs(one, other) {
  const [[time, number], [otherTime, otherNumber]] = [one, other].map((id) => id.split("-").map(Number));
  return time - otherTime || number - otherNumber;
}
