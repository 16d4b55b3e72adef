import { translate } from "/assets/pages.js";

translate({ title: "找不到網頁", text: "這個網址沒有網頁。", home: "所有系統" });
