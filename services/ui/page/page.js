// Shows the picture, sends what is pressed, tells how things are. The messages are described in fronts/wire.py.

const $ = (id) => document.getElementById(id);
const canvas = $("picture");
const pen = canvas.getContext("2d", { alpha: false });
const asked = new URLSearchParams(location.search);
const token = asked.get("token") ?? "";
// who looks from afar may ask for JPEGs from the first picture on
const far = asked.has("far") ? "&far" : "";
const LEVEL = { running: "good", starting: "warn", degraded: "warn", stopping: "warn", missing: "bad" };
const PLATE = { good: "good", moved: "bad", "wrong size": "bad" };

let socket = null;
let status = null;
let unacknowledged = null;

const say = (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };

// --- the connection ---------------------------------------------------------------------------------------------

function connect() {
  socket = new WebSocket(`ws://${location.host}/ws?token=${encodeURIComponent(token)}${far}`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => link("good", "Live");
  socket.onmessage = ({ data }) => (typeof data === "string" ? tell(JSON.parse(data)) : draw(data));
  socket.onclose = ({ reason }) => (reason === "ended" ? ended() : lost());
}

function ended() {
  link("warn", "Ended");
  notice("The studio has ended", "Start it again in the terminal; it prints a new address.");
}

async function lost() {
  link("warn", "Connecting");
  const answer = await fetch(`/?token=${encodeURIComponent(token)}`, { cache: "no-store" }).catch(() => null);
  if (answer?.status === 403) {
    link("bad", "Old address");
    notice("The studio was started anew", "Each start has an address of its own. Open the one in the terminal.");
    return;
  }
  notice("The connection is lost", "Trying again. If this stays, look into the terminal.");
  setTimeout(connect, 1000);
}

function link(level, words) {
  $("link").dataset.level = level;
  $("link").lastElementChild.textContent = words;
}

function notice(title, words) {
  $("notice").querySelector("h2").textContent = title;
  $("notice").querySelector("p").textContent = words;
  $("notice").classList.remove("gone");
}

// --- the picture ------------------------------------------------------------------------------------------------

async function draw(data) {
  const head = new DataView(data);
  const [number, width, height] = [head.getUint32(0), head.getUint16(4), head.getUint16(6)];
  const image = width
    ? new ImageData(new Uint8ClampedArray(data, 8), width, height)
    : await createImageBitmap(new Blob([new Uint8Array(data, 8)], { type: "image/jpeg" }));
  if (canvas.width !== image.width || canvas.height !== image.height) {
    canvas.width = image.width;
    canvas.height = image.height;
    document.documentElement.style.setProperty("--ratio", image.width / image.height);
  }
  if (width) pen.putImageData(image, 0, 0);
  else {
    pen.drawImage(image, 0, 0);
    image.close();
  }
  $("notice").classList.add("gone");
  // nobody looks at a hidden tab: without the acknowledgement no further picture comes
  if (document.hidden) unacknowledged = number;
  else say({ ack: number });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || unacknowledged === null) return;
  say({ ack: unacknowledged, late: true });
  unacknowledged = null;
});

function place(event) {
  const box = canvas.getBoundingClientRect();
  // in full screen the picture is letterboxed within the canvas
  const scale = Math.min(box.width / canvas.width, box.height / canvas.height);
  const x = (event.clientX - box.x - (box.width - scale * canvas.width) / 2) / (scale * canvas.width);
  const y = (event.clientY - box.y - (box.height - scale * canvas.height) / 2) / (scale * canvas.height);
  return [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
}

// an app with pictures of its own is drawn in: every button counts, and a finger draws as the mouse does
const own = () => status?.figures === null;

// a mouse acts when pressed; a finger when lifted, since pressing may begin to scroll (which cancels the pointer)
canvas.addEventListener("pointerdown", (event) => {
  if (own()) {
    canvas.setPointerCapture(event.pointerId);
    const gesture = ["press", "grab", "second"][event.button];
    if (gesture) say({ [gesture]: place(event) });
  } else if (event.pointerType === "mouse" && event.button === 0) say({ press: place(event) });
});
canvas.addEventListener("pointerup", (event) => {
  if (own()) say({ [event.button === 1 ? "drop" : "release"]: place(event) });
  else if (event.pointerType !== "mouse") say({ press: place(event) });
});
canvas.addEventListener("dblclick", (event) => { if (own()) say({ double: place(event) }); });
canvas.addEventListener("mousedown", (event) => { if (own() && event.button === 1) event.preventDefault(); });
canvas.addEventListener("wheel", (event) => {
  if (!own()) return;
  event.preventDefault();
  const steps = -event.deltaY / (event.deltaMode === 0 ? 100 : 3);
  say({ wheel: [...place(event), Math.max(-5, Math.min(5, steps))] });
}, { passive: false });
canvas.addEventListener("contextmenu", (event) => event.preventDefault());
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerType === "mouse" || own()) say({ move: place(event) });
});
canvas.addEventListener("pointerleave", () => say({ leave: true }));

// --- keys and buttons -------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (own() && drawingKey(event)) {
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const onButton = event.target instanceof HTMLButtonElement;
  if (event.key.toLowerCase() === "f") fullScreen();
  else if (event.key === "Escape") { if (status?.help) say({ key: "esc" }); }
  else if (event.key.length === 1 && !(onButton && event.key === " ")) say({ key: event.key });
});

