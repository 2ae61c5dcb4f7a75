import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium as engine } from "playwright-core";
import { browserArguments, chromium, pixelsOf, program, screenshots, serve } from "./server.mjs";

const room = fileURLToPath(new URL("../Glide.Cli.Tests/Images/room.png", import.meta.url));

let server, browser, page;
const messages = [];

before(async () => {
  server = await serve();
  browser = await engine.launch({ executablePath: chromium, args: browserArguments });
  page = await open({ width: 1280, height: 900 });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(viewport, options = {}) {
  const context = await browser.newContext({ viewport, ...options });
  const opened = await context.newPage();
  opened.setDefaultTimeout(180_000);
  opened.on("console", (message) => messages.push(message.text()));
  opened.on("pageerror", (error) => messages.push(String(error)));
  opened.on("requestfailed", (request) => {
    // A stream of events that the page has closed counts as failed.
    if (!request.url().endsWith("/events")) messages.push(`${request.url()} failed`);
  });
  opened.on("request", (request) => {
    if (!request.url().startsWith(server.address) && !/^(data|blob):/.test(request.url())) messages.push(`asks ${request.url()}`);
  });
  await opened.goto(server.address);
  await opened.waitForSelector("#settings details", { state: "attached" });
  return opened;
}

async function shoot(target, name, options = {}) {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await target.screenshot({ path: join(screenshots, `${name}.png`), ...options });
}

const finished = (count) => page.waitForFunction((expected) => document.querySelectorAll("#images li").length === expected, count);

test("the prompt is ready at once, and an image forms with bar, time and previews", async () => {
  assert.equal(await page.evaluate(() => document.activeElement.id), "prompt");
  await page.keyboard.type("a red circle above a blue square");
  await page.locator("#seed").fill("7");
  await page.locator("summary", { hasText: "Sampling" }).click();
  await page.locator("#set-steps").fill("40");
  await page.locator("summary", { hasText: "Second stage" }).click();
  await page.locator("#set-upsample_steps").fill("2");
  await page.locator("#go").click();
  await page.waitForFunction(() => document.querySelector(".job progress")?.value > 0.05);
  await page.waitForFunction(() => document.querySelector(".job .tile img")?.src.startsWith("data:image/png"));
  await page.waitForFunction(() => /step \d+ of 40 · \d+ s left/.test(document.querySelector(".job .state").textContent));
  await shoot(page, "forming-1280");
  await finished(1);
  await page.waitForFunction(() => document.querySelector(".job .tile img").src.includes("/api/images/"));
  assert.equal(await page.locator(".job .seed").textContent(), "seed 7");
  assert.deepEqual(readdirSync(server.images).filter((name) => name.endsWith(".png")), ["a-red-circle-above-a-blue-square-7.png"]);
});

test("the same seed and settings give the same image", async () => {
  await page.locator("#seed").fill("");
  await page.locator("#repeat-seed").click();
  assert.equal(await page.locator("#seed").inputValue(), "7");
  await page.locator("#go").click();
  await finished(2);
  const [first, second] = readdirSync(server.images).filter((name) => name.endsWith(".png"))
    .map((name) => readFileSync(join(server.images, name)));
  assert.ok(first.equals(second));
});

test("the command line makes the same bytes", () => {
  const file = join(server.images, "..", "sampled.png");
  execFileSync(program, ["sample", "a red circle above a blue square", "-m", "mini", "-s", "7", "--steps", "40",
    "--upsample-steps", "2", "-o", file, "-q"]);
  assert.ok(readFileSync(file).equals(readFileSync(join(server.images, "a-red-circle-above-a-blue-square-7.png"))));
});

test("wrong settings are told beside the form", async () => {
  await page.locator("#set-steps").fill("none");
  await page.locator("#go").click();
  await page.locator("#composer-error").filter({ hasText: "steps" }).waitFor();
  // The browser itself notes the answer 400.
  messages.splice(0, messages.length, ...messages.filter((message) => !message.includes("400")));
  await page.locator("#reset").click();
  assert.equal(await page.locator("#set-steps").inputValue(), "");
});

test("a running job can be cancelled", async () => {
  await page.locator("#set-steps").fill("1000");
  await page.locator("#go").click();
  await page.locator(".job .cancel:visible").first().click();
  await page.locator(".job .state", { hasText: "cancelled" }).waitFor();
  await page.locator("#set-steps").fill("4");
  await page.locator("#set-upsample_steps").fill("2");
});

test("a mask is drawn with the mouse, and bytes outside it are unchanged", async () => {
  await page.locator("#tab-editor").click();
  await page.locator("#file").setInputFiles(room);
  await page.locator("#desk").waitFor();
  await page.locator("[data-tool=brush]").click();
  const mask = await page.locator("#mask").boundingBox();
  const at = (x, y) => [mask.x + mask.width * x, mask.y + mask.height * y];
  await page.mouse.move(...at(0.4, 0.4));
  await page.mouse.wheel(0, -100);
  await page.keyboard.press("]");
  await page.mouse.down();
  await page.mouse.move(...at(0.6, 0.45), { steps: 5 });
  await page.mouse.move(...at(0.5, 0.6), { steps: 5 });
  await page.mouse.up();
  await shoot(page, "mask-1280");
  const drawn = await maskAlpha();
  assert.ok(drawn.some((alpha) => alpha > 0) && drawn.some((alpha) => alpha === 0));
  await page.locator("#paint-prompt").fill("a green star");
  await page.locator("#paint").click();
  await page.locator(".compare").waitFor();
  await finished(3);
  await shoot(page, "painted-1280");
  const result = await page.locator(".compare .after").getAttribute("src");
  const before = await pixelsOf(page, `data:image/png;base64,${readFileSync(room).toString("base64")}`);
  const after = await pixelsOf(page, result);
  assert.deepEqual([after.width, after.height], [before.width, before.height]);
  let changed = 0;
  for (let i = 0; i < drawn.length; i++) {
    const isSame = [0, 1, 2].every((channel) => before.data[4 * i + channel] === after.data[4 * i + channel]);
    if (drawn[i] === 0) assert.ok(isSame, `pixel ${i} was outside the mask`);
    else if (!isSame) changed++;
  }
  assert.ok(changed > 0);
});

test("undo, invert, eraser, rectangle and keys change the mask", async () => {
  const share = async () => {
    const alpha = await maskAlpha();
    return alpha.filter((value) => value > 127).length / alpha.length;
  };
  const drawn = await share();
  await page.locator("#invert").click();
  assert.ok(Math.abs(await share() - (1 - drawn)) < 0.02);
  await page.keyboard.press("Control+z");
  assert.ok(Math.abs(await share() - drawn) < 0.001);
  await page.locator("#clear").click();
  assert.equal(await share(), 0);
  await page.locator("[data-tool=rectangle]").click();
  const mask = await page.locator("#mask").boundingBox();
  await page.mouse.move(mask.x + mask.width / 4, mask.y + mask.height / 4);
  await page.mouse.down();
  await page.mouse.move(mask.x + mask.width * 0.75, mask.y + mask.height * 0.75, { steps: 3 });
  await page.mouse.up();
  assert.ok(Math.abs(await share() - 0.25) < 0.02);
  await page.keyboard.press("e");
  await page.locator("#mask").focus();
  await page.keyboard.press("Space");
  assert.ok(await share() < 0.249);
  for (let i = 0; i < 3; i++) await page.locator("#undo").click();
});

test("the slider moves between before and after", async () => {
  const slider = page.locator(".compare input").first();
  await slider.fill("20");
  assert.equal(await page.locator(".compare").first().evaluate((element) => element.style.getPropertyValue("--cut")), "20%");
});

test("reload keeps the gallery, and it can be searched", async () => {
  await page.reload();
  await finished(3);
  await page.locator("#search").fill("green");
  await finished(1);
  await page.locator("#search").fill("");
  await finished(3);
});

test("an image of the gallery gives its settings back, and can be varied, enlarged and painted on", async () => {
  await page.locator("#images button", { hasText: "a red circle" }).first().click();
  await page.locator("#viewer").waitFor();
  await shoot(page, "viewer-1280");
  await page.locator("[data-action=use]").click();
  assert.equal(await page.locator("#prompt").inputValue(), "a red circle above a blue square");
  assert.equal(await page.locator("#seed").inputValue(), "7");
  assert.equal(await page.locator("#set-steps").inputValue(), "40");
  assert.equal(await page.locator("#set-upsample_steps").inputValue(), "2");
  await page.locator("#images button", { hasText: "a green star" }).click();
  await page.locator("[data-action=upscale]").click();
  await finished(4);
  await page.locator("#images button", { hasText: "a red circle" }).first().click();
  await page.locator("[data-action=vary]").click();
  await finished(8);
  await page.locator("#images button", { hasText: "a red circle" }).first().click();
  await page.locator("[data-action=inpaint]").click();
  await page.locator("#desk").waitFor();
  assert.ok((await page.locator("#source").getAttribute("src")).includes("a-red-circle"));
});

test("touch paints", async () => {
  const phone = await open({ width: 380, height: 800 }, { hasTouch: true, isMobile: true });
  await phone.locator("#tab-editor").tap();
  await phone.locator("#file").setInputFiles(room);
  await phone.locator("#desk").waitFor();
  await phone.locator("#mask").tap();
  const painted = await phone.locator("#mask").evaluate((canvas) => canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0));
  assert.ok(painted);
  await shoot(phone, "editor-380", { fullPage: true });
  await phone.context().close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [380, 1280]) {
    test(`nothing is cut at ${width} pixels in ${colorScheme} colors`, async () => {
      const shown = await open({ width, height: 800 }, { colorScheme });
      await shown.waitForFunction(() => document.querySelectorAll("#images li").length > 0);
      await shoot(shown, `${colorScheme}-${width}`, { fullPage: true });
      for (const summary of await shown.locator("summary").all()) await summary.click();
      assert.ok(await shown.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      await shoot(shown, `${colorScheme}-${width}-settings`, { fullPage: true });
      await shown.context().close();
    });
  }
}

test("a server with a token asks for it, once", async () => {
  const token = "0123456789abcdef";
  const guarded = await serve("--token", token);
  const context = await browser.newContext();
  try {
    const shown = await context.newPage();
    await shown.goto(guarded.address);
    await shown.locator("#login").waitFor();
    await shown.locator("#token").fill(token.toUpperCase());
    await shown.keyboard.press("Enter");
    await shown.locator("#login-error", { hasText: "This is not the token." }).waitFor();
    await shown.locator("#token").fill(token);
    await shown.keyboard.press("Enter");
    await shown.waitForSelector("#settings details", { state: "attached" });
    await shown.reload();
    await shown.waitForSelector("#settings details", { state: "attached" });
    assert.equal(await shown.locator("#login").isVisible(), false);
  } finally {
    await context.close();
    await guarded.stop();
  }
});

test("every control has a name", async () => {
  const nameless = await page.evaluate(() => [...document.querySelectorAll("input, select, textarea, button, canvas")]
    .filter((element) => !(element.labels?.length || element.getAttribute("aria-label") || element.textContent.trim()))
    .map((element) => element.outerHTML));
  assert.deepEqual(nameless, []);
});

test("the console has stayed empty, and nothing came from other hosts", () => assert.deepEqual(messages, []));

async function maskAlpha() {
  return page.locator("#mask").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 3);
  });
}
