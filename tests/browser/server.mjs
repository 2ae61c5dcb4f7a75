// Starts the program as a user does, and finds Debian's Chromium for the tests.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

export const program = process.env.GLIDE_PROGRAM ?? join(checkout, "artifacts/bin/Glide.Cli/release/Glide.Cli");

export const chromium = process.env.GLIDE_CHROMIUM ?? "/usr/bin/chromium";

/** Where screenshots go; nothing is kept without the variable. */
export const screenshots = process.env.GLIDE_SCREENSHOTS;

export const browserArguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function serve(...more) {
  const folder = mkdtempSync(join(tmpdir(), "glide-browser-"));
  const child = spawn(program, ["serve", "--port", "0", "-m", "mini", "-o", join(folder, "images"), ...more],
    { stdio: ["ignore", "ignore", "pipe"] });
  const lines = createInterface({ input: child.stderr });
  let said = "";
  const address = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      said += `${line}\n`;
      const found = /serving on (http:\S+)/.exec(line);
      if (found) resolve(found[1].replace(/\/$/, ""));
    });
    child.on("exit", () => reject(new Error(`the server ended: ${said}`)));
  });
  return {
    address,
    images: join(folder, "images"),
    stop() {
      child.removeAllListeners("exit");
      const gone = new Promise((resolve) => child.on("exit", resolve));
      child.kill("SIGTERM");
      return gone.then(() => existsSync(folder) && rmSync(folder, { recursive: true }));
    },
  };
}

/** Decodes images in the browser: [r, g, b, a, …] and the size. */
export function pixelsOf(page, url) {
  return page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return { width: canvas.width, height: canvas.height, data: [...data] };
  }, url);
}
