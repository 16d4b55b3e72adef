// What both sides of a customer's conversation show alike.

import { mediaElement, mediaRecord, uploadControl } from "/assets/media.js";
import { addLine, element, say, timeElement, timeOf } from "/assets/pages.js";

/** How long a name may be. */
export const maximumName = 80;
/** How long a text may be, in bytes of UTF-8. */
const maximumText = 8192;
/** How soon after connecting a conversation's last messages are there, in ms, with time to spare. */
const heardWithin = 5000;

/**
 * Adds a message, or what the desk says has happened, to a conversation.
 *
 * @param {HTMLElement} log where to
 * @param {object} frame a frame of type `message`
 * @param {"customer"|"staff"} side who looks
 * @returns {boolean} whether it was new: what stands there already is not added again
 */
export function addTalkLine(log, frame, side) {
  if ([...log.children].some((line) => frame.id && line.dataset.id === frame.id)) return false;
  const time = timeElement(timeOf(frame));
  if (frame.from === "desk") {
    addLine(log, "event", time, " ", happening(frame, side)).dataset.id = frame.id;
    return true;
  }
  const isOwn = frame.from === side;
  const shown = mediaElement(frame.text) ?? frame.text;
  const who = element("b", "name", frame.name);
  addLine(log, isOwn ? "message mine" : "message", time, " ", who, " ", shown).dataset.id = frame.id;
  return true;
}

function happening({ event, name, text }, side) {
  switch (event) {
    case "taken":
      return say(`${name} is here.`, `${name} 來了。`);
    case "handed_over":
      return say(`${name} has taken over.`, `${name} 接手了對話。`);
    case "staff_gone":
      return side === "customer"
        ? say(`${name} has gone. You are first in the queue again.`, `${name} 離開了。您回到隊伍的最前面。`)
        : say(`${name} has gone. The customer is back in the queue.`, `${name} 離開了。顧客已回到隊伍中。`);
    case "ended":
      return say("The conversation has ended.", "對話已結束。");
    default:
      return text ?? "";
  }
}

/**
 * What a form sends, until the server has told it to everybody in the conversation: then it is recorded.
 *
 * Nothing is sent twice by itself. What may be lost goes back to the one who wrote it.
 *
 * @template Target
 */
export class TalkForm {
  /**
   * Sent, and not heard of: by its client id.
   *
   * @type {Map<string, { text: string, goesTo: Target, isDoubted: boolean }>}
   */
  #unheard = new Map();
  /** What stands in the field since it was probably lost. */
  #returned = { client: "", text: "" };
  /** Files that wait for a connection. */
  #unsentFiles = [];
  #timer = 0;
  #field;
  #talk;

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLInputElement} field
   * @param {object} talk
   * @param {() => Target | null} talk.target to whom is written at this moment
   * @param {(fields: { type: string, text: string, client: string }, target: Target) => boolean} talk.send whether
   *   it was sent
   * @param {(text: string, target: Target) => void} talk.fail told why something was not
   */
  constructor(form, field, talk) {
    this.#field = field;
    this.#talk = talk;
    form.append(uploadControl((text, goesTo) => {
      this.#unsentFiles.push({ text, goesTo });
      this.sendFiles();
      if (this.#unsentFiles.length === 0) return;
      talk.fail(say("The file is sent once there is a connection.", "連線後才會送出檔案。"), goesTo);
    }, talk.target));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      field.focus();
      const text = field.value;
      if (!text.trim()) return;
      const target = talk.target();
      if (target === null) return;
      if (new TextEncoder().encode(text).length > maximumText) {
        talk.fail(say("Not sent: the message is too long.", "未送出：訊息太長。"), target);
      } else if (this.#send(text, target)) {
        field.value = "";
      } else {
        talk.fail(say("Not sent: there is no connection.", "未送出：目前沒有連線。"), target);
      }
    });
  }

  /** Sends the files that are waiting for a connection. */
  sendFiles() {
    this.#unsentFiles = this.#unsentFiles.filter(({ text, goesTo }) => !this.#send(text, goesTo));
  }

  /** A new connection brings the conversation's last messages; what is not among them by then was lost. */
  opened() {
    clearTimeout(this.#timer);
    for (const one of this.#unheard.values()) one.isDoubted = true;
    this.#timer = setTimeout(() => {
      for (const [client, { isDoubted }] of this.#unheard) if (isDoubted) this.#giveBack(client);
    }, heardWithin);
  }

  /** A connection ended: what was sent on it may be lost, and is known only on the next. */
  closed() {
    clearTimeout(this.#timer);
  }

  /** What one said oneself is recorded. @param {{ client?: string }} frame */
  heard({ client }) {
    this.#unheard.delete(client);
    // It was recorded after all.
    if (client && client === this.#returned.client && this.#field.value === this.#returned.text) this.#field.value = "";
  }

  /** The server has not taken something. @returns {boolean} whether it was of this form */
  refused({ client, text }) {
    return client !== undefined && this.#giveBack(client, text);
  }

  #send(text, goesTo) {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    const client = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (!this.#talk.send({ type: "message", text, client }, goesTo)) return false;
    this.#unheard.set(client, { text, goesTo, isDoubted: false });
    return true;
  }

  /** Shows what was not recorded, and puts it where it can be sent again, unless something else stands there. */
  #giveBack(client, why) {
    const lost = this.#unheard.get(client);
    if (!lost) return false;
    this.#unheard.delete(client);
    const { text, goesTo } = lost;
    const file = mediaRecord(text);
    const what = file?.name ?? text;
    const failure = why
      ? `${why} ${say(`Not sent: ${what}`, `未送出：${what}`)}`
      : say(`Probably not sent: ${what}`, `可能未送出：${what}`);
    this.#talk.fail(failure, goesTo);
    if (file || this.#field.value || this.#talk.target() !== goesTo) return true;
    this.#field.value = text;
    this.#returned = { client, text };
    return true;
  }
}
