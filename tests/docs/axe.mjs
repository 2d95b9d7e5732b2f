// Looks at the built site in Chromium: `axe.mjs SITE [--screenshots DIRECTORY]`. Serious findings of axe-core fail, and so does what
// scrolls sideways on a phone, a page that logs an error, or one that asks another host. CHROMIUM names the program.

import axe from "axe-core";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, relative, resolve } from "node:path";
import puppeteer from "puppeteer-core";

const SERIOUS = ["serious", "critical"];
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json", ".xml": "text/xml" };
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
// Pages of one make, of which one stands for all; lists that are long and plain.
const ALIKE = /^reference\/(errors\/CG(?!0101)|programs|detectors)/;
const PREFIX = "/callguard";

const site = resolve(process.argv[2]);
const screenshots = process.argv[3] === "--screenshots" ? resolve(process.argv[4]) : undefined;

function pages(directory) {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return pages(path);
    return name === "index.html" ? [relative(site, directory)] : [];
  });
}

function serve() {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname).replace(PREFIX, "");
    const file = join(site, path.endsWith("/") ? `${path}index.html` : path);
    try {
      const body = readFileSync(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((started) => server.listen(0, "127.0.0.1", () => started(server)));
}

async function scheme(tab, value) {
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value }, { name: "prefers-reduced-motion", value: "reduce" }]);
}

async function findings(tab, options) {
  const { violations } = await tab.evaluate((given) => globalThis.axe.run(document, { resultTypes: ["violations"], ...given }), options);
  return violations
    .filter(({ impact }) => SERIOUS.includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.split("\n").at(-1).trim()}`));
}

async function overflow(tab) {
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return wide > 1 ? [`scrolls ${wide} px sideways at ${PHONE.width} px`] : [];
}

const server = await serve();
const origin = `http://127.0.0.1:${server.address().port}`;
// A mouse: without one the theme takes the keyboard for a phone's, and code that scrolls out of the tab order.
const mouse = "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4";
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", mouse] });
const tab = await browser.newPage();
const logged = [];
tab.on("console", (message) => message.type() === "error" && logged.push(message.text()));
tab.on("pageerror", (error) => logged.push(error.message));
tab.on("request", (request) => {
  const { hostname, protocol } = new URL(request.url());
  if (hostname !== "127.0.0.1" && protocol !== "data:") logged.push(`asks ${hostname}`);
});

const VIEWS = {
  light: async () => findings(tab, {}),
  dark: async () => {
    await scheme(tab, "dark");
    return findings(tab, { runOnly: ["color-contrast"] });
  },
  phone: async () => {
    await scheme(tab, "light");
    await tab.setViewport(PHONE);
    return overflow(tab);
  },
};

let [looked, found] = [0, 0];
for (const page of pages(site).filter((each) => !ALIKE.test(each))) {
  await tab.setViewport(DESKTOP);
  await scheme(tab, "light");
  await tab.goto(`${origin}${PREFIX}/${page}${page ? "/" : ""}`, { waitUntil: "load" });
  await tab.evaluate(axe.source);
  for (const [name, view] of Object.entries(VIEWS)) {
    const wrong = await view();
    if (screenshots) {
      mkdirSync(screenshots, { recursive: true });
      await tab.screenshot({ path: join(screenshots, `${page.replaceAll("/", "-") || "home"}-${name}.png`) });
    }
    for (const finding of [...new Set([...wrong, ...logged.splice(0)])]) {
      console.error(`/${page} (${name}): ${finding}`);
      found += 1;
    }
    looked += 1;
  }
}
await browser.close();
server.close();
console.log(`${looked} views, ${found} serious findings`);
process.exit(found || !looked ? 1 : 0);
