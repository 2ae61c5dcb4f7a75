// The page of glide serve. It talks to the server's own API only: /api/jobs with events, /api/images, /api/schema.

const $ = (id) => document.getElementById(id);
const OWN = new Set(["prompt", "seed", "count", "task", "image", "mask", "rect", "invert_mask", "extend", "window", "mode",
  "amount", "strength", "keep_structure", "keep_structure_until"]);
const HEADINGS = { Image: "Image", Sampling: "Sampling", Guidance: "Guidance", SecondStage: "Second stage" };
const OVER = new Set(["done", "failed", "cancelled", "lost"]);
const PAGE = 48;

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

function say(text) {
  $("status").textContent = text;
}

function showError(place, text) {
  place.textContent = text;
  place.hidden = !text;
}

// ---- The server ------------------------------------------------------------------------------------------------

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer; is it still running?");
  }
  if (response.status === 401) {
    await login();
    return call(path, options);
  }
  const body = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.status === 429) throw new Error("Too many jobs wait already; try again in a moment.");
  if (!response.ok) throw new Error(body?.error?.message ?? `The server answered ${response.status}.`);
  return body;
}

const post = (path, body) => call(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

let entering = null;

function login() {
  entering ??= new Promise((resolve) => {
    $("login").showModal();
    $("login-form").onsubmit = async (event) => {
      event.preventDefault();
      const response = await fetch("api/login", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ token: $("token").value }),
      });
      if (!response.ok) {
        showError($("login-error"), "This is not the token.");
        return;
      }
      $("login").close();
      entering = null;
      resolve();
    };
  });
  return entering;
}

// ---- Settings --------------------------------------------------------------------------------------------------

const settings = new Map();

function buildSettings(schema) {
  const groups = new Map(Object.keys(HEADINGS).map((group) => [group, []]));
  for (const [name, field] of Object.entries(schema.properties)) {
    if (!OWN.has(name)) groups.get(field["x-group"])?.push([name, field]);
  }
  for (const [group, fields] of groups) {
    const grid = make("div", { className: "settings" });
    const changed = make("span", { className: "changed" });
    for (const [name, field] of fields) grid.append(buildSetting(name, field));
    const details = make("details", {}, make("summary", {}, HEADINGS[group], changed), grid);
    details.addEventListener("input", () => countChanged());
    details.showChanged = () => {
      const count = fields.filter(([name]) => valueOf(settings.get(name)) !== undefined).length;
      changed.textContent = count === 0 ? "" : `${count} changed`;
      return count;
    };
    $("settings").append(details);
  }
}

function buildSetting(name, field) {
  const id = `set-${name}`;
  // Help texts name options of the command line.
  const [help, usual] = field.description.replace(/--([a-z]+(-[a-z]+)*)/g, (_, option) => option.replaceAll("-", " "))
    .split(/ Default: /);
  const types = [field.type].flat();
  let control;
  if (field.enum) {
    control = make("select", {}, make("option", { value: "" }, "default"),
      ...field.enum.map((value) => make("option", { value }, value)));
  } else if (types[0] === "boolean") {
    control = make("input", { type: "checkbox" });
  } else if (types[0] === "number" || types[0] === "integer") {
    control = make("input", { type: "number", min: field.minimum, max: field.maximum,
      step: types[0] === "integer" ? 1 : "any" });
  } else {
    control = make("input", { type: "text" });
  }
  control.id = id;
  control.setAttribute("aria-describedby", `${id}-help`);
  if (usual && control.type !== "checkbox") control.placeholder = usual.replace(/\.$/, "");
  settings.set(name, { control, field });
  const label = make("label", { for: id }, name.replaceAll("_", " "));
  const about = make("p", { className: "help", id: `${id}-help` }, help);
  return control.type === "checkbox"
    ? make("div", { className: "setting flag" }, control, label, about)
    : make("div", { className: "setting" }, label, control, about);
}

function valueOf({ control }) {
  if (control.type === "checkbox") return control.checked ? true : undefined;
  const text = control.value.trim();
  if (text === "") return undefined;
  return control.type === "number" ? Number(text) : text;
}

function readSettings() {
  const row = {};
  for (const [name, setting] of settings) {
    const value = valueOf(setting);
    if (value !== undefined) row[name] = value;
  }
  return row;
}

