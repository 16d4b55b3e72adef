// @ts-check
"use strict";

// muster.js: a WebSocket to Muster that comes back, and goes on where it was.
//
//   <script src="/muster.js"></script>               or   import { MusterSocket } from "/muster.mjs";
//
//   const socket = new MusterSocket("/chat/lobby/", { parameters: { name: "Ann" } });
//   socket.addEventListener("message", (event) => show(event.detail.text));
//   socket.send("hello");

(() => {
  /**
   * @typedef {object} MusterOptions
   * @property {Record<string, string | null | undefined>} [parameters] What else the query of the address says.
   * @property {string | null} [last] The id of the last message that the page has seen, if it knows.
   * @property {string} [storageKey] Keeps the last id in `sessionStorage` under this key, so that a reloaded page is sent
   *   what came after it: nothing is missed, and what the page had shown before does not come again.
   * @property {string | null} [subprotocol] What is offered to the server, `muster.v1` unless said; `null` for a path
   *   with frames of its own, which are then handed on as they come.
   * @property {number} [minimumDelay] How far the first attempt to come back is put off at most: 250 ms.
   * @property {number} [maximumDelay] And the last: 30,000 ms.
   * @property {number} [openTimeout] After how long an attempt is given up: 10,000 ms.
   *
   * @typedef {{ type: string, id?: string, stream?: string, [field: string]: any }} MusterFrame
   */

  /** Codes after which trying again would end the same way; so do all from 4000 on, which are an application's own. */
  const FINAL = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]);
  /** How long a connection has to stay open without a frame to count as one that works, in ms. */
  const WORKS_AFTER = 5000;
  /** More than this is not queued behind a slow network, in bytes. */
  const SEND_LIMIT = 1 << 20;
  /** How many ids are remembered, so that what comes again is known. */
  const KNOWN_IDS = 2000;
  const ID = /^\d{1,20}-\d{1,20}$/;

  /**
   * One connection, however often it has to be made.
   *
   * Events, each a `CustomEvent`:
   * - `open`: connected. `detail.resumed` says whether the server was asked to go on after a last id.
   * - `message`: `detail` is the frame, a {@link MusterFrame}, or the text or `ArrayBuffer` of a path with its own.
   *   What comes again, on this connection or a later one, is not told again: it has the `id` and the `stream` of what
   *   came before. Frames need not come in the order of their ids.
   * - `gap`: messages may be missing before the next one; a page that keeps a copy of something fetches it anew.
   * - `close`: not connected, or no longer. `detail` is `{ code, reason, willReconnect, delay }`. Without `willReconnect`
   *   it is the last event: the server wants no further attempt, or the page has called `close`.
   */
  class MusterSocket extends EventTarget {
    /** Read anew for each connection, so a page may change it. @type {NonNullable<MusterOptions["parameters"]>} */
    parameters;
    #address;
    #options;
    /** @type {"connecting" | "open" | "waiting" | "closed"} */
    #state = "connecting";
    /** @type {WebSocket | null} */
    #socket = null;
    /** One at a time: of the attempt, of the proof that the connection works, or of the wait before the next. */
    #timer = 0;
    /** @type {string | null} */
    #last;
    /** Whether the next id says nothing of the last: after a gap ids may have begun anew. */
    #idsBeginAnew = false;
    /** The newest ids, each after its stream's name and a space, in the order in which they came. @type {Set<string>} */
    #known = new Set();
    /** How many connections in a row did not work. */
    #failures = 0;
    #works = false;
    #isOffline = false;
    #lifetime = new AbortController();

    /**
     * Connects.
     *
     * @param {string | URL} address A path of the page's own host, or a whole address.
     * @param {MusterOptions} [options]
     */
    constructor(address, options = {}) {
      super();
      this.#address = address;
      this.#options = {
        subprotocol: "muster.v1", minimumDelay: 250, maximumDelay: 30000, openTimeout: 10000, ...options,
      };
      this.parameters = options.parameters ?? {};
      const last = options.last ?? this.#stored();
      this.#last = last && ID.test(last) ? last : null;
      const { signal } = this.#lifetime;
      globalThis.addEventListener("offline", () => this.#networkChanged(false), { signal });
      globalThis.addEventListener("online", () => this.#networkChanged(true), { signal });
      this.#connect();
    }

    /** The greatest id of what came, if any; frames that name a `stream` do not count, since they are of another. */
    get last() { return this.#last; }

    /** `waiting` for the next attempt; `closed` for good. */
    get state() { return this.#state; }

    /**
     * Sends a message now, or not at all: nothing is kept for a later connection.
     *
     * @param {string | ArrayBufferLike | ArrayBufferView | Blob} data
     * @returns {boolean} Whether it was sent; false while there is no connection, or one that is far behind.
     */
    send(data) {
      if (this.#state !== "open" || !this.#socket || this.#socket.bufferedAmount > SEND_LIMIT) return false;
      this.#socket.send(/** @type {any} */ (data));
      return true;
    }

    /**
     * Forgets what came of a stream, for a page that keeps it no longer: what comes again is told again.
     *
     * @param {string} stream
     */
    forget(stream) { this.#forget(stream); }

    /**
     * Ends the connection for good.
     *
     * @param {number} [code] 1000, or one from 3000 to 4999.
     * @param {string} [reason]
     */
    close(code = 1000, reason = "") {
      if (this.#state === "closed") return;
      this.#socket?.close(code, reason);
      this.#closed(code, reason, { reconnect: false, delay: 0 });
    }

    /**
     * What to do after a connection has ended.
     *
     * @param {number} code The close code.
     * @param {number} failures How many connections in a row did not work, this one included.
     * @param {number} random From 0 to 1: clients that were closed together shall not come back together.
     * @param {{ minimumDelay?: number, maximumDelay?: number }} [limits]
     * @returns {{ reconnect: boolean, delay: number }} Whether to connect again, and in how many milliseconds.
     */
    static afterClose(code, failures, random, { minimumDelay = 250, maximumDelay = 30000 } = {}) {
      if (FINAL.has(code) || code >= 4000) return { reconnect: false, delay: 0 };
      const spread = Math.min(maximumDelay, minimumDelay * 2 ** failures);
      // Restarts: another front is there already. Too busy: longer each time.
      if (code === 1012) return { reconnect: true, delay: random * Math.max(2000, spread) };
      if (code === 1013) return { reconnect: true, delay: Math.min(5000 * 2 ** failures, 60000) * (1 + 2 * random) };
      return { reconnect: true, delay: random * spread };
    }

    #connect() {
      const url = new URL(this.#address, globalThis.location?.href);
      url.protocol = url.protocol.replace(/^http/, "ws");
      url.hash = "";
      for (const [name, value] of Object.entries(this.parameters)) {
        if (value != null) url.searchParams.set(name, value);
      }
      if (this.#last) url.searchParams.set("last", this.#last);
      const { subprotocol, openTimeout } = this.#options;
      const socket = new WebSocket(url, subprotocol === null ? [] : [subprotocol]);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        this.#state = "open";
        this.#setTimer(WORKS_AFTER, () => this.#proved());
        this.#tell("open", { resumed: url.searchParams.has("last") });
      };
      socket.onmessage = (event) => this.#received(event.data);
      socket.onclose = (event) => this.#closed(event.code, event.reason);
      this.#socket = socket;
      this.#state = "connecting";
      this.#works = false;
      this.#setTimer(openTimeout, () => {
        this.#closed(1006, "no answer");
        socket.close();
      });
    }

    /** Whatever follows is a new failure, not one more. */
    #proved() {
      this.#works = true;
      this.#failures = 0;
    }

    /** @param {string | ArrayBuffer} data */
    #received(data) {
      this.#proved();
      const frame = this.#options.subprotocol === null ? null : parsed(data);
      if (!frame) return this.#tell("message", data);
      const stream = typeof frame.stream === "string" ? frame.stream : null;
      if (typeof frame.id === "string" && ID.test(frame.id)) {
        // A position is that of a message which may still come.
        if (frame.type !== "position" && !this.#isNew(`${stream ?? ""} ${frame.id}`)) return;
        if (stream === null) this.#follow(frame.id);
      }
      if (frame.type === "position") return;
      if (frame.type === "gap") this.#forget(stream);
      this.#tell(frame.type === "gap" ? "gap" : "message", frame);
    }

    /** Notes what came; false if it had come before. @param {string} key */
    #isNew(key) {
      if (this.#known.has(key)) return false;
      this.#known.add(key);
      if (this.#known.size > KNOWN_IDS) {
        for (const oldest of this.#known) {
          this.#known.delete(oldest);
          break;
        }
      }
      return true;
    }

    /** @param {string} id */
    #follow(id) {
      if (this.#last && !this.#idsBeginAnew && !isAfter(id, this.#last)) return;
      this.#idsBeginAnew = false;
      this.#last = this.#stored(id);
    }

    /** After a gap a known id may be that of another message: rather twice than never. @param {string | null} stream */
    #forget(stream) {
      if (stream === null) this.#idsBeginAnew = true;
      for (const key of this.#known) if (key.startsWith(`${stream ?? ""} `)) this.#known.delete(key);
    }

    /** @param {number} code @param {string} reason @param {{ reconnect: boolean, delay: number }} [next] */
    #closed(code, reason, next) {
      if (!this.#works) this.#failures += 1;
      const { reconnect, delay } = next ?? MusterSocket.afterClose(code, this.#failures, Math.random(), this.#options);
      // What a connection that was given up still says is nobody's business.
      if (this.#socket) this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket = null;
      this.#state = reconnect ? "waiting" : "closed";
      clearTimeout(this.#timer);
      if (!reconnect) this.#lifetime.abort();
      const wait = reconnect && this.#isOffline ? Math.max(delay, this.#offlineDelay()) : delay;
      if (reconnect) this.#setTimer(wait, () => this.#connect());
      this.#tell("close", { code, reason, willReconnect: reconnect, delay: Math.round(wait) });
    }

    /** @param {boolean} isOnline */
    #networkChanged(isOnline) {
      this.#isOffline = !isOnline;
      if (this.#state !== "waiting") return;
      this.#failures = 0;
      // At once, but for this: a network that comes back brings back everyone on it.
      this.#setTimer(isOnline ? Math.random() * 1000 : this.#offlineDelay(), () => this.#connect());
    }

    /** Without a network most attempts are lost: few are made, since the server may be on this side of what is cut off,
     * and a browser may not tell when it is back. @returns {number} */
    #offlineDelay() {
      return this.#options.maximumDelay * (1 + Math.random()) / 2;
    }

    /** @param {number} delay @param {() => void} action */
    #setTimer(delay, action) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(action, delay);
    }

    /** @param {string} type @param {any} detail */
    #tell(type, detail) {
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    /** Keeps an id; without one, reads what was kept. @param {string} [id] @returns {string | null} */
    #stored(id) {
      const key = this.#options.storageKey;
      try {
        if (key && id) sessionStorage.setItem(key, id);
        return id ?? (key ? sessionStorage.getItem(key) : null);
      } catch {
        return id ?? null; // A browser may forbid storage; then a reloaded page begins anew.
      }
    }
  }

  /** Nothing for what is no object in JSON. @param {string | ArrayBuffer} data @returns {MusterFrame | null} */
  function parsed(data) {
    try {
      const value = typeof data === "string" ? JSON.parse(data) : null;
      return value && typeof value === "object" ? value : null;
    } catch {
      return null;
    }
  }

  /** @param {string} id @param {string} last */
  function isAfter(id, last) {
    const [[time, number], [lastTime, lastNumber]] = [id, last].map((text) => text.split("-").map(BigInt));
    return time > lastTime || (time === lastTime && number > lastNumber);
  }

  /** @type {any} */ (globalThis).MusterSocket = MusterSocket;
})();
