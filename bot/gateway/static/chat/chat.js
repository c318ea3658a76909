// The web chat. One module and no build: a browser that has this page has all of it.
//
//   Line      the websocket: reconnects, and repeats what the server has not acknowledged
//   View      one conversation as this browser keeps it and shows it
//   Composer  what is being written: text, files, a place
//
// Nothing anybody wrote ever becomes markup: text goes through textContent only.

const MAX_TEXT = 2000;
const MAX_FILES = 5;
const MAX_FILE = 20 * 1024 * 1024;
const MAX_KEPT = 400; // messages of one view
const MAX_SIDE = 2560; // pixels of a photo
const ACK_WAIT = 10_000; // milliseconds
const PING_EVERY = 25_000;
const SILENCE = 60_000;
const BACKOFF = [500, 1000, 2000, 4000, 8000, 15_000];
const STRANGER = 4401;
const FOREIGN_PAGE = 4403;
const TOO_MANY_PAGES = 4429;

const $ = (selector, root = document) => root.querySelector(selector);

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function icon(name) {
  return $(`#icon-${name}`).content.cloneNode(true);
}

/** A UUID also where the page came over plain http, which hides `crypto.randomUUID`. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Browser storage that may be full or forbidden; `write` says whether it was kept. */
class Shelf {
  constructor(name) {
    try {
      this.storage = window[name];
    } catch {
      this.storage = null;
    }
  }