function writeSettings(row) {
  for (const [name, { control }] of settings) {
    if (control.type === "checkbox") control.checked = row[name] === true || row[name] === "true";
    else control.value = row[name] ?? "";
  }
  countChanged();
}

function countChanged() {
  let all = 0;
  for (const details of $("settings").children) all += details.showChanged();
  for (const setting of settings.values()) {
    setting.control.parentElement.classList.toggle("set", valueOf(setting) !== undefined);
  }
  $("reset").hidden = all === 0;
}

// ---- Jobs ------------------------------------------------------------------------------------------------------

let lastSeed = null;

function rememberSeed(seed) {
  lastSeed = seed;
  $("repeat-seed").disabled = false;
}

async function submit(row, errorPlace, options = {}) {
  showError(errorPlace, "");
  try {
    const job = await post("api/jobs", row);
    follow(job, options);
    $("jobs").firstElementChild.scrollIntoView({ block: "nearest" });
    say("Accepted.");
  } catch (error) {
    showError(errorPlace, error.message);
  }
}

function follow(job, options = {}) {
  const card = new JobCard(job, options);
  $("no-jobs").hidden = true;
  $("jobs").prepend(card.element);
  const events = new EventSource(`api/jobs/${job.id}/events`);
  events.addEventListener("state", (event) => {
    const state = JSON.parse(event.data);
    card.update(state);
    if (!OVER.has(state.state)) return;
    events.close();
    if (state.images.length > 0) {
      rememberSeed(state.images[0].seed);
      refreshGallery();
    }
    say(state.state === "done" ? "The image is finished." : `The job is ${state.state}. ${state.error ?? ""}`);
  });
  events.addEventListener("step", (event) => card.step(JSON.parse(event.data)));
  events.addEventListener("preview", (event) => card.preview(JSON.parse(event.data)));
  events.addEventListener("image", (event) => card.image(JSON.parse(event.data)));
}

