// The conversations of one of the staff: a list of them, and one that is open.

import { addGap, arrange, element, say } from "/assets/pages.js";
import { addTalkLine } from "/assets/support-talk.js";

const [desk, list, pane, logs, heading, away, text, next] =
  ["desk", "own", "talk", "logs", "customer", "away", "text", "next"].map((id) => document.getElementById(id));

/** How many conversations are kept that are somebody else's, or over. */
const maximumPast = 50;

/** The conversations that the page knows, whoever has them now. */
export class StaffTalks {
  /** The customer whose conversation is open. @type {string | null} */
  open = null;
  /** By customer. One that is with somebody else now keeps its log: what it holds is not sent again. */
  #talks = new Map();
  #tell;
  #forget;

  /**
   * @param {(text: string) => void} tell told what happened to a conversation
   * @param {(customer: string) => void} forget told whose conversation is not kept any longer
   */
  constructor(tell, forget) {
    this.#tell = tell;
    this.#forget = forget;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.open !== null) this.show(this.open, false);
    });
    this.#showList();
  }

  /** The log of a customer's conversation. */
  logOf(customer) {
    return this.#talks.get(customer)?.log;
  }

  /** A new connection: whose conversations are this one's is told anew. */
  doubt() {
    for (const talk of this.#talks.values()) talk.isDoubted = true;
  }

  /** Lets go of doubted conversations that are somebody else's by now. @param {string[]} own the customers of this one */
  settle(own) {
    for (const [customer, talk] of this.#talks) {
      if (talk.isOwn && talk.isDoubted && !own.includes(customer)) this.remove(customer);
    }
  }

  /** A conversation is this one's; it is opened if it was asked for, or none is open. */
  begin(customer, isAsked) {
    const talk = this.#talk(customer);
    const isNew = !talk.isOwn;
    // Who is away is told after it.
    Object.assign(talk, { isOwn: true, isDoubted: false, isAway: false });
    if (isAsked || this.open === null) {
      this.show(customer, isAsked);
    } else {
      if (isNew) this.#tell(say(`New conversation: ${customer}.`, `新的對話：${customer}。`));
      this.#showList();
    }
  }

  /** What was said, to an open conversation or not. */
  add(frame) {
    const customer = frame.stream;
    const talk = this.#talk(customer);
    if (!addTalkLine(talk.log, frame, "staff")) return;
    if (frame.from === "staff") talk.unread = 0;
    if (frame.from === "customer" && (customer !== this.open || document.hidden)) talk.unread += 1;
    this.#showList();
  }

  /** Messages may be missing, nobody knows in which conversation. */
  addGap() {
    for (const { isOwn, log } of this.#talks.values()) if (isOwn) addGap(log);
  }

  /** A conversation is no longer this one's. */
  remove(customer) {
    const talk = this.#talks.get(customer);
    if (!talk?.isOwn) return;
    Object.assign(talk, { isOwn: false, unread: 0 });
    // The latest is the last.
    this.#talks.delete(customer);
    this.#talks.set(customer, talk);
    this.#trim();
    this.#tell(say(
      `The conversation with ${customer} is no longer yours.`,
      `與 ${customer} 的對話已不在您這裡。`,
    ));
    if (customer === this.open) this.close();
    else this.#showList();
  }

  /** Whether a customer's connection is away. */
  setAway(customer, isAway) {
    const talk = this.#talks.get(customer);
    if (!talk) return;
    talk.isAway = isAway;
    this.#showList();
  }

  /** Opens a conversation. */
  show(customer, takesFocus = true) {
    if (customer !== this.open) {
      this.#keepDraft();
      text.value = this.#talk(customer).draft;
    }
    this.open = customer;
    this.#talk(customer).unread = 0;
    for (const [other, { log }] of this.#talks) log.hidden = other !== customer;
    heading.textContent = customer;
    pane.hidden = false;
    desk.dataset.open = "";
    this.#showList();
    const { log } = this.#talk(customer);
    log.scrollTop = log.scrollHeight;
    if (takesFocus) text.focus();
  }

  /** Shows no conversation: what is left of the page on a phone is the lists. */
  close() {
    const hadFocus = pane.contains(document.activeElement);
    const customer = this.open;
    this.#keepDraft();
    this.open = null;
    pane.hidden = true;
    delete desk.dataset.open;
    this.#showList();
    if (hadFocus) (this.#listed(customer) ?? list.querySelector("button") ?? next).focus();
  }

  /** What was typed for one customer is never sent to another. */
  #keepDraft() {
    const talk = this.#talks.get(this.open);
    if (talk) talk.draft = text.value;
    text.value = "";
  }

  /** Lets the oldest of the conversations go that are not this one's any longer. */
  #trim() {
    const past = [...this.#talks].filter(([customer, { isOwn }]) => !isOwn && customer !== this.open);
    for (const [customer, { log }] of past.slice(0, Math.max(0, past.length - maximumPast))) {
      log.remove();
      this.#talks.delete(customer);
      // Should it begin again, its history is shown again.
      this.#forget(customer);
    }
  }

  #talk(customer) {
    let talk = this.#talks.get(customer);
    if (!talk) {
      const log = element("div", "");
      log.setAttribute("role", "log");
      log.setAttribute("aria-label", say(`Conversation with ${customer}`, `與 ${customer} 的對話`));
      log.tabIndex = 0;
      log.hidden = true;
      logs.append(log);
      talk = { log, item: this.#item(customer), draft: "", isOwn: false, isDoubted: false, isAway: false, unread: 0 };
      this.#talks.set(customer, talk);
    }
    return talk;
  }

  #showList() {
    const focused = document.activeElement?.closest("#own button")?.dataset.customer;
    const own = [...this.#talks].filter(([, talk]) => talk.isOwn);
    for (const [customer, talk] of own) this.#mark(customer, talk);
    const none = element("li", "none", say("None yet.", "目前沒有。"));
    arrange(list, own.length > 0 ? own.map(([, talk]) => talk.item) : [none]);
    if (focused !== undefined) this.#listed(focused)?.focus();
    away.hidden = !this.#talks.get(this.open)?.isAway;
    const unread = own.reduce((sum, [, talk]) => sum + talk.unread, 0);
    document.title = document.title.replace(/^(\(\d+\) )?/, unread ? `(${unread}) ` : "");
  }

  #listed(customer) {
    return [...list.querySelectorAll("button")].find((button) => button.dataset.customer === customer);
  }

  #item(customer) {
    const button = element("button", "quiet");
    button.type = "button";
    button.dataset.customer = customer;
    button.addEventListener("click", () => this.show(customer));
    return element("li", "", button);
  }

  /** Shows in the list how a conversation stands. */
  #mark(customer, { item, isAway, unread }) {
    const button = item.firstElementChild;
    const look = `${isAway} ${unread}`;
    if (customer === this.open) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    if (button.dataset.look === look) return;
    button.dataset.look = look;
    button.replaceChildren(element("span", "who", customer));
    if (isAway) button.append(element("span", "mark", say("away", "離線")));
    if (unread) {
      const badge = element("b", "badge", String(unread));
      badge.setAttribute("role", "img");
      badge.setAttribute("aria-label", say(`unread: ${unread}`, `未讀：${unread}`));
      button.append(badge);
    }
  }
}
