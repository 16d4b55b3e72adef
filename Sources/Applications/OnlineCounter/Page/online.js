"use strict";

const count = document.getElementById("count");
const state = document.getElementById("state");
let delay = 250;

function show(text) {
  state.dataset.state = text;
  state.textContent = text;
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss://" : "ws://";
  const socket = new WebSocket(scheme + location.host + "/ws/online_number/");
  socket.onopen = () => {
    show("connected");
  };
  socket.onmessage = (event) => {
    // Only a number proves that the front serves: one that is open may yet be closed for want of Redis.
    delay = 250;
    count.textContent = JSON.parse(event.data)["message"];
  };
  socket.onclose = () => {
    show("disconnected");
    count.textContent = "–";
    // Jitter keeps a restarted front from being met by everyone at once.
    setTimeout(connect, delay * (0.5 + Math.random()));
    delay = Math.min(delay * 2, 10000);
  };
}

connect();