class JobCard {
  constructor(job, { before } = {}) {
    this.before = before;
    this.done = 0;
    this.tiles = [];
    this.bar = make("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.text = make("p", { className: "state" }, "waiting");
    this.shown = make("div", { className: "shown" });
    this.cancel = make("button", { type: "button", className: "cancel" }, "Cancel");
    this.cancel.onclick = () => call(`api/jobs/${job.id}`, { method: "DELETE" }).catch((error) => say(error.message));
    const task = job.request.task;
    const label = job.request.prompt || "no prompt";
    this.element = make("article", { className: "card job", "aria-label": label },
      make("div", { className: "top" },
        make("p", { className: "prompt" }, task && task !== "inpaint" ? `${task}: ${label}` : label), this.cancel),
      this.shown, this.bar, this.text);
    const count = Math.min(9, Number(job.request.count ?? 1));
    for (let number = 0; number < count; number++) this.tile(number);
    this.shown.classList.toggle("one", count === 1);
  }

  tile(number) {
    while (this.tiles.length <= number) {
      const image = make("img", { alt: "The image as it forms", hidden: true });
      const blank = make("span", { className: "blank" });
      const seed = make("span", { className: "seed" });
      const button = make("button", { type: "button", className: "tile forming", disabled: true,
        "aria-label": "The image as it forms" }, blank, image, seed);
      this.tiles.push({ image, blank, seed, button });
      this.shown.append(button);
    }
    return this.tiles[number];
  }

  show(number, url) {
    const tile = this.tile(number);
    tile.image.src = url;
    tile.image.hidden = false;
    tile.blank.hidden = true;
    return tile;
  }

  preview({ number, image }) {
    if (number >= this.done) this.show(number, image);
  }

  image({ name, url, seed }) {
    this.finish(this.done, { name, url, seed });
    this.done++;
  }

  finish(number, { name, url, seed }) {
    const tile = this.show(number, url);
    tile.image.alt = `Image with seed ${seed}`;
    tile.seed.textContent = `seed ${seed}`;
    tile.button.classList.remove("forming");
    tile.button.disabled = false;
    tile.button.setAttribute("aria-label", `Open the image with seed ${seed}`);
    tile.button.onclick = () => openByName(name);
  }

  step({ stage, step, steps, fraction, seconds_left: left }) {
    this.bar.value = fraction;
    const time = left === null || left === undefined ? "" : ` · ${secondsText(left)} left`;
    this.text.textContent = `${stage === "upsample" ? "enlarging" : stage} · step ${step} of ${steps}${time}`;
  }

  update(job) {
    job.images.forEach((image, number) => this.finish(number, image));
    this.done = job.images.length;
    if (job.state === "running" && job.progress) this.step(job.progress);
    else if (job.state === "queued") this.text.textContent = "waiting for the jobs before it";
    if (!OVER.has(job.state)) return;
    this.cancel.hidden = true;
    this.bar.hidden = true;
    this.text.textContent = job.error ?? (job.state === "done" ? "" : job.state);
    this.text.classList.toggle("error", job.state === "failed");
    this.text.hidden = this.text.textContent === "";
    this.tiles.slice(this.done).forEach((tile) => tile.button.remove());
    this.shown.hidden = this.done === 0;
    if (job.state === "done" && this.before && job.images.length === 1) this.compare(job.images[0]);
  }

  compare({ url, seed }) {
    const slider = make("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "Before on the left, after on the right" });
    const compare = make("div", { className: "compare" },
      make("img", { src: this.before, alt: "Before" }), make("img", { src: url, alt: "After", className: "after" }), slider);
    slider.oninput = () => compare.style.setProperty("--cut", `${slider.value}%`);
    this.shown.classList.add("one");
    const open = this.tiles[0].button.onclick;
    this.shown.replaceWith(compare, make("div", { className: "sides" }, make("span", {}, "before"),
      make("span", {}, `after, seed ${seed}`)), make("div", { className: "row" },
      make("button", { type: "button", onclick: open }, "Open"),
      make("button", { type: "button", onclick: () => editor.openUrl(url, nameOf(url)) }, "Paint on this")));
  }
}

function secondsText(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

const nameOf = (url) => decodeURIComponent(url.split("/").pop());

// ---- Gallery ---------------------------------------------------------------------------------------------------

let shownImages = 0;
let viewed = null;

async function refreshGallery(append = false) {
  const skip = append ? shownImages : 0;
  const limit = append ? PAGE : Math.max(PAGE, Math.min(200, shownImages));
  const query = new URLSearchParams({ search: $("search").value, skip, limit });
  try {
    const { images, total } = await call(`api/images?${query}`);
    if (query.get("search") !== $("search").value) return;
    const items = images.map(galleryItem);
    if (append) $("images").append(...items);
    else $("images").replaceChildren(...items);
    shownImages = skip + images.length;
    $("more").hidden = shownImages >= total;
    $("total").textContent = total === 1 ? "1 image" : `${total} images`;
  } catch (error) {
    $("total").textContent = error.message;
  }
}

function galleryItem(image) {
  const label = image.prompt || image.name;
  const button = make("button", { type: "button", title: label, onclick: () => view(image) },
    make("img", { src: image.url, alt: "", loading: "lazy" }), make("span", {}, label));
  return make("li", {}, button);
}

async function openByName(name) {
  const { images } = await call(`api/images?${new URLSearchParams({ search: name, limit: 200 })}`);
  const found = images.find((image) => image.name === name);
  if (found) view(found);
}

function view(image) {
  viewed = image;
  $("viewed").src = image.url;
  $("viewed").alt = image.prompt ?? image.name;
  $("viewed-prompt").textContent = image.prompt || image.name;
  $("viewed-file").href = image.url;
  const rows = Object.entries({
    size: image.width ? `${image.width} × ${image.height}` : undefined, made: image.task, model: image.model,
    ...image.settings,
  }).filter(([, value]) => value !== undefined);
  $("viewed-settings").replaceChildren(...rows.flatMap(([name, value]) =>
    [make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, String(value))]));
  $("viewer").querySelector("[data-action=use]").hidden = image.prompt === undefined;
  if (!$("viewer").open) $("viewer").showModal();
}

const actions = {
  use({ prompt, settings: row }) {
    selectTab("generate");
    $("prompt").value = prompt;
    $("seed").value = row.seed;
    writeSettings(row);
    $("prompt").focus();
  },
  vary(image) {
    selectTab("generate");
    return submit({ prompt: image.prompt ?? "", task: "vary", image: image.name, count: 4 }, $("composer-error"));
  },
  upscale(image) {
    selectTab("generate");
    const given = Object.entries(readSettings()).filter(([name]) => name.startsWith("upsample"));
    return submit({ ...Object.fromEntries(given), prompt: image.prompt ?? "", task: "upscale", image: image.name },
      $("composer-error"));
  },
  inpaint(image) {
    editor.openUrl(image.url, image.name);
  },
};

// ---- The editor of masks ---------------------------------------------------------------------------------------

// A mask is a list of operations on the image's own pixels, so that undoing is drawing all but the last again.
class Editor {
  constructor() {
    this.canvas = $("mask");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.tool = "brush";
    this.size = 24;
    this.soft = 0;
    this.zoom = 1;
    this.operations = [];
    this.pointers = new Map();
    this.cursor = { x: 0, y: 0 };
    this.listen();
  }

  // -- The image

  async openFile(file) {
    showError($("painter-error"), "");
    const url = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });
    return this.open(url, url);
  }