  read(key, otherwise) {
    try {
      return JSON.parse(this.storage.getItem(key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  write(key, value) {
    try {
      this.storage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  remove(key) {
    try {
      this.storage.removeItem(key);
    } catch {
      // There was nothing to remove.
    }
  }
}

const lasting = new Shelf("localStorage");
const passing = new Shelf("sessionStorage"); // gone with the tab

// --- The line to the server --------------------------------------------------------------------

class Line {
  /** `on(frame)` gets every frame; `greet()` makes the first one sent on each connection. */
  constructor({ greet, on, shows }) {
    this.greet = greet;
    this.on = on;
    this.shows = shows;
    this.outbox = lasting.read("binhyen.outbox", []);
    this.tries = 0;
    this.strangerTries = 0;
    this.ready = false;
    this.inFlight = null;
    this.heard = 0;
    setInterval(() => this.keepAlive(), PING_EVERY);
    for (const event of ["online", "pageshow", "focus"]) addEventListener(event, () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    const address = new URL("/chat/ws", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => this.send(this.greet());
    socket.onmessage = (message) => this.receive(JSON.parse(message.data));
    socket.onclose = (event) => this.lost(socket, event.code);
  }

  send(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** Send a frame with an id, for as long as it takes. One at a time: the order is kept. */
  post(frame) {
    this.outbox.push(frame);
    this.saveOutbox();
    this.next();
  }

  next() {
    if (!this.ready || this.inFlight || !this.outbox.length) return;
    this.inFlight = this.outbox[0].id;
    this.send(this.outbox[0]);
    this.later(ACK_WAIT);
  }

  /** Try the first one again after a while. */
  later(milliseconds) {
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      this.inFlight = null;
      this.next();
    }, milliseconds);
  }

  receive(frame) {
    this.heard = Date.now();
    if (frame.type === "joined") this.opened();
    if (frame.type === "ack" || (frame.type === "refused" && frame.id && frame.after === null)) {
      this.settle(frame.id);
    } else if (frame.type === "refused" && frame.id) {
      this.later(frame.after * 1000 + 100);
    }
    this.on(frame);
  }

  opened() {
    this.tries = this.strangerTries = 0;
    this.ready = true;
    this.inFlight = null;
    this.shows("");
    this.next();
  }

  settle(id) {
    clearTimeout(this.again);
    this.outbox = this.outbox.filter((frame) => frame.id !== id);
    this.saveOutbox();
    this.inFlight = null;
    this.next();
  }

  forget(view) {
    this.outbox = this.outbox.filter((frame) => (frame.view ?? "private") !== view);
    this.saveOutbox();
  }

  saveOutbox() {
    lasting.write("binhyen.outbox", this.outbox);
  }

  lost(socket, code) {
    if (socket !== this.socket) return;
    clearTimeout(this.again);
    this.ready = false;
    this.inFlight = null;
    const wait = BACKOFF[Math.min(this.tries++, BACKOFF.length - 1)];
    if (code === STRANGER) {
      this.introduce();
    } else if (code === FOREIGN_PAGE) {
      this.shows("Trang này được mở từ một địa chỉ lạ. Anh/chị mở lại đúng địa chỉ của xã giúp.");
    } else if (code === TOO_MANY_PAGES) {
      this.shows("Trang này đang mở ở nhiều nơi quá. Anh/chị đóng bớt rồi tải lại trang.");
      this.retry = setTimeout(() => this.connect(), 30_000);
    } else {
      if (this.tries > 1) {
        this.shows("Mất kết nối, đang kết nối lại… Tin anh/chị viết vẫn được giữ và sẽ tự gửi.");
      }
      this.retry = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
    }
  }

  /** The cookie is missing or too old: loading the page once more brings a new one. */
  async introduce() {
    if (this.strangerTries++ > 1) {
      this.shows("Trình duyệt đang chặn cookie nên chưa nhắn được. Anh/chị cho phép cookie rồi tải lại trang.");
      return;
    }
    try {
      await fetch("/", { cache: "no-store" });
    } finally {
      this.connect();
    }
  }

  hurry() {
    if (this.socket.readyState === WebSocket.CLOSED) this.connect();
    else this.keepAlive();
  }

  keepAlive() {
    if (this.ready && Date.now() - this.heard > SILENCE) this.giveUp();
    else this.send({ type: "ping" });
  }

  /** A dead connection would take minutes to say that it is closed. */
  giveUp() {
    this.socket.onclose = null;
    this.socket.close();
    this.lost(this.socket, 0);
  }
}

// --- A conversation ----------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("vi-VN", { weekday: "long", day: "numeric", month: "numeric" });

function dayName(at) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  return ["Hôm nay", "Hôm qua"][days] ?? calendar.format(new Date(at));
}

const LINK = /https?:\/\/[^\s<>"“”]+|(?<!\d)(?:0\d{2,3}[ .]?\d{3}[ .]?\d{3,4}|11[345])(?!\d)/g;

const isPrivateLink = (link) => link.origin === location.origin && link.hash.startsWith("#m=");

/** Text with its web addresses and telephone numbers as links. */
function linked(text) {
  const whole = document.createDocumentFragment();
  let done = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const address = found.replace(/[.,;:!?)\]]+$/, "");
    const link = element("a", "", address);
    if (address.startsWith("http")) {
      link.href = address;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      if (isPrivateLink(link)) link.textContent = "Mở khung nhắn riêng";
    } else {
      link.href = `tel:${address.replace(/\D/g, "")}`;
    }
    whole.append(text.slice(done, index), link);
    done = index + address.length;
  }
  whole.append(text.slice(done));
  return whole;
}

class View {
  /** `items`: {id, from: me|member|assistant|note, at, name, text, files, location, buttons, …} */
  constructor(name, shelf) {
    this.name = name;
    this.shelf = shelf;
    this.root = $(`#${name}`);
    this.list = $(".log", this.root);
    this.scroll = $(".scroll", this.root);
    this.tab = $(`#tab-${name}`);
    this.newest = $("[data-do=newest]", this.root);
    this.shown = new Map(); // item id → element
    this.blobs = new Map(); // file id → address of the copy this page has
    this.removed = new Set();
    this.key = `binhyen.${name}`;
    this.newest.onclick = () => this.toEnd();
    this.scroll.onscroll = () => this.atEnd() && (this.newest.hidden = true);
    addEventListener("storage", (event) => event.key === this.key && this.load());
    new ResizeObserver(() => this.wasAtEnd && this.toEnd()).observe(this.scroll);
    this.scroll.addEventListener("scroll", () => (this.wasAtEnd = this.atEnd()), { passive: true });
    this.load();
  }

  /** Show what this browser has kept. */
  load() {
    const kept = this.shelf.read(this.key, {});
    this.items = kept.items ?? [];
    this.seen = new Set(kept.seen ?? []);
    this.redraw();
  }

  /** Whether the browser has it now. */
  save() {
    this.items = this.items.slice(-MAX_KEPT);
    const seen = [...this.seen].slice(-2 * MAX_KEPT);
    return this.shelf.write(this.key, { items: this.items, seen });
  }

  /** Another tab may have written since. */
  absorb() {
    const stored = this.shelf.read(this.key, {}).items ?? [];
    const news = stored.filter((item) => !this.seen.has(item.id));
    if (!news.length) return;
    for (const item of news) this.seen.add(item.id);
    this.items.push(...news);
    this.redraw();
  }

  redraw() {
    this.list.replaceChildren();
    this.shown.clear();
    this.lastDay = "";
    this.items.forEach((item) => this.show(item));
    this.root.classList.toggle("has-messages", this.items.length > 0);
    this.toEnd();
  }

  /** Add an item unless it was here before; false when it could not be kept. */
  add(item) {
    this.absorb();
    if (this.seen.has(item.id)) return this.save();
    const follow = item.from === "me" || this.atEnd();
    this.seen.add(item.id);
    this.items.push(item);
    this.root.classList.add("has-messages");
    this.show(item);
    if (follow) this.toEnd();
    else this.newest.hidden = false;
    if (item.from !== "me" && !this.isOpen()) this.mark(true);
    return this.save();
  }

  find(id) {
    return this.items.find((item) => item.id === id || item.post === id);
  }

  change(id, changes) {
    const item = this.find(id);
    if (!item) return;
    Object.assign(item, changes);
    this.shown.get(item.id)?.replaceWith(this.draw(item));
    this.save();
  }

  drop(id) {
    const item = this.find(id);
    if (!item) return;
    this.items = this.items.filter((other) => other !== item);
    this.shown.get(item.id)?.remove();
    this.shown.delete(item.id);
    this.save();
  }

  /** The server has it. The post may have come back from the group before this answer did. */
  acknowledged(id, post) {
    const echo = post !== id && this.items.find((item) => item.id === post);
    if (echo) this.drop(post);
    this.seen.add(post);
    this.change(id, { state: "sent", post });
    if (this.removed.has(post)) this.takeAway(post);
  }

  /** A member's post was taken off the group; its author is told, others see nothing. */
  takeAway(post) {
    this.removed.add(post);
    this.seen.add(post);
    const item = this.find(post);
    if (item?.from === "me") {
      const text = "Tin này của anh/chị đã được gỡ khỏi nhóm.";
      for (const kind of ["files", "location", "error"]) delete item[kind];
      this.change(item.id, { from: "note", text });
    } else {
      this.drop(post);
    }
    this.save();
  }

  clear() {
    this.items = [];
    this.save();
    this.redraw();
  }

  atEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 80;
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.newest.hidden = true;
    this.wasAtEnd = true;
  }

  isOpen() {
    return this.root.offsetParent !== null;
  }

  mark(unread) {
    if (this.tab) $(".unread", this.tab).hidden = !unread;
  }

  show(item) {
    const day = dayName(item.at);
    if (day !== this.lastDay) {
      this.lastDay = day;
      this.list.append(element("li", "day", day));
    }
    this.list.append(this.draw(item));
  }

  draw(item) {
    const drawn = item.from === "note" ? element("li", "note", item.text) : this.message(item);
    this.shown.set(item.id, drawn);
    return drawn;
  }

  message(item) {
    const mine = item.from === "me";
    const drawn = element("li", `message ${mine ? "mine" : item.from}${item.pressedLabel ? " pressed" : ""}`);
    if (!mine) {
      const author = element("span", "author");
      if (item.from === "assistant") author.append(icon("shield"), "Trợ lý tự động");
      else author.textContent = item.name;
      drawn.append(author);
    }
    drawn.append(this.bubble(item));
    if (item.buttons?.length) drawn.append(this.choices(item));
    drawn.append(this.state(item));
    return drawn;
  }

  bubble(item) {
    const bubble = element("div", "bubble");
    const answered = item.reply_to && this.find(item.reply_to);
    if (answered?.text) {
      const quote = element("div", "quote", answered.text.slice(0, 80));
      quote.prepend(element("b", "", answered.from === "me" ? "Anh/chị" : answered.name));
      bubble.append(quote);
    }
    for (const file of item.files ?? []) bubble.append(this.file(file));
    if (item.text) {
      const text = element("p");
      text.append(item.from === "assistant" ? linked(item.text) : item.text);
      bubble.append(text);
    }
    if (item.location) bubble.append(place(item.location));
    return bubble;
  }

  file({ id, kind, name }) {
    const address = this.blobs.get(id) ?? `/chat/files/${id}`;
    const link = element("a", "attached");
    link.href = address;
    link.target = "_blank";
    link.append(icon("file"), name || "Tệp gửi kèm");
    if (kind === "file") return link;
    const shown = element(kind === "photo" ? "img" : "audio", kind === "photo" ? "photo" : "");
    if (kind === "photo") shown.alt = "Hình gửi kèm";
    else shown.controls = true;
    shown.onload = () => this.wasAtEnd && this.toEnd();
    const gone = kind === "photo" ? "Hình đã gửi" : "Ghi âm đã gửi";
    shown.onerror = () => {
      const note = element("span", "attached");
      note.append(icon("file"), gone);
      shown.replaceWith(note);
    };
    shown.src = address;
    return shown;
  }

  choices(item) {
    const choices = element("div", "choices");
    for (const button of item.buttons) {
      const made = element("button", "", button.label);
      made.type = "button";
      made.disabled = Boolean(item.pressed);
      made.onclick = () => press(this, item, button);
      choices.append(made);
    }
    return choices;
  }

  state(item) {
    const time = clock.format(new Date(item.at));
    if (item.state === "failed") {
      const state = element("p", "state failed", `Chưa gửi được: ${item.error} `);
      const again = element("button", "", "Sửa lại");
      again.type = "button";
      again.onclick = () => composers[this.name].takeBack(item);
      state.append(again);
      return state;
    }
    const words = { sending: "đang gửi…", sent: `đã nhận ${time}` };
    return element("p", "state", words[item.state] ?? time);
  }
}

function place({ latitude, longitude }) {
  const link = element("a", "attached");
  const at = `${latitude.toFixed(5)}/${longitude.toFixed(5)}`;
  link.href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${at}`;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.append(icon("pin"), "Vị trí trên bản đồ");
  return link;
}

// --- Writing -----------------------------------------------------------------------------------

/** A photo in a size that a weak connection carries; drawing it anew also drops where it was taken. */
async function lighter(file) {
  if (!/^image\/(jpeg|png|webp|hei[cf])$/.test(file.type)) return file;
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, MAX_SIDE / Math.max(image.width, image.height));
    const canvas = element("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.86));
    return blob ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" }) : file;
  } catch {
    return file; // a kind this browser cannot draw
  }
}

async function upload(file, tries = 3) {
  const body = new FormData();
  body.append("file", file, file.name);
  try {
    const answer = await fetch("/chat/files", { method: "POST", body });
    const told = await answer.json();
    if (answer.ok) return told;
    const error = answer.status === 413 ? "Tệp lớn quá 20 MB." : told.error;
    throw Object.assign(new Error(error), { final: answer.status < 500 });
  } catch (error) {
    if (error.final) throw error;
    if (tries <= 1) throw new Error("Chưa gửi được tệp, anh/chị kiểm tra mạng rồi chọn lại giúp.");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return upload(file, tries - 1);
  }
}

class Composer {
  constructor(view) {
    this.view = view;
    this.form = $(".composer", view.root);
    this.text = $("textarea", this.form);
    this.error = $(".error", this.form);
    this.chips = $(".chips", this.form);
    this.button = $(".send", this.form);
    this.files = []; // {chip, sent: promise of what the server said, blob}
    this.location = null;
    this.key = `binhyen.draft.${view.name}`;
    this.text.value = passing.read(this.key, "");
    this.text.oninput = () => this.typed();
    this.text.onkeydown = (event) => this.pressed(event);
    $("input[type=file]", this.form).onchange = (event) => this.attach(event.target);
    $("[data-do=locate]", this.form).onclick = () => this.locate();
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.send();
    };
    this.typed();
  }

  typed() {
    passing.write(this.key, this.text.value);
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight + 2}px`;
    const over = this.text.value.trim().length - MAX_TEXT;
    this.error.textContent =
      over > 0 ? `Tin dài quá ${over} chữ cái, anh/chị chia thành nhiều tin giúp.` : "";
    return over <= 0;
  }

  /** Enter sends, but not while a Vietnamese keyboard composes, nor on a phone's keyboard. */
  pressed(event) {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    if (matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    this.send();
  }

  attach(input) {
    for (const file of input.files) {
      if (this.files.length >= MAX_FILES) {
        this.error.textContent = `Mỗi tin gửi kèm được ${MAX_FILES} tệp.`;
        break;
      }
      if (file.size > MAX_FILE && !file.type.startsWith("image/")) {
        this.error.textContent = "Tệp lớn quá 20 MB, anh/chị chọn tệp nhỏ hơn giúp.";
        continue;
      }
      this.addFile(file);
    }
    input.value = "";
  }

  addFile(file) {
    const entry = { chip: this.chip(file.name || "Ghi âm", () => this.removeFile(entry)) };
    if (file.type.startsWith("image/")) {
      entry.blob = URL.createObjectURL(file);
      const preview = element("img");
      preview.src = entry.blob;
      preview.alt = "";
      entry.chip.prepend(preview);
    }
    entry.sent = lighter(file).then((light) => upload(light));
    entry.sent.catch((error) => {
      this.removeFile(entry);
      this.error.textContent = error.message;
    });
    this.files.push(entry);
  }

  removeFile(entry) {
    entry.chip.remove();
    this.files = this.files.filter((other) => other !== entry);
  }

  locate() {
    if (!navigator.geolocation || !isSecureContext) {
      this.error.textContent = "Máy này không cho lấy vị trí, anh/chị ghi địa chỉ giúp.";
      return;
    }
    const chip = this.chip("Đang tìm vị trí…", () => {
      this.location = null;
      chip.remove();
    });
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        if (!chip.isConnected) return;
        this.location = { latitude: coords.latitude, longitude: coords.longitude, chip };
        $("span", chip).textContent = "Vị trí của tôi";
      },
      () => {
        chip.remove();
        this.error.textContent = "Chưa lấy được vị trí, anh/chị ghi địa chỉ giúp.";
      },
      { enableHighAccuracy: true, timeout: 20_000 },
    );
  }

  chip(label, remove) {
    const chip = element("li");
    const cross = element("button");
    cross.type = "button";
    cross.ariaLabel = `Bỏ ${label}`;
    cross.append(icon("remove"));
    cross.onclick = remove;
    chip.append(element("span", "", label), cross);
    this.chips.append(chip);
    return chip;
  }

  async send() {
    if (this.busy || !this.typed()) return;
    this.busy = this.button.disabled = true;
    try {
      const files = await Promise.all(this.files.map((entry) => entry.sent));
      this.files.forEach((entry, index) => entry.blob && this.view.blobs.set(files[index].id, entry.blob));
      const text = this.text.value.trim();
      if (text || files.length || this.location) this.post(text, files, this.location);
    } catch {
      // The file's own error is shown already; everything else stays where it is.
    } finally {
      this.busy = this.button.disabled = false;
    }
  }

  post(text, files, found) {
    const location = found && { latitude: found.latitude, longitude: found.longitude };
    const id = newId();
    const item = { id, from: "me", at: new Date().toISOString(), text, files, location, state: "sending" };
    this.view.add(item);
    const view = this.view.name;
    line.post({ type: "message", id, view, text, files: files.map((file) => file.id), location });
    this.text.value = "";
    this.files = [];
    this.location = null;
    this.chips.replaceChildren();
    this.typed();
    this.text.focus();
  }

  /** Give a refused message back to be changed. */
  takeBack(item) {
    this.view.drop(item.id);
    this.text.value = [item.text, this.text.value].filter(Boolean).join("\n");
    this.typed();
    this.text.focus();
  }
}

function press(view, item, { label, payload, proof }) {
  const id = newId();
  view.change(item.id, { pressed: payload });
  view.add({ id, from: "me", at: new Date().toISOString(), text: label, state: "sending", pressedLabel: true });
  line.post({ type: "button", id, view: view.name, payload, proof });
}

// --- The page ----------------------------------------------------------------------------------

let me = lasting.read("binhyen.me", { name: "", group: "" });
const views = { private: new View("private", lasting) };
if ($("#group")) views.group = new View("group", passing);
const join = $("#join");

const line = new Line({
  greet: () => ({ type: "hello", name: me.name, group: views.group ? me.group : "" }),
  on: (frame) => handlers[frame.type]?.(frame),
  shows: (text) => {
    $("#banner").textContent = text;
    $("#banner").hidden = !text;
  },
});
const composers = {};
for (const [name, view] of Object.entries(views)) composers[name] = new Composer(view);

const handlers = {
  joined({ name, group }) {
    if (!views.group) return;
    showGroup(group);
    if (group) remember(name, group.chat_id);
  },

  mail(frame) {
    const view = views[frame.view];
    const kept = view.add({ ...frame, from: "assistant" });
    if (kept && frame.view === "private") line.send({ type: "seen", ids: [frame.id] });
  },

  post(frame) {
    const { view, mine } = frame;
    if (views.group.removed.has(frame.id)) return;
    views[view].add({ ...frame, from: mine ? "me" : "member", state: mine ? "sent" : undefined });
  },

  removed: ({ view, post }) => views[view].takeAway(post),

  ack({ id, post }) {
    for (const view of Object.values(views)) if (view.find(id)) view.acknowledged(id, post);
  },

  refused({ id, reason, text, after }) {
    if (id === null) refusedHello(reason, text);
    else if (after === null) {
      for (const view of Object.values(views)) view.change(id, { state: "failed", error: text });
    }
  },
};

function refusedHello(reason, text) {
  $("#join-error").textContent = text;
  if (reason === "group") remember(me.name, "");
  else remember("", me.group);
}

function remember(name, group) {
  me = { name, group };
  lasting.write("binhyen.me", me);
}

function showGroup(group) {
  views.group.root.classList.toggle("joining", !group);
  $(".view-head", views.group.root).hidden = !group;
  join.hidden = Boolean(group);
  if (group) $("#group-name").textContent = group.name;
  if (group) views.group.toEnd();
}

function open(name) {
  document.body.dataset.tab = name;
  for (const [other, view] of Object.entries(views)) {
    view.tab?.setAttribute("aria-selected", String(other === name));
    if (other === name) {
      view.mark(false);
      view.toEnd();
    }
  }
}

/** A link to the private chat carries a token behind `#m=`; it is used once and then forgotten. */
function followLink(hash) {
  const token = new URLSearchParams(hash.slice(1)).get("m");
  if (!token) return;
  history.replaceState(null, "", "/");
  open("private");
  line.post({ type: "start", id: newId(), token: token.slice(0, 128) });
}

function askToClear(view) {
  const text =
    "Xoá cuộc trò chuyện này trên máy của anh/chị? Phản ánh đã gửi cho cán bộ vẫn được xử lý.";
  if (!confirm(text)) return;
  line.forget(view.name);
  view.clear();
}

if (join) {
  join.elements.name.value = me.name;
  join.elements.group.value = me.group;
  const chosen = me.group && join.elements.group.selectedOptions[0];
  showGroup(chosen ? { name: chosen.text } : null); // until the server has answered
  join.onsubmit = (event) => {
    event.preventDefault();
    const [name, group] = [join.elements.name.value.trim(), join.elements.group.value];
    $("#join-error").textContent = !name ? "Anh/chị ghi tên giúp." : !group ? "Anh/chị chọn ấp giúp." : "";
    if (!name || !group) return;
    if (group !== me.group) {
      line.forget("group"); // what was meant for the neighbours there
      views.group.clear();
    }
    remember(name, group);
    line.send(line.greet());
  };
  $("#only-private").onclick = () => {
    open("private");
    composers.private.text.focus();
  };
}

for (const [name, view] of Object.entries(views)) {
  view.tab?.addEventListener("click", () => open(name));
  const menu = $(".menu", view.root);
  menu.onclick = ({ target }) => {
    const wish = target.closest("[data-do]")?.dataset.do;
    if (!wish) return;
    menu.open = false;
    if (wish === "clear") askToClear(view);
    if (wish === "change") showGroup(null);
  };
}

$(".tabs")?.addEventListener("keydown", ({ key }) => {
  if (key !== "ArrowLeft" && key !== "ArrowRight") return;
  const other = document.body.dataset.tab === "group" ? "private" : "group";
  open(other);
  views[other].tab.focus();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const link = event.target.closest("a[href]");
  if (link && isPrivateLink(link)) {
    event.preventDefault();
    followLink(link.hash);
  }
});

addEventListener("hashchange", () => followLink(location.hash));
addEventListener("focusin", (event) => document.body.classList.toggle("typing", event.target.matches("textarea")));

// An iPhone's keyboard covers the page instead of making it smaller.
visualViewport?.addEventListener("resize", () => {
  document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
  scrollTo(0, 0);
});

followLink(location.hash);
