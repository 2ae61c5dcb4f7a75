import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import OpenAI, { toFile } from "openai";
import { serve } from "./server.mjs";

// The image and mask of the tests of 'glide inpaint': 48 × 48, a hole in the middle of the one.
const images = fileURLToPath(new URL("../Glide.Cli.Tests/Images", import.meta.url));
const signature = [0x89, 0x50, 0x4e, 0x47];

let server, client;

before(async () => {
  server = await serve();
  client = new OpenAI({ baseURL: `${server.address}/v1`, apiKey: "none", maxRetries: 0 });
});

after(() => server?.stop());

test("the client generates images as base64", async () => {
  const answer = await client.images.generate(
    { model: "mini", prompt: "a red circle", n: 2, size: "128x128", response_format: "b64_json", quality: "hd" });
  assert.equal(answer.data.length, 2);
  for (const { b64_json: image } of answer.data) {
    assert.deepEqual([...Buffer.from(image, "base64").subarray(0, 4)], signature);
  }
  assert.ok(Math.abs(answer.created - Date.now() / 1000) < 60);
});

test("the client generates images as addresses", async () => {
  const answer = await client.images.generate({ prompt: "a red circle", size: "auto", response_format: "url" });
  const file = await fetch(answer.data[0].url);
  assert.equal(file.headers.get("content-type"), "image/png");
  assert.deepEqual([...new Uint8Array(await file.arrayBuffer()).subarray(0, 4)], signature);
});

test("the client edits what a mask leaves transparent", async () => {
  const answer = await client.images.edit({
    image: await toFile(readFileSync(join(images, "room.png")), "room.png", { type: "image/png" }),
    mask: await toFile(readFileSync(join(images, "hole.png")), "hole.png", { type: "image/png" }),
    prompt: "a green star", response_format: "b64_json",
  });
  assert.deepEqual([...Buffer.from(answer.data[0].b64_json, "base64").subarray(0, 4)], signature);
});

test("errors have the form that the client reads", async () => {
  const wrong = (request) => client.images.generate(request).then(() => assert.fail("accepted"), (error) => error);
  const size = await wrong({ prompt: "a", size: "1024x1024" });
  assert.ok(size instanceof OpenAI.BadRequestError);
  assert.equal(size.param, "size");
  assert.equal(size.type, "invalid_request_error");
  assert.equal((await wrong({ prompt: "a", n: 11 })).param, "n");
  assert.equal((await wrong({ prompt: "a", response_format: "gif" })).param, "response_format");
});

test("a client that goes away takes its job along", async () => {
  const abort = new AbortController();
  const request = client.images.generate({ prompt: "a ring", n: 10 }, { signal: abort.signal });
  const open = async () => (await (await fetch(`${server.address}/api/jobs`)).json()).jobs;
  while ((await open()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  abort.abort();
  await assert.rejects(request);
  while ((await open()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(readdirSync(server.images).filter((name) => name.startsWith("a-ring")).length < 10);
});