  openUrl(url, name) {
    return this.open(url, name);
  }

  // reference: what the server is told, a name of its own or the bytes of the file.
  async open(url, reference) {
    selectTab("editor");
    if ($("viewer").open) $("viewer").close();
    const image = new Image();
    image.src = url;
    try {
      await image.decode();
    } catch {
      $("drop").hidden = false;
      $("drop").querySelector(".hint").textContent = "This file is no image that the browser can show.";
      return;
    }
    Object.assign(this, { url, reference, width: image.naturalWidth, height: image.naturalHeight, operations: [] });
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.cursor = { x: this.width / 2, y: this.height / 2 };
    $("source").src = url;
    $("drop").hidden = true;
    $("desk").hidden = false;
    this.setSize(Math.max(4, Math.round(Math.min(this.width, this.height) / 8)));
    this.fit();
    this.redraw();
    $("paint-prompt").focus();
  }

  // -- Operations

  apply(operation) {
    const { pen } = this;
    pen.fillStyle = pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--paint");
    pen.globalCompositeOperation = operation.kind === "eraser" ? "destination-out" : "source-over";
    if (operation.kind === "rectangle") {
      pen.fillRect(operation.x, operation.y, operation.width, operation.height);
    } else if (operation.kind === "clear") {
      pen.clearRect(0, 0, this.width, this.height);
    } else if (operation.kind === "invert") {
      pen.globalCompositeOperation = "source-out";
      pen.fillRect(0, 0, this.width, this.height);
    } else {
      this.stroke(operation, 0);
    }
    pen.globalCompositeOperation = "source-over";
  }

  stroke({ points, size }, from) {
    const { pen } = this;
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = size;
    pen.beginPath();
    const first = points[Math.max(0, from - 1)];
    pen.moveTo(first.x, first.y);
    // A line without length has a round end in every browser only if it is not quite without.
    pen.lineTo(first.x + 0.01, first.y);
    for (const point of points.slice(from)) pen.lineTo(point.x, point.y);
    pen.stroke();
  }

  add(operation) {
    this.operations.push(operation);
    this.apply(operation);
    this.changed();
  }

  undo() {
    this.operations.pop();
    this.redraw();
  }

  redraw() {
    this.pen.clearRect(0, 0, this.width, this.height);
    this.operations.forEach((operation) => this.apply(operation));
    this.changed();
  }

  changed() {
    $("undo").disabled = $("clear").disabled = this.operations.length === 0;
    this.canvas.style.filter = this.soft > 0 ? `blur(${this.soft * this.zoom / 2}px)` : "";
  }

  // The mask as a PNG, white where it paints; null for an empty one.
  async toPng() {
    const { data } = this.pen.getImageData(0, 0, this.width, this.height);
    let alpha = new Float32Array(this.width * this.height);
    for (let i = 0; i < alpha.length; i++) alpha[i] = data[4 * i + 3];
    if (!alpha.some((value) => value > 0)) return null;
    if (this.soft > 0) alpha = blur(alpha, this.width, this.height, this.soft);
    for (let i = 0; i < alpha.length; i++) {
      data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = Math.round(alpha[i]);
      data[4 * i + 3] = 255;
    }
    const gray = make("canvas", { width: this.width, height: this.height });
    gray.getContext("2d").putImageData(new ImageData(data, this.width, this.height), 0, 0);
    return gray.toDataURL("image/png");
  }

