import { MusterSocket } from "/muster.mjs";
import { say, translate } from "/assets/pages.js";

translate({
  title: "系統",
  hint: "每個系統都在所有前端上運作。用兩個視窗打開其中一個：不論各自連到哪一個前端，所見都相同。數字是目前的連線數。",
  online: "線上人數",
  onlineText: "目前有多少人在線上，每個螢幕都是同一個數字。",
  chat: "聊天室",
  chatText: "各房間互不相通；後來的人會收到最近的訊息。",
  direct: "私訊",
  directText: "一個人寫給另一個人：什麼也不會遺失，未讀的會計數。",
  support: "客服",
  supportText: "先排隊，再與一位客服人員對話。",
  staff: "客服人員入口",
  notifications: "通知",
  notificationsText: "每位使用者一條訊息流，兩次連線之間什麼也不會遺失。",
  clock: "時鐘",
  clockText: "由伺服器每秒送出的時間。",
  echo: "回音",
  echoText: "送出什麼就收回什麼，文字和位元組皆可。",
});

const socket = new MusterSocket("/ws/counts/");
socket.addEventListener("message", ({ detail }) => {
  for (const count of document.querySelectorAll("[data-count]")) show(count, detail[count.dataset.count] ?? "–");
});
socket.addEventListener("close", () => {
  for (const count of document.querySelectorAll("[data-count]")) show(count, "–");
});

function show(count, number) {
  count.textContent = number;
  count.setAttribute("aria-label", say(`connections: ${number}`, `連線數：${number}`));
}
