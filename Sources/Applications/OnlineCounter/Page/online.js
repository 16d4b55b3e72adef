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
    delay = 250;
    show("connected");
  };
  socket.onmessage = (event) => {
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