  // -- Tools

  setTool(tool) {
    this.tool = tool;
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-checked", String(button.dataset.tool === tool));
    }
    $("brush").classList.toggle("square", tool === "rectangle");
  }

  setSize(size) {
    this.size = Math.round(Math.min(200, Math.max(1, size)));
    $("brush-size").value = this.size;
    $("brush-size-shown").textContent = this.size;
    this.showCursor();
  }

  changeSize(direction) {
    this.setSize(this.size + direction * Math.max(1, Math.round(this.size * 0.12)));
  }

  fit() {
    const room = $("viewport").clientWidth - 2;
    const high = Math.max(200, window.innerHeight * 0.6);
    this.setZoom(Math.min(room / this.width, high / this.height, 8));
  }

  setZoom(zoom) {
    const view = $("viewport");
    const before = this.zoom;
    const x = (view.scrollLeft + view.clientWidth / 2) / before, y = (view.scrollTop + view.clientHeight / 2) / before;
    this.zoom = Math.min(16, Math.max(0.02, zoom));
    $("sheet").style.width = `${this.width * this.zoom}px`;
    $("sheet").style.height = `${this.height * this.zoom}px`;
    $("sheet").classList.toggle("pixels", this.zoom >= 3);
    view.scrollLeft = x * this.zoom - view.clientWidth / 2;
    view.scrollTop = y * this.zoom - view.clientHeight / 2;
    this.showCursor();
    this.changed();
  }

  showCursor() {
    const { style } = $("brush");
    style.left = `${this.cursor.x * this.zoom}px`;
    style.top = `${this.cursor.y * this.zoom}px`;
    style.width = style.height = `${this.size * this.zoom}px`;
  }

  // -- Pointers

  pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / this.zoom, y: (event.clientY - box.top) / this.zoom };
  }

  down(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size === 2) {
      this.beginPinch();
      return;
    }
    const point = this.cursor = this.pointOf(event);
    this.active = this.tool === "rectangle"
      ? { kind: "rectangle", start: point, x: point.x, y: point.y, width: 0, height: 0 }
      : { kind: this.tool, points: [point], size: this.size };
    if (this.active.points) this.apply(this.active);
    this.showCursor();
  }

  move(event) {
    this.cursor = this.pointOf(event);
    $("brush").hidden = event.pointerType === "touch";
    this.showCursor();
    if (!this.pointers.has(event.pointerId)) return;
    this.pointers.set(event.pointerId, event);
    if (this.pinch) this.movePinch();
    else if (this.active?.points) this.extend(event);
    else if (this.active) this.stretch();
  }

  extend(event) {
    const { points } = this.active;
    const from = points.length;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length > 0 ? passed : [event]) points.push(this.pointOf(each));
    this.pen.globalCompositeOperation = this.active.kind === "eraser" ? "destination-out" : "source-over";
    this.stroke(this.active, from);
    this.pen.globalCompositeOperation = "source-over";
  }

  stretch() {
    const { start } = this.active, end = this.cursor;
    const clamp = (value, most) => Math.round(Math.min(most, Math.max(0, value)));
    const x = clamp(Math.min(start.x, end.x), this.width), y = clamp(Math.min(start.y, end.y), this.height);
    Object.assign(this.active, { x, y, width: clamp(Math.max(start.x, end.x), this.width) - x,
      height: clamp(Math.max(start.y, end.y), this.height) - y });
    const { style } = $("frame");
    $("frame").hidden = false;
    style.left = `${x * this.zoom}px`;
    style.top = `${y * this.zoom}px`;
    style.width = `${this.active.width * this.zoom}px`;
    style.height = `${this.active.height * this.zoom}px`;
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.pinch) {
      if (this.pointers.size === 0) this.pinch = null;
      return;
    }
    $("frame").hidden = true;
    const { active } = this;
    this.active = null;
    if (!active) return;
    if (event.type === "pointercancel") {
      this.redraw();
    } else if (active.points) {
      this.operations.push(active);
      // Drawn as it will be drawn again after an undo: parts of a stroke overlap a little where it was drawn in parts.
      this.redraw();
    } else if (active.width > 0 && active.height > 0) {
      this.add(active);
    }
  }

  // Two fingers zoom and move; the stroke that the first of them began is taken back.
  beginPinch() {
    this.active = null;
    this.redraw();
    this.pinch = { ...this.pinchNow(), zoom: this.zoom };
  }

  pinchNow() {
    const [a, b] = [...this.pointers.values()];
    return { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2,
      distance: Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)) };
  }

  movePinch() {
    if (this.pointers.size < 2) return;
    const now = this.pinchNow();
    this.setZoom(this.pinch.zoom * now.distance / this.pinch.distance);
    $("viewport").scrollLeft -= now.x - this.pinch.x;
    $("viewport").scrollTop -= now.y - this.pinch.y;
    Object.assign(this.pinch, { x: now.x, y: now.y });
  }

  // -- Keys

  key(event) {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z") return this.undo();
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = Math.max(1, this.size / 4);
    const keys = {
      "[": () => this.changeSize(-1), "]": () => this.changeSize(1),
      b: () => this.setTool("brush"), e: () => this.setTool("eraser"), r: () => this.setTool("rectangle"),
      i: () => this.add({ kind: "invert" }),
      "+": () => this.setZoom(this.zoom * 1.25), "=": () => this.setZoom(this.zoom * 1.25),
      "-": () => this.setZoom(this.zoom / 1.25), 0: () => this.fit(),
    };
    const onMask = {
      arrowleft: () => this.moveCursor(-step, 0), arrowright: () => this.moveCursor(step, 0),
      arrowup: () => this.moveCursor(0, -step), arrowdown: () => this.moveCursor(0, step),
      " ": () => this.add({ kind: this.tool === "eraser" ? "eraser" : "brush", points: [{ ...this.cursor }], size: this.size }),
    };
    const act = keys[key] ?? (event.target === this.canvas ? onMask[key] : undefined);
    return act ? act() : false;
  }

  moveCursor(x, y) {
    this.cursor = { x: Math.min(this.width, Math.max(0, this.cursor.x + x)),
      y: Math.min(this.height, Math.max(0, this.cursor.y + y)) };
    $("brush").hidden = false;
    this.showCursor();
  }

  // -- Painting

  async paint() {
    showError($("painter-error"), "");
    const mask = await this.toPng();
    if (mask === null) {
      showError($("painter-error"), "Nothing is painted yet; draw over what should change.");
      return;
    }
    const row = { ...readSettings(), prompt: $("paint-prompt").value, task: "inpaint", image: this.reference, mask,
      mode: $("mode").value };
    for (const name of ["no_upsample", "size", "tile"]) delete row[name];
    if ($("paint-seed").value !== "") row.seed = $("paint-seed").value;
    await submit(row, $("painter-error"), { before: this.url });
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("pointerenter", (event) => { $("brush").hidden = event.pointerType === "touch"; });
    canvas.addEventListener("pointerleave", () => { $("brush").hidden = true; });
    canvas.addEventListener("blur", () => { $("brush").hidden = true; });
    canvas.addEventListener("focus", () => this.moveCursor(0, 0));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.ctrlKey) this.setZoom(this.zoom * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
      else this.changeSize(event.deltaY < 0 ? 1 : -1);
    }, { passive: false });
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.onclick = () => this.setTool(button.dataset.tool);
    }
    $("brush-size").oninput = () => this.setSize(Number($("brush-size").value));
    $("soft").oninput = () => {
      this.soft = Number($("soft").value);
      $("soft-shown").textContent = this.soft;
      this.changed();
    };
    $("undo").onclick = () => this.undo();
    $("invert").onclick = () => this.add({ kind: "invert" });
    $("clear").onclick = () => this.add({ kind: "clear" });
    $("zoom-in").onclick = () => this.setZoom(this.zoom * 1.25);
    $("zoom-out").onclick = () => this.setZoom(this.zoom / 1.25);
    $("zoom-fit").onclick = () => this.fit();
    $("painter").onsubmit = (event) => {
      event.preventDefault();
      this.paint();
    };
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.matches?.("input:not([type=range]), textarea, select");
      if ($("editor").hidden || $("desk").hidden || isTyping || document.querySelector("dialog[open]")) return;
      if (this.key(event) !== false) event.preventDefault();
    });
    this.listenForFiles();
  }

  listenForFiles() {
    for (const id of ["choose", "other"]) $(id).onclick = () => $("file").click();
    $("file").onchange = () => {
      if ($("file").files[0]) this.openFile($("file").files[0]);
      $("file").value = "";
    };
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      $("editor").classList.add("over");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) $("editor").classList.remove("over");
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      $("editor").classList.remove("over");
      const file = event.dataTransfer?.files[0];
      if (file) this.openFile(file);
    });
    document.addEventListener("paste", (event) => {
      const file = [...event.clipboardData?.files ?? []].find((each) => each.type.startsWith("image/"));
      if (file) this.openFile(file);
    });
  }
}