// the keys that only drawing has a use for; a button in focus keeps its Enter
function drawingKey(event) {
  const letter = event.key.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  const named = { Enter: "enter", Backspace: "backspace", Delete: "backspace", Escape: "esc",
    ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (control && letter === "z") say({ key: event.shiftKey ? "redo" : "undo" });
  else if (control && letter === "y") say({ key: "redo" });
  else if (control || event.altKey) return false;
  else if (named && !(event.key === "Enter" && event.target instanceof HTMLButtonElement)) say({ key: named });
  else if (event.repeat && event.key.length === 1) say({ key: event.key });
  else return false;
  return true;
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else $("stage").requestFullscreen?.();
}

$("keep").addEventListener("click", () => say({ key: "p" }));
$("film").addEventListener("click", () => say({ key: "r" }));
$("full").addEventListener("click", fullScreen);
$("help").addEventListener("click", () => say({ key: "h" }));
$("undo").addEventListener("click", () => say({ key: "u" }));

// --- what the studio tells --------------------------------------------------------------------------------------

function tell(news) {
  status = news;
  tellWords(news);
  $("help").setAttribute("aria-pressed", news.help);
  $("film").setAttribute("aria-pressed", news.film !== null);
  $("film").querySelector("b").textContent = news.film === null ? "Record" : "Stop";
  $("film").querySelector("span").textContent = news.film ?? "A film";
  document.body.dataset.own = own();
  tellTraining(news.training);
  if (news.figures) tellFigures(news.figures);
  keep($("apps"), news.apps.length > 1 ? news.apps : [], appButton, (node, app) => node.setAttribute("aria-pressed", app.name === news.app));
  // what ends the studio stands apart from what is pressed often
  const ends = (button) => button.role === "ends";
  const counts = (node, button) => {
    node.dataset.counting = button.counting;
    node.querySelector("b").textContent = button.word;
    node.querySelector("span").textContent = node.title = button.hint;
  };
  keep($("buttons"), news.buttons.filter((button) => !ends(button)), pressButton, counts);
  keep($("tools"), news.tools, toolButton, tellTool);
  keep($("ends"), news.buttons.filter(ends), pressButton, counts);
  fill($("services"), own() ? news.facts.map(factRow) : news.services.map(serviceRow));
}

// what has just happened goes before what to do; an offer to take it back stays as long as it stands
function tellWords(news) {
  const offered = news.toasts.findLast((toast) => toast.offer);
  const said = offered ?? news.toasts.at(-1) ?? news.sentence ?? { words: "Ready", level: "plain" };
  if ($("sentence").textContent !== said.words) $("sentence").textContent = said.words;
  $("said").dataset.level = said.level;
  $("undo").hidden = !offered;
}

function tellTraining(training) {
  $("training").hidden = !training;
  if (!training) return;
  $("step").textContent = training.step;
  $("left").textContent = training.left;
  $("scores").textContent = training.scores;
  $("part").value = training.part;
}

function tellFigures(f) {
  $("fps").textContent = `${f.fps} fps`;
  $("latency").textContent = f.latency_ms === null ? "–" : `${f.latency_ms} ms`;
  $("device").textContent = f.device || "–";
  $("engine").textContent = f.engine || "–";
  $("weights").textContent = $("weights").title = f.weights || "–";
  $("plate").dataset.level = PLATE[f.plate] ?? "warn";
  const plate = f.plate === "none" ? "not learned yet" : f.plate;
  fill($("plate"), [document.createElement("i"), text("span", plate), f.plate_words && text("small", f.plate_words)]);
}

function factRow(fact) {
  const row = document.createElement("li");
  row.dataset.level = fact.level;
  fill(row, [document.createElement("i"), text("span", fact.words)]);
  return row;
}

// keeps the nodes while the list stays the same, so that the focus does not get lost
function keep(parent, items, make, update) {
  const names = items.map((item) => item.id ?? item.name ?? item.key).join(" ");
  if (parent.dataset.names !== names) {
    parent.dataset.names = names;
    fill(parent, items.map(make));
  }
  items.forEach((item, index) => update(parent.children[index], item));
}

function appButton(app, index) {
  const node = text("button", app.title);
  node.type = "button";
  node.addEventListener("click", () => say({ key: String(index + 1) }));
  return node;
}

function pressButton(button) {
  const node = document.createElement("button");
  node.type = "button";
  node.dataset.role = button.role;
  node.dataset.id = button.id;
  fill(node, [text("b", button.word), text("span", button.hint), text("kbd", button.key)]);
  node.title = button.hint;
  node.addEventListener("click", () => say({ button: button.id }));
  return node;
}

// what is done at once has no state, and no attribute that would promise one
function tellTool(node, tool) {
  if (tool.on === null) node.removeAttribute("aria-pressed");
  else node.setAttribute("aria-pressed", tool.on);
  // not "disabled", which would take the focus from under a hand at the keyboard
  node.setAttribute("aria-disabled", tool.idle);
}

function toolButton(tool) {
  const node = document.createElement("button");
  node.type = "button";
  fill(node, [text("b", tool.word), text("span", tool.hint), text("kbd", tool.key)]);
  node.title = tool.hint;
  node.addEventListener("click", (event) => {
    say({ key: tool.key });
    // after a click with the mouse Enter belongs to the drawing again
    if (own() && event.detail > 0) node.blur();
  });
  return node;
}

function serviceRow(service) {
  const row = document.createElement("li");
  row.dataset.level = LEVEL[service.state] ?? "warn";
  const rate = service.state === "running" && service.rate_hz ? `${service.rate_hz} Hz` : service.state;
  fill(row, [document.createElement("i"), text("span", service.name), text("span", rate), service.error && text("em", service.error)]);
  return row;
}

function text(tag, words) {
  const node = document.createElement(tag);
  node.textContent = words;
  return node;
}

function fill(parent, nodes) {
  parent.replaceChildren(...nodes.filter(Boolean));
}

connect();
