// Drives a server with the official TypeScript client and prints what it saw as one JSON object.
//
//   node client.mjs SCENARIO WORKSPACE COMMAND ARGS...

import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.env.NODE_MODULES, "index.js"));
const sdk = (part) => require(`@modelcontextprotocol/sdk/${part}`);
const { Client } = sdk("client/index.js");
const { StdioClientTransport } = sdk("client/stdio.js");
const { ListRootsRequestSchema } = sdk("types.js");

const [scenario, workspace, command, ...args] = process.argv.slice(2);

async function connect(capabilities = {}) {
  const client = new Client({ name: "tests", version: "0" }, { capabilities });
  if (capabilities.roots) {
    client.setRequestHandler(ListRootsRequestSchema, async () => ({
      roots: [{ uri: pathToFileURL(workspace).href }],
    }));
  }
  await client.connect(new StdioClientTransport({ command, args, stderr: "ignore" }));
  return client;
}

const call = (client, name, args, options) => client.callTool({ name, arguments: args }, undefined, options);
const file = (name) => path.join(workspace, name);

const scenarios = {
  async tools() {
    const client = await connect();
    const { tools } = await client.listTools();
    const seen = {
      tools: tools.map((tool) => tool.name),
      allowed: await call(client, "read_text_file", { path: file("notes.txt") }),
      denied: await call(client, "read_text_file", { path: file("server.pem") }),
      redacted: await call(client, "read_text_file", { path: file("people.txt") }),
      hidden: await call(client, "move_file", { source: "a", destination: "b" }),
      unknown: await call(client, "no_such_tool", {}),
    };
    await client.close();
    return seen;
  },

  async roots() {
    const client = await connect({ roots: { listChanged: true } });
    let seen;
    for (let attempt = 0; attempt < 100; attempt++) {
      seen = await call(client, "list_allowed_directories", {});
      if (seen.content[0].text.includes(workspace)) break;
    }
    await client.close();
    return seen;
  },

  async progress() {
    const client = await connect();
    const steps = [];
    const result = await call(client, "trigger-long-running-operation", { duration: 0.4, steps: 4 }, {
      onprogress: ({ progress, total }) => steps.push([progress, total]),
    });
    await client.close();
    return { steps, result };
  },

  async cancellation() {
    const client = await connect();
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 300);
    const long = { duration: 60, steps: 60 };
    const refused = await call(client, "trigger-long-running-operation", long, { signal: controller.signal }).then(
      () => "answered",
      (error) => String(error),
    );
    const after = await call(client, "echo", { message: "still here" });
    await client.close();
    return { refused, after };
  },

  async death() {
    const client = await connect();
    const closed = new Promise((resolve) => (client.onclose = resolve));
    const failed = await call(client, "anything", {}).then(
      () => "answered",
      (error) => ({ code: error.code, message: error.message }),
    );
    await closed;
    return failed;
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