// Three passes of a box come close to a Gaussian.
function blur(values, width, height, radius) {
  let from = values, to = new Float32Array(values.length);
  for (let pass = 0; pass < 3; pass++) {
    for (const [count, length, next, other] of [[height, width, 1, width], [width, height, width, 1]]) {
      for (let line = 0; line < count; line++) boxLine(from, to, line * other, length, next, Math.ceil(radius / 3));
      [from, to] = [to, from];
    }
  }
  return from;
}

function boxLine(from, to, start, length, next, radius) {
  const at = (i) => from[start + Math.min(length - 1, Math.max(0, i)) * next];
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    to[start + i * next] = sum / (2 * radius + 1);
    sum += at(i + radius + 1) - at(i - radius);
  }
}

// ---- The page --------------------------------------------------------------------------------------------------

function selectTab(name) {
  for (const each of ["generate", "editor"]) {
    $(each).hidden = each !== name;
    $(`tab-${each}`).setAttribute("aria-selected", String(each === name));
    $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
  }
  document.querySelector("main").classList.toggle("editing", name === "editor");
  if (name === "editor" && !$("desk").hidden) editor.fit();
}

function submitOnEnter(area) {
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      area.form.requestSubmit();
    }
  });
}

function listen() {
  $("composer").onsubmit = async (event) => {
    event.preventDefault();
    const row = { ...readSettings(), prompt: $("prompt").value };
    if ($("seed").value !== "") row.seed = $("seed").value;
    if ($("count").value !== "") row.count = Number($("count").value);
    await submit(row, $("composer-error"));
  };
  submitOnEnter($("prompt"));
  submitOnEnter($("paint-prompt"));
  $("repeat-seed").onclick = () => { $("seed").value = lastSeed; };
  $("reset").onclick = () => writeSettings({});
  for (const name of ["generate", "editor"]) {
    $(`tab-${name}`).onclick = () => selectTab(name);
    $(`tab-${name}`).onkeydown = (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = name === "generate" ? "editor" : "generate";
      selectTab(other);
      $(`tab-${other}`).focus();
    };
  }
  let waiting = 0;
  $("search").oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => refreshGallery(), 200);
  };
  $("more").onclick = () => refreshGallery(true);
  $("viewer").addEventListener("click", (event) => {
    const action = event.target.dataset?.action;
    if (event.target === $("viewer")) $("viewer").close();
    if (!action) return;
    $("viewer").close();
    actions[action](viewed);
  });
  $("login").addEventListener("cancel", (event) => event.preventDefault());
  window.addEventListener("resize", () => {
    if (!$("editor").hidden && !$("desk").hidden && $("sheet").offsetWidth > $("viewport").clientWidth) editor.fit();
  });
}

const editor = new Editor();

async function start() {
  listen();
  const info = await call("api/info");
  $("model").textContent = `${info.model} · ${info.size} px`;
  $("model").title = info.title;
  $("tab-editor").hidden = !info.can_inpaint;
  buildSettings(await call("api/schema"));
  countChanged();
  const { jobs } = await call("api/jobs");
  [...jobs].reverse().forEach((job) => follow(job));
  await refreshGallery();
}

start().catch((error) => showError($("composer-error"), error.message));
